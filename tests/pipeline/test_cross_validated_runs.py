"""A run of folds on a small stand-in: what it leaves, and its models at work."""

import csv

import numpy as np
import pandas as pd
import pytest
import soundfile

from affdyn_jax import load_run
from affdyn_jax.corpora.avec_tables import read_trace
from affdyn_jax.errors import ConfigError
from affdyn_jax.prediction.exported.export import export
from affdyn_jax.workdir.files import read_run
from tests.runs import run_config, tiny_config

# Seven recordings; the sides of a pair are tested together.
PAIRS = (("Train_XX_01", "Test_XX_01"), ("Devel_XX_01", "Devel_XX_02"))


def ccc(x, y):
    covariance = np.cov(x, y, ddof=0)
    return 2 * covariance[0, 1] / (np.trace(covariance) + (x.mean() - y.mean()) ** 2)


@pytest.fixture(scope="module")
def cross_validated(made_once, standin_root):
    def train(folder):
        config = tiny_config(standin_root, folder / "features")
        config.corpus.groups = PAIRS
        config.sweep.folds = 3
        config.sweep.weightings = ("fixed", "dwa")
        config.sweep.learning_rates = (1e-3, 1e-7)
        run_config(config, folder / "run")

    return made_once("cross_validated", train) / "run"


def test_every_recording_is_tested_once_with_its_pair(cross_validated):
    facts = read_run(cross_validated).facts
    assert sorted(name for tested in facts.folds for name in tested) == facts.recordings["test"]
    assert len(facts.recordings["test"]) == 7
    for pair in PAIRS:
        assert any(set(pair) <= set(tested) for tested in facts.folds)
        assert facts.groups["+".join(pair)] == sorted(pair)
    assert facts.group_count("test") == 5


def test_tables_keep_settings_exactly_and_fit_together(cross_validated):
    run = read_run(cross_validated)
    assert set(run.lanes["learning_rate"]) == {1e-3, 1e-7}
    with (cross_validated / "lanes.csv").open() as file:
        assert {row["learning_rate"] for row in csv.DictReader(file)} == {"0.001", "1e-07"}
    assert run.lanes["lane"].nunique() == 3 * run.pooled["lane"].nunique()
    assert len(run.weightings) == 2 * 4  # learning rates, tasks
    assert not (cross_validated / "predictions" / "dev").exists()
    moved = run.history[run.history["weighting"] == "dwa"]
    assert moved["w"].isna().all() and moved["epoch_w"].between(0.01, 0.99).all()
    fixed = run.history[run.history["weighting"] == "fixed"]
    assert fixed["epoch_w"].to_numpy() == pytest.approx(fixed["w"].to_numpy(), abs=2e-6)


def test_pooled_scores_are_those_of_the_predictions_that_were_written(cross_validated):
    run = read_run(cross_validated)
    scores = run.pooled.set_index(["lane", "dimension", "target"])
    for column, lane in run.facts.predicting_lanes.items():
        dimension, _, dynamics = column.partition("_")
        predicted, gold = [], []
        for recording in run.facts.recordings["test"]:
            own = run.predictions("test", recording)[column].to_numpy()
            reference = run.gold_standard("test", recording)[column].to_numpy()
            predicted.append(own[~np.isnan(reference)])
            gold.append(reference[~np.isnan(reference)])
        expected = ccc(np.concatenate(predicted), np.concatenate(gold))
        row = scores.loc[lane, dimension, dynamics or "state"]
        assert row["test_ccc"] == pytest.approx(expected, abs=1e-4)
        by_fold = run.lanes[
            run.lanes["lane"].str.startswith(f"{lane}-fold")
            & (run.lanes["dimension"] == dimension)
            & (run.lanes["target"] == (dynamics or "state"))
        ]
        assert len(by_fold) == 3
        assert row["dev_ccc"] == pytest.approx(by_fold["dev_ccc"].mean(), abs=2e-6)


def test_a_folds_lane_predicts_what_it_tests_as_in_training(cross_validated, standin_root):
    """Though its features were standardised by its own training frames there."""
    facts = read_run(cross_validated).facts
    column, lane = next(iter(facts.predicting_lanes.items()))
    for fold, tested in enumerate(facts.folds):
        model = load_run(cross_validated, f"{lane}-fold{fold}")
        recording = tested[0]
        samples, rate = soundfile.read(standin_root / "audio" / f"{recording}.wav")
        path = cross_validated / "predictions" / "test" / f"{recording}.csv"
        _, expected_tc, columns = read_trace(path, recording)
        found = model.predict(samples, rate)[column].to_numpy()[: len(expected_tc)]
        np.testing.assert_allclose(found, expected_tc[:, columns.index(column)], atol=1e-4)


def test_a_name_without_its_fold_predicts_by_all_folds(cross_validated):
    lane = read_run(cross_validated).facts.predicting_lanes["arousal"]
    samples = np.random.default_rng(0).normal(0, 0.1, 16000), 16000
    folds = [load_run(cross_validated, f"{lane}-fold{n}").predict(*samples) for n in range(3)]
    best = load_run(cross_validated).predict(*samples)
    mean = pd.concat(folds).groupby(level=0)["arousal"].mean()
    np.testing.assert_allclose(best["arousal"], mean, atol=1e-5)


def test_a_model_card_tells_of_folds(cross_validated, tmp_path):
    lane = read_run(cross_validated).facts.predicting_lanes["arousal"]
    export(cross_validated, lane, tmp_path)
    card = (tmp_path / "README.md").read_text()
    assert "recordings 7 in 3 folds. No lane was trained on what it was tested by" in card
    assert all(f"{lane}-fold{fold}" in card for fold in range(3))


def test_the_report_tells_of_folds_groups_and_rules(cross_validated):
    text = (cross_validated / "report.md").read_text()
    assert "Recordings: 7 in 3 folds." in text
    assert "bootstrap over groups" in text
    assert "## Rules that move w\n" in text and "## CCC against settings\n" in text


def test_more_folds_than_groups_end_in_one_line(standin_root, tmp_path, config):
    config.corpus.groups = PAIRS
    config.sweep.folds = 6
    with pytest.raises(ConfigError, match=r"sweep.folds=6, but .* has 5 group"):
        run_config(config, tmp_path / "run")
