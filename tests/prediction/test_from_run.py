"""Models of a run predict what the run's own training program predicts, by another way."""

import json
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import soundfile

from affdyn_jax import load_run
from affdyn_jax.dataset.examples import pad
from affdyn_jax.errors import AffdynError, ConfigError, FeatureError, RunError
from affdyn_jax.features.extraction import extract_features
from affdyn_jax.features.mfb import MelFilterBanks
from affdyn_jax.training.loop import predict_lanes
from affdyn_jax.workdir.files import read_run
from affdyn_jax.workdir.weights import restore_weights

PROJECT = Path(__file__).resolve().parents[2]


def samples_of(root, recording):
    return soundfile.read(root / "audio" / f"{recording}.wav")


@pytest.fixture
def copy(trained_run, tmp_path):
    """A copy of the run to be spoilt."""
    return shutil.copytree(trained_run, tmp_path / "copy")


def test_predicts_what_the_run_predicted(trained_run, standin_root):
    run, model = read_run(trained_run), load_run(trained_run)
    compared = 0
    for partition in ("dev", "test"):
        for recording in run.facts.recordings[partition]:
            expected = run.predictions(partition, recording)
            predicted = model.predict(*samples_of(standin_root, recording))
            assert 0 <= len(predicted) - len(expected) <= 4  # audio may outlast its ratings
            predicted = predicted.loc[expected.index, expected.columns]
            np.testing.assert_allclose(predicted, expected, rtol=0, atol=1e-6)
            compared += expected.size
    assert compared > 500


def test_each_lane_predicts_as_in_training(trained_run, standin_root, tmp_path):
    """Against the program that predicts dev in training, fed by the run's own tables."""
    table = pd.read_csv(trained_run / "standardisation.csv")
    audio = {"Test_XX_01": standin_root / "audio" / "Test_XX_01.wav"}
    (features_tf,) = extract_features(audio, MelFilterBanks(), 4.0, tmp_path).values()
    standardised_tf = (features_tf - table["mean"].to_numpy()) / table["deviation"].to_numpy()
    nothing_tk = np.zeros((len(features_tf), 4))
    examples = pad([standardised_tf], [nothing_tk], [nothing_tk])
    expected_ltk = predict_lanes(restore_weights(trained_run / "weights" / "hidden_4"), examples)
    names = list(read_run(trained_run).lanes["lane"].unique())
    columns = {"arousal": 0, "valence": 1, "arousal_dynamics": 2, "valence_dynamics": 3}
    samples = samples_of(standin_root, "Test_XX_01")
    for name in ("multi-h4-w0.5-seed1", "multi-h4-w1-seed0"):
        predicted = load_run(trained_run, name).predict(*samples)
        expected_tk = expected_ltk[names.index(name), 0]
        expected_tc = expected_tk[:, [columns[column] for column in predicted]]
        np.testing.assert_allclose(predicted, expected_tc, rtol=0, atol=1e-6)
    seeds = [names.index(f"multi-h4-w0.5-seed{seed}") for seed in (0, 1)]
    ensemble = load_run(trained_run, "multi-h4-w0.5").predict(*samples)
    assert list(ensemble) == list(columns)
    expected_tk = expected_ltk[seeds, 0].mean(axis=0)
    np.testing.assert_allclose(ensemble, expected_tk, rtol=0, atol=1e-6)


def test_the_mean_takes_every_seed_of_one_network(trained_run):
    for names in load_run(str(trained_run), "mean").lanes_of.values():
        networks, seeds = zip(*(name.rsplit("-seed", 1) for name in names), strict=True)
        assert len(set(networks)) == 1
        assert seeds == ("0", "1")


@pytest.mark.parametrize(
    ("lane", "said"),
    [
        ("multi-h4-w0.5-sed1", r"'multi-h4-w0.5-sed1' is not in lanes.csv; did you mean 'multi"),
        ("", "the lane '' is not in lanes.csv; there are 'multi-h4-w0-seed0' and others"),
    ],
)
def test_a_lane_that_is_not_there(trained_run, lane, said):
    with pytest.raises(ConfigError, match=said):
        load_run(trained_run, lane)


