"""Exported folders that are damaged, or not exported ones at all."""

import dataclasses
import json
import shutil

import jax
import numpy as np
import pytest
import safetensors.numpy

from affdyn_jax import load_model, load_run
from affdyn_jax.errors import AffdynError, ConfigError, FeatureError, RunError
from affdyn_jax.method.rating_scale import RatingScale
from affdyn_jax.prediction.exported.files import SETTINGS, WEIGHTS, write_model
from affdyn_jax.prediction.exported.stablehlo import serialised
from affdyn_jax.workdir.files import read_run
from tests.fuzzing import assert_told_in_one_line


@pytest.fixture(scope="module")
def intact(trained_run, tmp_path_factory):
    folder = tmp_path_factory.mktemp("intact")
    write_model(folder, load_run(trained_run), read_run(trained_run).config["features"])
    return folder


@pytest.fixture
def folder(intact, tmp_path):
    return shutil.copytree(intact, tmp_path / "model")


def test_rows_and_function_are_on_the_corpus_s_own_scale(trained_run, tmp_path):
    unit = load_run(trained_run)
    nine = dataclasses.replace(unit, rating_scale=RatingScale(1, 9))
    write_model(tmp_path, nine, read_run(trained_run).config["features"])
    loaded = load_model(tmp_path)
    assert loaded.rating_scale == RatingScale(1, 9)
    features_tf = np.random.default_rng(0).normal(-8, 3, size=(30, 40)).astype(np.float32)
    results = []
    for model in (unit, loaded):
        function = jax.export.deserialize(bytearray(serialised(model)))
        carried = [np.zeros(aval.shape, aval.dtype) for aval in function.in_avals[1:]]
        results.append(np.asarray(function.call(features_tf, carried)[0]))
    assert unit.columns == ("arousal", "valence", "arousal_dynamics", "valence_dynamics")
    np.testing.assert_allclose(results[1], 4 * results[0] + np.array([5, 5, 0, 0]), atol=1e-5)


@pytest.mark.parametrize("bounds", [[1], [9, 1], [1, 5, 9], ["1", "9"], 9, None])
def test_a_scale_that_is_none(folder, bounds):
    change(folder, rating_range=bounds)
    with pytest.raises(AffdynError, match=SETTINGS) as caught:
        load_model(folder)
    assert_told_in_one_line(caught.value)


def test_the_order_of_settings_is_not_that_of_columns(folder):
    lanes_of = json.loads((folder / SETTINGS).read_text())["lanes_of"]
    change(folder, lanes_of=dict(reversed(lanes_of.items())))
    assert load_model(folder).columns == tuple(lanes_of)


def refusal(folder, kind):
    with pytest.raises(AffdynError) as caught:
        load_model(folder)
    assert_told_in_one_line(caught.value)
    assert type(caught.value) is kind
    return str(caught.value)


def change(folder, **fields):
    settings = json.loads((folder / SETTINGS).read_text())
    (folder / SETTINGS).write_text(json.dumps(settings | fields))


def test_no_model(tmp_path):
    assert "--model takes a folder" in refusal(tmp_path, RunError)


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b"{}", b"\xff", b"[" * 100_000])
def test_damaged_settings(folder, content):
    (folder / SETTINGS).write_bytes(content)
    assert f"{folder / SETTINGS}: cannot be read" in refusal(folder, RunError)


@pytest.mark.parametrize(
    ("field", "value"),
    [("frame_rate", "4"), ("dimensions", [1]), ("lanes_of", {"arousal": "x"}), ("more", 1)],
)
def test_settings_of_another_kind(folder, field, value):
    change(folder, **{field: value})
    assert SETTINGS in refusal(folder, RunError)


def test_no_lanes(folder):
    change(folder, lanes_of={})
    assert "no lanes predict" in refusal(folder, RunError)


def test_lanes_of_another_model(folder):
    change(folder, lanes_of={"arousal": ["multi-h8-w0.5-seed0"]})
    assert "not of one model" in refusal(folder, RunError)


@pytest.mark.parametrize("features", [{"a.b": 1}, {"name": "opensmile"}, {"name": 3}])
def test_features_that_make_no_sense(folder, features):
    change(folder, features=features)
    assert SETTINGS in refusal(folder, ConfigError)


def test_features_that_a_later_version_makes_in_another_way(folder):
    front_end = json.loads((folder / SETTINGS).read_text())["front_end"]
    assert front_end["melspectrogram"]["n_mels"] == 40
    change(folder, front_end=front_end | {"energy_floor": 1e-9})
    assert "makes other features than front_end says" in refusal(folder, FeatureError)
    change(folder, front_end={})  # as earlier versions wrote it
    assert load_model(folder).extractor.feature_count == 40


def test_features_that_the_weights_were_not_trained_on(folder):
    settings = json.loads((folder / SETTINGS).read_text())
    change(folder, features=settings["features"] | {"name": "mfcc"})
    assert "trained on 40 features" in refusal(folder, FeatureError)


def test_cut_or_missing_weights(folder):
    content = (folder / WEIGHTS).read_bytes()
    (folder / WEIGHTS).write_bytes(content[: len(content) // 2])
    assert f"{folder / WEIGHTS}: cannot be read" in refusal(folder, RunError)
    (folder / WEIGHTS).unlink()
    assert "no such file" in refusal(folder, RunError)


def test_weights_that_are_no_numbers_or_incomplete(folder):
    tensors = safetensors.numpy.load_file(folder / WEIGHTS)
    name = next(name for name in tensors if name.endswith("gru.bias_hh_l1"))
    whole = tensors.pop(name)
    safetensors.numpy.save_file(tensors, folder / WEIGHTS)
    assert "gru.bias_hh_l1" in refusal(folder, RunError)
    safetensors.numpy.save_file(tensors | {name: whole[:-1]}, folder / WEIGHTS)
    assert WEIGHTS in refusal(folder, RunError)
    safetensors.numpy.save_file(tensors | {name: whole * np.float32(np.nan)}, folder / WEIGHTS)
    assert "no number" in refusal(folder, RunError)
