"""A run on precomputed features predicts from files of them what it predicted in training.

The run on mel filter banks is renamed into one on tables of these in two folders.
"""

import json
import shutil

import numpy as np
import pandas as pd
import pytest

from affdyn_jax import load_model, load_run
from affdyn_jax.errors import FeatureError
from affdyn_jax.features.extraction import extract_features
from affdyn_jax.features.mfb import MelFilterBanks
from affdyn_jax.prediction.exported.export import export
from affdyn_jax.workdir.files import read_run
from tests.commands import call
from tests.features.test_precomputed import write_table

_HALVES = {"low": range(20), "high": range(20, 40)}
_RECORDINGS = ("Test_XX_01", "Test_XX_02")


@pytest.fixture(scope="module")
def run_folder(trained_run, tmp_path_factory):
    run = shutil.copytree(trained_run, tmp_path_factory.mktemp("precomputed") / "run")
    config = json.loads((run / "config.json").read_text())
    config["features"].update(name="precomputed", folders=list(_HALVES))
    (run / "config.json").write_text(json.dumps(config))
    table = pd.read_csv(run / "standardisation.csv", dtype=str)
    table["feature"] = [f"{half}/band{band}" for half in _HALVES for band in _HALVES[half]]
    table.to_csv(run / "standardisation.csv", index=False)
    return run


@pytest.fixture(scope="module")
def root(standin_root, tmp_path_factory):
    """Tables of two test recordings' features, with more decimals than predictions have."""
    root = tmp_path_factory.mktemp("tables")
    audio = {name: standin_root / "audio" / f"{name}.wav" for name in _RECORDINGS}
    features = extract_features(audio, MelFilterBanks(), 4.0, root / "cache")
    for name, features_tf in features.items():
        for half, bands in _HALVES.items():
            columns = {f"band{band}": features_tf[:, band].astype(float) for band in bands}
            write_table(root / half / f"{name}.csv", np.arange(len(features_tf)) / 4, columns)
    return root


def assert_as_in_the_run(predicted, run_folder, recording):
    expected = read_run(run_folder).predictions("test", recording)
    predicted = predicted.loc[expected.index, expected.columns]
    np.testing.assert_allclose(predicted, expected, rtol=0, atol=3e-6)


@pytest.mark.parametrize("half", _HALVES)
def test_predicts_what_the_run_predicted(run_folder, root, half):
    model = load_run(run_folder)
    for recording in _RECORDINGS:
        predicted = model.predict(root / half / f"{recording}.csv")
        assert_as_in_the_run(predicted, run_folder, recording)


def test_an_exported_one_does_so_too(run_folder, root, tmp_path):
    export(run_folder, "best", tmp_path)
    settings = json.loads((tmp_path / "settings.json").read_text())
    assert settings["features"]["folders"] == ["low", "high"]
    model = load_model(tmp_path)
    assert_as_in_the_run(
        model.predict(str(root / "low" / "Test_XX_01.csv")), run_folder, "Test_XX_01"
    )
    (tmp_path / "settings.json").write_text(
        json.dumps(settings | {"feature_names": settings["feature_names"][:-1]})
    )
    with pytest.raises(FeatureError, match="trained on 40 features, but 39 are named"):
        load_model(tmp_path)


def test_the_command_takes_the_root(run_folder, root, tmp_path):
    ended = call("affdyn_jax.predict", f"--run={run_folder}", f"--out={tmp_path}", root)
    assert ended.status == 0, ended.stderr
    written = {path.relative_to(tmp_path).as_posix() for path in tmp_path.rglob("*.*")}
    assert {f"predictions/{name}.csv" for name in _RECORDINGS} <= written
    assert {f"figures/{name}.png" for name in _RECORDINGS} <= written
    table = pd.read_csv(tmp_path / "predictions" / "Test_XX_01.csv", sep=";")
    assert_as_in_the_run(table.set_index("timestamp"), run_folder, "Test_XX_01")


@pytest.mark.parametrize(
    "predict",
    [
        lambda model: model.predict(np.zeros(16000), 16000),
        lambda model: model.stream(16000),
    ],
)
def test_sound_is_refused(run_folder, predict):
    with pytest.raises(FeatureError, match="on tables of features, a file for each recording in"):
        predict(load_run(run_folder))
