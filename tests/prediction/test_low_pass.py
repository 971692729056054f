"""Models with a low-pass layer at work: scipy's filter of what the same model without it says."""

import dataclasses
import json
import logging
import shutil

import jax
import numpy as np
import pandas as pd
import pytest
from flax import nnx
from scipy.ndimage import correlate1d
from scipy.signal import firwin

from affdyn_jax import load_model, load_run
from affdyn_jax.errors import RunError
from affdyn_jax.method.low_pass import CAUSAL, CENTRED, LowPass
from affdyn_jax.method.model import weights_of
from affdyn_jax.prediction.exported.files import SETTINGS, write_model
from affdyn_jax.prediction.exported.model_card import model_card
from affdyn_jax.prediction.exported.stablehlo import serialised
from affdyn_jax.workdir.files import read_run, weights_folder
from affdyn_jax.workdir.weights import restore_weights, save_weights
from tests.prediction.test_trained_model import delays, in_chunks, speech

CUTOFF_K = np.float32([0.5, 1.0, -0.2, 2.0])  # the sign means nothing; the last task has no filter
BOTH = pytest.mark.parametrize("kind", [CENTRED, CAUSAL])


def with_cutoffs(weights, cutoff_k):
    """The same weights, and cut-offs of the same leading axes."""
    arrays = jax.tree.map(np.asarray, nnx.to_pure_dict(weights))
    return weights_of(arrays | {"cutoff_k": cutoff_k})


@pytest.fixture(scope="module")
def plain(trained_run):
    return load_run(trained_run, "multi-h4-w0.5")


@pytest.fixture(scope="module")
def filtered(plain):
    """Models with a filter of a kind; all lanes of theirs have the same cut-offs."""
    return {
        kind: dataclasses.replace(
            plain,
            weights={lane: with_cutoffs(w, CUTOFF_K) for lane, w in plain.weights.items()},
            low_pass=LowPass(kind, 4.0),
        )
        for kind in (CENTRED, CAUSAL)
    }


def by_scipy(rows, kind):
    """Rows of the model without a filter, filtered from outside."""
    taps, lag = (33, 0) if kind == CENTRED else (9, 4)
    expected = rows.copy()
    for column, cutoff in zip(rows, np.abs(CUTOFF_K), strict=True):
        if cutoff < 2.0:
            values_t = np.concatenate([np.full(lag, rows[column].iloc[0]), rows[column]])
            filtered_t = correlate1d(values_t, firwin(taps, cutoff, fs=4.0), mode="nearest")
            expected[column] = filtered_t[: len(rows)]
    return expected


@BOTH
@pytest.mark.parametrize(
    ("seconds", "chunk", "rate"),
    [(20.0, 7000, 16000), (20.0, 160_000, 16000), (0.6, 1, 16000), (2.0, 999, 8000)],
)
def test_streams_are_the_filtered_rows_wherever_the_sound_is_cut(
    plain, filtered, kind, seconds, chunk, rate
):
    samples = speech(seconds, rate)
    expected = by_scipy(plain.predict(samples, rate), kind)
    whole = filtered[kind].predict(samples, rate)
    pd.testing.assert_frame_equal(whole, expected, rtol=0, atol=1e-6)
    streamed = in_chunks(filtered[kind].stream(rate), samples, chunk)
    pd.testing.assert_frame_equal(streamed, whole, rtol=0, atol=1e-6)


def test_rows_come_out_when_promised(plain, filtered, caplog):
    samples, without = speech(6.0), plain.stream()
    with caplog.at_level(logging.INFO, "affdyn_jax"):
        centred, causal = (filtered[kind].stream() for kind in (CENTRED, CAUSAL))
    assert [(s.delay, s.lag) for s in (without, centred, causal)] == [
        (0.0125, 0.0),
        (4.0125, 0.0),
        (0.0125, 1.0),
    ]
    assert "centred low-pass layer: rows come up to 4.0125 s after" in caplog.messages[0]
    assert "what they say is 1 s older" in caplog.messages[1]
    on_time = delays(without, samples)
    np.testing.assert_allclose(delays(causal, samples), on_time)
    late = delays(centred, samples)
    np.testing.assert_allclose(late, np.add(on_time, 4.0)[: len(on_time) - 16], atol=1e-9)
    assert len(late) == 7


