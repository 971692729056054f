"""Which lanes are compared, against the parts done by hand for one task."""

import numpy as np
import pandas as pd
import pytest

from affdyn_jax.dataset.dataset import Dataset
from affdyn_jax.dataset.examples import pad
from affdyn_jax.dataset.standardisation import fit_standardisation
from affdyn_jax.evaluation.comparison import COLUMNS, compare_with_w0
from affdyn_jax.evaluation.selection import over_seeds, select_w
from affdyn_jax.evaluation.significance import permutation_p_value, sums_by_frame, sums_by_recording
from affdyn_jax.method.concordance import concordance
from affdyn_jax.method.tasks import tasks_of
from affdyn_jax.training.lanes import lanes_by_hidden_size
from affdyn_jax.training.settings import HiddenSizes, SweepSettings

TASKS = tasks_of(("arousal", "valence"))
RECORDINGS = 7


@pytest.fixture(scope="module")
def examples():
    rng = np.random.default_rng(0)
    gold = [rng.normal(size=(frames, 4)).cumsum(axis=0) for frames in rng.integers(20, 40, 7)]
    valid = [np.arange(len(g))[:, None] >= [0, 0, 1, 1] for g in gold]
    return pad([np.zeros((len(g), 1)) for g in gold], gold, valid)


@pytest.fixture(scope="module")
def lanes():
    (group,) = lanes_by_hidden_size(
        ("arousal", "valence"), SweepSettings((0.0, 0.5), (0, 1, 2), HiddenSizes((4,), (4,)))
    ).values()
    return group


@pytest.fixture(scope="module")
def predictions(examples, lanes):
    """The larger w, the closer; what stands in the padding is no number."""
    rng = np.random.default_rng(1)
    gold_ntk, frames_n = examples.gold_ntk, examples.frames_n
    padding_nt = np.arange(gold_ntk.shape[1]) >= frames_n[:, None]
    predictions = {}
    for lane in lanes:
        noisy = gold_ntk + rng.normal(0, 1.5 - lane.w, gold_ntk.shape)
        predictions[lane.name] = np.where(padding_nt[..., None], np.nan, noisy).astype(np.float32)
    return predictions


@pytest.fixture
def scores(lanes, predictions, examples):
    """As `lanes.csv` has it; on dev w = 0.5 is best but for arousal, trained alone."""
    rows = []
    for lane in lanes:
        test_ccc = concatenated(predictions[lane.name], examples)
        for k, task in enumerate(TASKS):
            if task.dimension in lane.dimensions:
                prefers_0 = (lane.setup, task.column) == ("arousal", "arousal")
                rows.append(
                    {
                        **{"lane": lane.name, "setup": lane.setup, "hidden_size": 4},
                        **{"w": lane.w, "seed": lane.seed},
                        **{"dimension": task.dimension, "target": task.target},
                        **{"dev_ccc": -lane.w if prefers_0 else lane.w, "test_ccc": test_ccc[k]},
                        "diverged": False,
                    }
                )
    return pd.DataFrame(rows)


def concatenated(predictions_ntk, examples):
    return concordance(
        predictions_ntk.astype(np.float64),
        examples.gold_ntk.astype(np.float64),
        examples.valid_ntk,
        axis=(0, 1),
    )


def compared(scores, predictions, examples, groups="abcdefg"):
    dataset = Dataset(
        dimensions=("arousal", "valence"),
        frame_rate=4.0,
        annotation_delay=0.0,
        feature_names=("x",),
        names={"test": tuple("abcdefg")},
        groups={"test": tuple(groups)},
        examples={"test": examples},
        splits=(),
        labelled=frozenset(("test",) if examples else ()),
        standardisation=fit_standardisation(np.zeros((2, 1))),
        constant={},
    )
    selection = compare_with_w0(select_w(over_seeds(scores)), scores, predictions, dataset)
    return selection.set_index(["setup", "dimension", "target"])


