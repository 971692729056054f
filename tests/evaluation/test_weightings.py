"""Rules beside fixed w, against the parts done by hand for one task."""

import dataclasses

import numpy as np
import pytest

from affdyn_jax.dataset.dataset import Dataset
from affdyn_jax.dataset.examples import pad
from affdyn_jax.dataset.standardisation import fit_standardisation
from affdyn_jax.evaluation.scores import concatenated_ccc, lane_scores
from affdyn_jax.evaluation.selection import over_seeds, select_w
from affdyn_jax.evaluation.significance import (
    bootstrap_counts,
    mean_ccc,
    permutation_p_value,
    sums_by_recording,
)
from affdyn_jax.evaluation.weightings import compare_weightings
from affdyn_jax.training.lanes import lanes_by_hidden_size
from affdyn_jax.training.settings import HiddenSizes, SweepSettings

(LANES,) = lanes_by_hidden_size(
    ("arousal",),
    SweepSettings(
        (0.0, 0.5),
        (0, 1),
        HiddenSizes((4,), ()),
        weightings=("fixed", "dwa", "famo"),
        dropouts=(0, 0.5),
    ),
).values()
RULES = ("dwa", "famo")
K = {"state": 0, "dynamics": 1}


@pytest.fixture(scope="module")
def dataset():
    rng = np.random.default_rng(0)

    def partition():
        gold = [rng.normal(size=(frames, 2)).cumsum(axis=0) for frames in rng.integers(20, 40, 6)]
        return pad(
            [np.zeros((len(g), 1)) for g in gold], gold, [np.ones(g.shape, bool) for g in gold]
        )

    names = {name: tuple("abcdef") for name in ("dev", "test")}
    return Dataset(
        dimensions=("arousal",),
        frame_rate=4.0,
        annotation_delay=0.0,
        feature_names=("x",),
        names=names,
        groups=names,
        examples={name: partition() for name in names},
        splits=(),
        labelled=frozenset(names),
        standardisation=fit_standardisation(np.zeros((2, 1))),
        constant={},
    )


@pytest.fixture(scope="module")
def predictions(dataset):
    rng = np.random.default_rng(1)
    return {
        partition: np.stack(
            [examples.gold_ntk + rng.normal(0, 1, examples.gold_ntk.shape) for _ in LANES]
        ).astype(np.float32)
        for partition, examples in dataset.examples.items()
    }


@pytest.fixture
def table(dataset, predictions):
    return compared(dataset, predictions)


def compared(dataset, predictions, diverging=()):
    scores = lane_scores(LANES, predictions, dataset)
    scores = scores.assign(diverged=scores["lane"].isin(diverging))
    by_lane = {lane.name: p for lane, p in zip(LANES, predictions["test"], strict=True)}
    table = compare_weightings(select_w(over_seeds(scores)), scores, by_lane, dataset)
    return table.set_index(["dropout", "weighting", "target"])


def of_model(predictions, dropout, weighting, partition="test"):
    """Predictions by both seeds, shape (S, N, T, K)."""
    chosen = [
        index
        for index, lane in enumerate(LANES)
        if dict(lane.swept)["dropout"] == dropout
        and weighting in (lane.w, dict(lane.swept)["weighting"])
        and (lane.w == weighting or np.isnan(lane.w))
    ]
    assert len(chosen) == 2
    return predictions[partition][chosen]


def mean_of_seeds(predictions_sntk, examples, target):
    return np.mean([concatenated_ccc(p, examples)[K[target]] for p in predictions_sntk])


def test_a_row_for_each_network_rule_and_task(table):
    assert sorted(table.index) == sorted(
        (dropout, rule, target) for dropout in (0, 0.5) for rule in RULES for target in K
    )


@pytest.mark.parametrize("dropout", [0, 0.5])
@pytest.mark.parametrize("target", ["state", "dynamics"])
def test_scores_are_those_of_the_rule_of_the_best_w_and_of_w_0(
    table, predictions, dataset, dropout, target
):
    row = table.loc[dropout, "famo", target]
    assert row["seeds"] == 2
    candidates = (0.0, 0.5) if target == "state" else (0.5,)  # w = 0 trains no dynamics
    dev = dataset.examples["dev"]
    on_dev = {
        w: mean_of_seeds(of_model(predictions, dropout, w, "dev"), dev, target) for w in candidates
    }
    best = max(on_dev, key=on_dev.get)
    assert row["w_best"] == best
    assert row["dev_ccc_best"] == pytest.approx(on_dev[best])
    models = {"": "famo", "_best": best, "_w0": 0.0}
    for suffix, weighting in models.items():
        expected = mean_of_seeds(
            of_model(predictions, dropout, weighting), dataset.examples["test"], target
        )
        assert row[f"test_ccc{suffix}"] == pytest.approx(expected)
        if suffix:
            assert row[f"difference{suffix}"] == pytest.approx(row["test_ccc"] - expected)


@pytest.mark.parametrize("suffix", ["_best", "_w0"])
def test_intervals_and_p_values_are_of_pairs(table, predictions, dataset, suffix):
    row, test, k = table.loc[0.5, "dwa", "dynamics"], dataset.examples["test"], K["dynamics"]
    gold = test.gold_ntk[..., k], test.valid_ntk[..., k]
    weightings = "dwa", {"_best": row["w_best"], "_w0": 0.0}[suffix]
    pair = [
        sums_by_recording(of_model(predictions, 0.5, weighting)[..., k], *gold)
        for weighting in weightings
    ]
    expected = permutation_p_value(*pair, np.random.default_rng(0))
    assert row[f"p_value{suffix}"] == pytest.approx(expected)
    counts = bootstrap_counts(6, np.random.default_rng(0))
    rule, other = (mean_ccc(np.tensordot(counts, sums, axes=1)) for sums in pair)
    low, high = np.quantile(rule - other, [0.025, 0.975])
    assert row[f"difference_low{suffix}"] == pytest.approx(low)
    assert row[f"difference_high{suffix}"] == pytest.approx(high)
    low, high = np.quantile(rule, [0.025, 0.975])
    assert (row["test_ccc_low"], row["test_ccc_high"]) == pytest.approx((low, high))


def test_a_rule_whose_lanes_all_diverged_has_no_row(dataset, predictions):
    diverging = [lane.name for lane in LANES if "famo" in lane.name and "dropout0.5" in lane.name]
    table = compared(dataset, predictions, diverging)
    assert (0, "famo", "state") in table.index
    assert (0.5, "famo", "state") not in table.index


def test_withheld_labels_leave_differences_empty(dataset, predictions):
    withheld = dataclasses.replace(dataset, labelled=frozenset({"dev"}))
    table = compared(withheld, predictions)
    assert table["dev_ccc_best"].notna().all()
    assert (
        table[["test_ccc", "test_ccc_low", "difference_best", "p_value_w0"]].isna().all(axis=None)
    )
