"""Lanes of folds put together, against CCC over the predictions that are concatenated by hand."""

import dataclasses

import numpy as np
import pandas as pd
import pytest

from affdyn_jax.corpora.corpus import Corpus, GoldStandard, Recording
from affdyn_jax.dataset.dataset import build_dataset
from affdyn_jax.dataset.folds import plan_folds
from affdyn_jax.dataset.gold_on_grid import put_on_grid
from affdyn_jax.evaluation.pooling import over_folds, pool_folds, without_fold
from affdyn_jax.evaluation.scores import lane_scores
from affdyn_jax.training.lanes import Lane

DIMENSIONS = ("arousal", "valence")
# Recordings of unequal length; the folds test a and d, b and e, c.
GROUPS = {"a": "A", "b": "B", "c": "C", "d": "A", "e": "B"}
TESTED = ("ad", "be", "c")


@pytest.fixture(scope="module")
def dataset(tmp_path_factory):
    rng = np.random.default_rng(0)
    recordings, features = [], {}
    for n, (name, group) in enumerate(GROUPS.items()):
        times_s = np.arange(30 + 3 * n) / 4
        values_sd = np.tanh(rng.normal(0, 0.2, (len(times_s), 2)).cumsum(axis=0))
        gold_standard = GoldStandard(times_s, values_sd, tmp_path_factory.getbasetemp() / name)
        partition = "dev" if name == "e" else "train"
        recordings.append(Recording(name, partition, None, gold_standard, group))
        features[name] = rng.normal(size=(len(times_s), 2))
    corpus = Corpus("C", tmp_path_factory.getbasetemp(), DIMENSIONS, tuple(recordings))
    gold = put_on_grid(corpus, 4.0, 0.0)
    folds = plan_folds(corpus, gold, 3)
    assert ["".join(fold.test) for fold in folds] == list(TESTED)
    return build_dataset(corpus, gold, features, ("x", "y"), folds=folds)


LANES = tuple(
    Lane(setup, dimensions, 4, w, seed, fold)
    for fold in range(3)
    for seed in (0, 1)
    for setup, dimensions in (("multi", DIMENSIONS), ("valence", ("valence",)))
    for w in (0.0, 0.5)
)


@pytest.fixture(scope="module")
def predictions(dataset):
    """Of each lane those of its own recordings, and padding that is no number."""
    rng = np.random.default_rng(1)
    frames, tasks = dataset.examples["test"].gold_ntk.shape[1:]
    predictions = {}
    for partition, count in (("dev", 2), ("test", 2)):
        predictions[partition] = np.full((len(LANES), count, frames, tasks), np.nan, np.float32)
        for predictions_ntk, lane in zip(predictions[partition], LANES, strict=True):
            rows = dataset.splits[lane.fold].rows(partition)
            gold_ntk = dataset.examples[partition].gold_ntk[rows]
            predictions_ntk[: len(rows)] = gold_ntk + rng.normal(0, 0.3, gold_ntk.shape)
    return predictions


def ccc(x, y):
    covariance = np.mean((x - x.mean()) * (y - y.mean()))
    return 2 * covariance / (x.var() + y.var() + (x.mean() - y.mean()) ** 2)


def traces(dataset, predictions, lane, partition, k):
    """Predictions and gold standard of the recordings that a fold has there, by recording."""
    fold = next(n for n, other in enumerate(LANES) if other == lane)
    found = {}
    for n, row in enumerate(dataset.splits[lane.fold].rows(partition)):
        valid_t = dataset.examples["test"].valid_ntk[row, :, k]
        predicted_t = predictions[partition][fold, n, :, k][valid_t]
        gold_t = dataset.examples["test"].gold_ntk[row, :, k][valid_t]
        found[dataset.names["test"][row]] = predicted_t.astype(float), gold_t.astype(float)
    return found


def table_of(dataset, predictions, diverging=()):
    scores = lane_scores(LANES, predictions, dataset)
    return scores.assign(diverged=scores["lane"].isin(diverging), best_epoch=3, epochs=9)


def pooled_table(dataset, predictions, diverging=()):
    pooled = pool_folds(LANES, predictions, dataset)
    tested = lane_scores(pooled.lanes, pooled.predictions, dataset)
    return over_folds(table_of(dataset, predictions, diverging), tested)