@pytest.mark.parametrize("diverged", [(), ("multi-h4-w0-seed1", "multi-h4-w0.5-seed2")])
def test_seeds_that_both_have_are_compared(scores, predictions, examples, diverged):
    scores["diverged"] = scores["lane"].isin(diverged)
    row = compared(scores, predictions, examples).loc["multi", "valence", "dynamics"]
    seeds = [0] if diverged else [0, 1, 2]
    k = 3
    gold, valid = examples.gold_ntk[..., k], examples.valid_ntk[..., k]
    best, w0 = (
        np.stack([predictions[f"multi-h4-w{w}-seed{seed}"][..., k] for seed in seeds])
        for w in ("0.5", "0")
    )
    differences = [
        (
            concatenated(predictions[f"multi-h4-w0.5-seed{seed}"], examples)
            - concatenated(predictions[f"multi-h4-w0-seed{seed}"], examples)
        )[k]
        for seed in seeds
    ]
    assert row["difference"] == pytest.approx(np.mean(differences), abs=1e-9)
    for column, sums in (("p_value", sums_by_recording), ("p_value_over_frames", sums_by_frame)):
        pair = (sums(model, gold, valid) for model in (best, w0))
        expected = permutation_p_value(*pair, np.random.default_rng(0))
        assert row[column] == pytest.approx(expected)
    assert row["p_value"] * 2**RECORDINGS == round(row["p_value"] * 2**RECORDINGS)
    assert row["difference_low"] < row["difference"] < row["difference_high"]


def test_intervals_hold_the_scores_of_all_seeds(scores, predictions, examples):
    table = compared(scores, predictions, examples)
    assert list(table.columns[-len(COLUMNS) :]) == list(COLUMNS)
    assert len(table) == 8
    for suffix in ("", "_w0"):
        low, high = table[f"test_ccc_low{suffix}"], table[f"test_ccc_high{suffix}"]
        assert table[f"test_ccc{suffix}"].between(low, high).all()
    assert np.allclose(
        table["difference"].dropna(), (table["test_ccc"] - table["test_ccc_w0"])[table["w"] > 0]
    )


def test_a_best_w_of_0_is_not_compared_with_itself(scores, predictions, examples):
    table = compared(scores, predictions, examples)
    assert table["p_value"].isna().sum() == 1
    row = table.loc["arousal", "arousal", "state"]
    assert row["w"] == 0
    assert row[["difference", "difference_low", "difference_high"]].isna().all()
    assert row[["p_value", "p_value_over_frames"]].isna().all()
    assert row["test_ccc_low"] == row["test_ccc_low_w0"] < row["test_ccc_high"]


def test_without_a_seed_in_common_there_is_no_difference(scores, predictions, examples):
    diverged = [f"multi-h4-{rest}" for rest in ("w0-seed0", "w0-seed1", "w0.5-seed2")]
    scores["diverged"] = scores["lane"].isin(diverged)
    table = compared(scores, predictions, examples).loc["multi"]
    assert table["difference"].isna().all()
    assert table["p_value"].isna().all()
    assert table[["test_ccc_low", "test_ccc_high_w0"]].notna().all(axis=None)


def test_a_sweep_without_w_0_has_intervals_alone(scores, predictions, examples):
    table = compared(scores[scores["w"] > 0], predictions, examples)
    assert table[["test_ccc_low", "test_ccc_high"]].notna().all(axis=None)
    assert table[list(COLUMNS[2:])].isna().all(axis=None)


def test_withheld_labels_leave_all_of_it_empty(scores):
    scores["test_ccc"] = np.nan
    table = compared(scores, {}, None)
    assert table[list(COLUMNS)].isna().all(axis=None)


def test_rows_do_not_depend_on_each_other(scores, predictions, examples):
    together = compared(scores, predictions, examples).loc["valence"]
    alone = compared(scores[scores["setup"] == "valence"], predictions, examples)
    pd.testing.assert_frame_equal(together, alone.loc["valence"])


def test_recordings_of_one_group_are_swapped_and_drawn_together(scores, predictions, examples):
    """Seven recordings in four groups are tested like four recordings, each a group's frames."""
    apart = compared(scores, predictions, examples)
    grouped = compared(scores, predictions, examples, groups="wxxyzwz")
    pd.testing.assert_series_equal(grouped["difference"], apart["difference"])
    pd.testing.assert_series_equal(grouped["p_value_over_frames"], apart["p_value_over_frames"])
    p_value = grouped.loc[("multi", "valence", "state"), "p_value"]
    k, groups = 1, ((0, 5), (1, 2), (3,), (4, 6))
    gold, valid = examples.gold_ntk[..., k], examples.valid_ntk[..., k]
    pair = []
    for w in ("0.5", "0"):
        of_seeds = [predictions[f"multi-h4-w{w}-seed{seed}"][..., k] for seed in range(3)]
        sums_ns6 = sums_by_recording(np.stack(of_seeds), gold, valid)
        pair.append(np.stack([sums_ns6[list(group)].sum(axis=0) for group in groups]))
    assert p_value == pytest.approx(permutation_p_value(*pair, np.random.default_rng(0)))
    assert p_value * 2**4 == round(p_value * 2**4)  # so many ways of swapping