@BOTH
def test_the_exported_function_filters_too(filtered, kind):
    """A centred filter of whole recordings, a causal one of pieces, too."""
    model = filtered[kind]
    function = jax.export.deserialize(bytearray(serialised(model)))
    features_tf = np.random.default_rng(0).normal(-8, 3, size=(45, 40)).astype(np.float32)
    zeros = [np.zeros(aval.shape, aval.dtype) for aval in function.in_avals[1:]]
    assert len(zeros) == (0 if kind == CENTRED else 3)
    lanes = model.predicting_lanes
    standardised_tf = (features_tf - model.standardisation.mean_f) / (
        model.standardisation.deviation_f
    )
    late_tc, carried = lanes.continue_from(standardised_tf.astype(np.float32), lanes.begin())
    expected_tc = np.concatenate([late_tc, lanes.held_back(carried)])[lanes.wait :]
    whole_tc, _ = function.call(features_tf, zeros)
    np.testing.assert_allclose(whole_tc, expected_tc, rtol=0, atol=1e-5)
    if kind == CAUSAL:
        first_tc, carried = function.call(features_tf[:5], zeros)
        second_tc, _ = function.call(features_tf[5:], carried)
        pieces_tc = np.concatenate([first_tc, second_tc])
        np.testing.assert_allclose(pieces_tc, expected_tc, rtol=0, atol=1e-5)


@BOTH
def test_an_exported_model_is_the_same_and_tells_how_to_build_it(
    filtered, kind, trained_run, tmp_path
):
    run, samples = read_run(trained_run), speech(7.0)
    write_model(tmp_path, filtered[kind], run.config["features"])
    pd.testing.assert_frame_equal(
        load_model(tmp_path).predict(samples, 16000), filtered[kind].predict(samples, 16000)
    )
    assert json.loads((tmp_path / SETTINGS).read_text())["low_pass"] == kind
    card = model_card(run, filtered[kind])
    taps, frames = (33, "-16 to 16") if kind == CENTRED else (9, "-8 to 0")
    assert f"frames {frames} from its own" in " ".join(card.split())
    assert f"`scipy.signal.firwin({taps}, cutoff, fs=4)`" in card
    assert "| arousal dynamics | multi-h4-w0.5-seed0 | 0.200 |" in card
    assert "| valence dynamics | multi-h4-w0.5-seed1 | none |" in card


def test_a_model_without_the_layer_is_exported_as_before(plain, trained_run, tmp_path):
    run = read_run(trained_run)
    write_model(tmp_path, plain, run.config["features"])
    assert "low_pass" not in (tmp_path / SETTINGS).read_text()
    assert "ow-pass" not in model_card(run, plain)


def test_settings_and_weights_of_which_one_has_a_filter(plain, trained_run, tmp_path):
    write_model(tmp_path, plain, read_run(trained_run).config["features"])
    settings = json.loads((tmp_path / SETTINGS).read_text())
    (tmp_path / SETTINGS).write_text(json.dumps(settings | {"low_pass": "causal"}))
    with pytest.raises(RunError, match="are not of one model; export it again"):
        load_model(tmp_path)


@pytest.fixture
def run_with_filter(trained_run, tmp_path):
    """A run whose lanes of w = 0 have no filter, and all others a centred one."""
    run = shutil.copytree(trained_run, tmp_path / "run")
    folder = weights_folder(run, 4)
    names = read_run(run).lanes["lane"].unique()
    off_l1 = np.array(["-w0-" in name for name in names])[:, None]
    cutoff_lk = np.where(off_l1, np.float32(2.0), CUTOFF_K)
    save_weights(folder, with_cutoffs(restore_weights(folder), cutoff_lk))
    set_low_pass(run, ["none", "centred"])
    return run


def set_low_pass(run, kinds):
    config = json.loads((run / "config.json").read_text())
    config["sweep"]["low_pass"] = kinds
    (run / "config.json").write_text(json.dumps(config))


def test_a_run_s_lanes_have_their_filters(run_with_filter, plain):
    samples = speech(9.0)
    rows = load_run(run_with_filter, "multi-h4-w0.5").predict(samples, 16000)
    expected = by_scipy(plain.predict(samples, 16000), CENTRED)
    pd.testing.assert_frame_equal(rows, expected, rtol=0, atol=1e-6)


def test_lanes_without_a_filter_do_not_wait_for_those_with_one(run_with_filter, trained_run):
    model, samples = load_run(run_with_filter, "multi-h4-w0"), speech(3.0)
    assert model.stream().delay == 0.0125
    expected = load_run(trained_run, "multi-h4-w0").predict(samples, 16000)
    pd.testing.assert_frame_equal(model.predict(samples, 16000), expected)


def test_a_config_of_other_weights(run_with_filter):
    set_low_pass(run_with_filter, ["none"])
    said = r"hidden_4: weights with a low-pass layer, but config.json has none; run the same"
    with pytest.raises(RunError, match=said):
        load_run(run_with_filter)