def test_a_folds_lane_is_scored_by_its_own_recordings(dataset, predictions):
    table = table_of(dataset, predictions).set_index(["lane", "dimension", "target"])
    assert table.index.is_unique and len(table) == 3 * 2 * 2 * (4 + 2)
    for fold, tested in enumerate(TESTED):
        lane = Lane("multi", DIMENSIONS, 4, 0.5, 1, fold)
        of_test = traces(dataset, predictions, lane, "test", 2)
        assert "".join(of_test) == tested
        row = table.loc[lane.name, "arousal", "dynamics"]
        assert row["fold"] == fold
        every = [np.concatenate(values) for values in zip(*of_test.values(), strict=True)]
        assert row["test_ccc"] == pytest.approx(ccc(*every), abs=1e-6)
        by_recording = [ccc(*values) for values in of_test.values()]
        assert row["test_ccc_per_recording"] == pytest.approx(np.mean(by_recording), abs=1e-6)
        of_dev = traces(dataset, predictions, lane, "dev", 2)
        assert "".join(of_dev) == TESTED[(fold + 1) % 3]
        every = [np.concatenate(values) for values in zip(*of_dev.values(), strict=True)]
        assert row["dev_ccc"] == pytest.approx(ccc(*every), abs=1e-6)


@pytest.mark.parametrize(
    ("dimension", "target", "k"), [("valence", "state", 1), ("arousal", "dynamics", 2)]
)
def test_each_recording_is_predicted_by_the_lane_of_its_own_fold(
    dataset, predictions, dimension, target, k
):
    table = pooled_table(dataset, predictions).set_index(["lane", "dimension", "target"])
    assert table.index.is_unique and len(table) == 2 * 2 * (4 + 2)
    of_folds = [Lane("multi", DIMENSIONS, 4, 0.5, 1, fold) for fold in range(3)]
    found = {}
    for lane in of_folds:
        found |= traces(dataset, predictions, lane, "test", k)
    assert sorted(found) == list("abcde")
    row = table.loc["multi-h4-w0.5-seed1", dimension, target]
    x, y = (np.concatenate(values) for values in zip(*found.values(), strict=True))
    assert row["test_ccc"] == pytest.approx(ccc(x, y), abs=1e-6)
    by_recording = [ccc(*values) for values in found.values()]
    assert row["test_ccc_per_recording"] == pytest.approx(np.mean(by_recording), abs=1e-6)
    on_dev = []
    for lane in of_folds:
        of_dev = traces(dataset, predictions, lane, "dev", k)
        on_dev.append(ccc(*(np.concatenate(v) for v in zip(*of_dev.values(), strict=True))))
    assert row["dev_ccc"] == pytest.approx(np.mean(on_dev), abs=1e-6)


def test_a_lane_that_diverged_in_one_fold_has_diverged(dataset, predictions):
    table = pooled_table(dataset, predictions, diverging=("valence-h4-w0-seed0-fold1",))
    assert set(table.loc[table["diverged"], "lane"]) == {"valence-h4-w0-seed0"}
    assert "fold" not in table and "epochs" not in table


def test_rules_without_a_w_are_pooled_too(dataset, predictions):
    swept = (("weighting", "famo"), ("learning_rate", 1e-3))
    rules = tuple(dataclasses.replace(lane, w=np.nan, swept=swept) for lane in LANES[::2])
    of_rules = {partition: p_lntk[::2] for partition, p_lntk in predictions.items()}
    pooled = pool_folds(rules, of_rules, dataset)
    assert [lane.name for lane in pooled.lanes] == [
        f"{setup}-h4-famo-lr0.001-seed{seed}" for seed in (0, 1) for setup in ("multi", "valence")
    ]
    fixed = pool_folds(LANES, predictions, dataset)
    np.testing.assert_array_equal(pooled.predictions["test"], fixed.predictions["test"][::2])


def test_without_folds_nothing_changes(dataset, predictions):
    whole = dataclasses.replace(dataset, splits=dataset.splits[:1])
    lanes = tuple(dataclasses.replace(lane, fold=None) for lane in LANES[:4])
    pooled = pool_folds(lanes, predictions, whole)
    assert pooled.lanes == lanes
    assert pooled.predictions["dev"] is predictions["dev"]
    scores = table_of(dataset, predictions).drop(columns="fold")
    pd.testing.assert_frame_equal(over_folds(scores, scores.drop(columns="diverged")), scores)


def test_names_without_folds():
    names = pd.Series(["multi-h4-w0.5-seed1-fold12", "multi-h4-w0.5-seed1"])
    assert list(without_fold(names)) == ["multi-h4-w0.5-seed1"] * 2
