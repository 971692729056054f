"""What Python users see of a finished run."""

import json
import shutil

import numpy as np
import pandas as pd
import pytest

import affdyn_jax
from affdyn_jax.errors import RunError


@pytest.fixture(scope="module")
def results(trained_run):
    return affdyn_jax.load_results(str(trained_run))


@pytest.mark.parametrize("name", ["lanes", "history", "selection"])
def test_frames_are_the_tables_of_the_run(results, trained_run, name):
    table = pd.read_csv(trained_run / f"{name}.csv")
    frame = getattr(results, name)
    assert len(frame) == len(table)
    pd.testing.assert_frame_equal(frame, table[list(frame)], check_dtype=False)


def test_predictions_and_gold_standards_have_the_same_rows(results, trained_run):
    predictions, gold = results.predictions, results.gold_standards
    pd.testing.assert_index_equal(predictions.index, gold.index)
    path = trained_run / "gold_standard" / "test" / "Test_XX_02.csv"
    table = pd.read_csv(path, sep=";", index_col="timestamp")
    np.testing.assert_array_equal(gold.loc["test", "Test_XX_02"]["arousal"], table["arousal"])
    assert results.predictions is predictions


def test_the_config_has_every_field_and_its_default(results):
    config = results.config
    assert config.index.name == "field"
    assert list(config) == ["value", "default"]
    assert config["value"]["training.max_epochs"] == 3
    assert config["default"]["training.max_epochs"] == 250
    assert config["value"]["sweep.seeds"] == [0, 1]
    changed = set(config.index[config["value"] != config["default"]])
    assert changed == {
        *("corpus.root", "features.cache", "compilation_cache", "training.max_epochs"),
        *("sweep.weights", "sweep.seeds", "sweep.hidden_sizes.mono", "sweep.hidden_sizes.multi"),
    }


def test_it_is_shown_in_a_few_words(results, trained_run):
    shown = repr(results)
    assert shown.startswith(f"Results({trained_run}: corpus, mfb; 6 lanes; best CCC on test: ")
    assert shown.endswith("; stand-in data)")
    best = results.selection.sort_values("dev_ccc", ascending=False)
    best = best[(best["dimension"] == "arousal") & (best["target"] == "dynamics")]["test_ccc"]
    assert f"arousal dynamics {best.iloc[0]:.3f}".replace("0.", ".") in shown
    assert "\n" not in shown and len(shown) < 300


def test_a_run_of_an_earlier_version_has_todays_defaults(trained_run, tmp_path, caplog):
    folder = shutil.copytree(trained_run, tmp_path / "run")
    config = json.loads((folder / "config.json").read_text())
    del config["dynamics"], config["corpus"]["groups"], config["sweep"]["folds"]
    (folder / "config.json").write_text(json.dumps(config))
    with caplog.at_level("INFO", "affdyn_jax.config"):
        affdyn_jax.load_run(folder)
        earlier = affdyn_jax.load_results(folder).config
    assert earlier["value"]["dynamics.smoothing"] == "none"
    assert caplog.messages == 2 * [
        f"{folder / 'config.json'}: of an earlier version, which had no corpus.groups, "
        "dynamics.smoothing, dynamics.window, sweep.folds; defaults are taken"
    ]


def test_no_finished_run(tmp_path):
    with pytest.raises(RunError, match="no such folder"):
        affdyn_jax.load_results(tmp_path / "nothing")