def test_a_run_that_never_finished(copy):
    (copy / "run.json").unlink()
    with pytest.raises(RunError, match=r"run.json: missing, so .* holds no finished run"):
        load_run(copy)


def test_no_run(tmp_path):
    with pytest.raises(RunError, match="no such folder; --run takes the workdir of a run"):
        load_run(tmp_path / "nothing")


def with_config(run, **features):
    config = json.loads((run / "config.json").read_text())
    config["features"].update(features)
    (run / "config.json").write_text(json.dumps(config))


def test_tables_of_other_folders_than_the_features_come_from(copy):
    with_config(copy, name="precomputed", folders=["a"])
    with pytest.raises(FeatureError, match=r"feature 'mfb_0' is of none of the folders 'a'; train"):
        load_run(copy)


def test_fields_that_no_config_can_have(copy):
    with_config(copy, **{"../x": ["a"]})
    with pytest.raises(ConfigError, match=r"copy: no field 'features\.\.\./x'; choose "):
        load_run(copy)


def test_features_of_another_number(copy):
    with_config(copy, name="mfcc")
    with pytest.raises(FeatureError, match="trained on 40 features, but 78 are made"):
        load_run(copy)


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        (
            "config.json",
            '{"training": {"max_epochs": 1, "patience": 1, "monitor": "a"}}',
            "monitor='a' is not known",
        ),
        ("standardisation.csv", "feature,mean,deviation\na,0,0\n", "deviation not above 0"),
        ("standardisation.csv", "feature,mean\na,0\n", "no column 'deviation'"),
        ("standardisation.csv", "feature,mean,deviation\na,0,\n", "not a finite number"),
    ],
)
def test_a_damaged_run_is_reported_in_one_line(copy, name, content, said):
    (copy / name).write_text(content)
    with pytest.raises(AffdynError, match=said) as raised:
        load_run(copy)
    assert str(copy) in str(raised.value)
    assert "\n" not in str(raised.value)


def test_tables_and_weights_that_do_not_fit(copy):
    named = (copy / "run.json").read_text()
    lanes = [f"multi-h4-w{w}-seed{seed}" for w in ("0", "0.5", "1") for seed in (0, 1)]
    lane = next(lane for lane in lanes if lane not in named)
    for name in ("lanes.csv", "history.csv"):
        rows = (copy / name).read_text().splitlines(keepends=True)
        (copy / name).write_text("".join(row for row in rows if not row.startswith(lane)))
    with pytest.raises(RunError, match=r"hidden_4: weights of 6 lanes .*, but lanes.csv has 5"):
        load_run(copy, "multi-h4-w0.5")


def test_importing_the_package_starts_nothing():
    code = "import sys, affdyn_jax; print({'jax', 'numpy'} & set(sys.modules), end='')"
    python = [sys.executable, "-c", code]
    assert subprocess.run(python, cwd=PROJECT, capture_output=True, check=True).stdout == b"set()"


def test_the_version_is_that_which_is_installed():
    import affdyn_jax

    project = tomllib.loads((PROJECT / "pyproject.toml").read_text())["project"]
    assert affdyn_jax.__version__ == project["version"]


def test_a_run_and_its_model_are_shown_in_one_line(trained_run):
    assert repr(load_run(trained_run, "multi-h4-w0.5-seed1")) == (
        "TrainedModel(arousal, valence, arousal_dynamics, valence_dynamics; 40 features at 4 Hz; "
        "lanes multi-h4-w0.5-seed1; stand-in data)"
    )
    assert "; lanes " in repr(load_run(trained_run))
    for shown in (load_run(trained_run), read_run(trained_run)):
        assert "\n" not in repr(shown)
        assert len(repr(shown)) < 300


def test_what_the_package_does_not_have():
    import affdyn_jax

    with pytest.raises(AttributeError, match="no attribute 'load_rnu'"):
        _ = affdyn_jax.load_rnu
    assert affdyn_jax.load_run is load_run
