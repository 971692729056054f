"""Scores on a part of the recordings, against the formula on the frames of that part."""

import numpy as np
import pandas as pd
import pytest

from affdyn_jax.dataset.dataset import Dataset
from affdyn_jax.dataset.examples import pad
from affdyn_jax.dataset.standardisation import fit_standardisation
from affdyn_jax.evaluation.selection import over_seeds, select_w
from affdyn_jax.evaluation.subsets import score_subsets
from affdyn_jax.method.tasks import tasks_of
from affdyn_jax.training.lanes import lanes_by_hidden_size
from affdyn_jax.training.settings import HiddenSizes, SweepSettings

TASKS = tasks_of(("arousal",))
NAMES = {"dev": ("a", "b"), "test": ("c", "d", "e", "f")}
SUBSETS = {
    "corpus": {"German": ("a", "b", "c", "d"), "Hungarian": ("e", "f")},
    "language": {"X": ("c", "e"), "Y": ("f",)},
}


def ccc(x, y):
    """Eq. 2, by NumPy's own moments."""
    return 2 * np.cov(x, y, ddof=0)[0, 1] / (x.var() + y.var() + (x.mean() - y.mean()) ** 2)


@pytest.fixture
def examples():
    rng = np.random.default_rng(0)

    def of(names):
        gold = [rng.normal(size=(20 + n, 2)).cumsum(axis=0) for n in range(len(names))]
        return pad([np.zeros((len(g), 1)) for g in gold], gold, [np.ones_like(g) > 0 for g in gold])

    return {partition: of(names) for partition, names in NAMES.items()}


@pytest.fixture
def run(examples):
    """The lanes' scores and their predictions of each partition; seed 1 diverged at w = 0.5."""
    (lanes,) = lanes_by_hidden_size(
        ("arousal",), SweepSettings((0.0, 0.5), (0, 1), HiddenSizes((4,), ()))
    ).values()
    rng, rows, predictions = np.random.default_rng(1), [], {"dev": {}, "test": {}}
    for lane in lanes:
        for partition, by_lane in predictions.items():
            gold_ntk = examples[partition].gold_ntk
            noise = rng.normal(0, 1, gold_ntk.shape).astype(np.float32)
            by_lane[lane.name] = gold_ntk + noise
        rows += [
            {
                **{"lane": lane.name, "setup": lane.setup, "hidden_size": 4, "w": lane.w},
                **{"seed": lane.seed, "dimension": "arousal", "target": task.target},
                **{"dev_ccc": lane.w, "test_ccc": 0.0},
                "diverged": (lane.w, lane.seed) == (0.5, 1),
            }
            for task in TASKS
        ]
    return pd.DataFrame(rows), predictions


def scored(run, examples, **changes):
    scores, predictions = run
    fields = {
        "dimensions": ("arousal",),
        "frame_rate": 4.0,
        "annotation_delay": 0.0,
        "feature_names": ("x",),
        "names": NAMES,
        "groups": NAMES,
        "examples": examples,
        "splits": (),
        "labelled": frozenset(NAMES),
        "standardisation": fit_standardisation(np.zeros((2, 1))),
        "constant": {},
        "subsets": SUBSETS,
    }
    dataset = Dataset(**fields | changes)
    table = score_subsets(select_w(over_seeds(scores)), scores, predictions, dataset)
    return table.set_index(["division", "subset", "target"])


def expected(run, examples, partition, recordings, w, seeds, k):
    rows = [n for n, name in enumerate(NAMES[partition]) if name in recordings]
    of = examples[partition]
    frames = [(n, slice(of.frames_n[n])) for n in rows]
    gold = np.concatenate([of.gold_ntk[n, t, k] for n, t in frames])
    by_lane = run[1][partition]
    return np.mean(
        [
            ccc(
                np.concatenate([by_lane[f"arousal-h4-w{w}-seed{s}"][n, t, k] for n, t in frames]),
                gold,
            )
            for s in seeds
        ]
    )


@pytest.mark.parametrize("subset", ["German", "Hungarian"])
@pytest.mark.parametrize("k", [0, 1])
def test_each_subset_has_the_scores_of_its_frames(run, examples, subset, k):
    row = scored(run, examples).loc["corpus", subset, TASKS[k].target]
    recordings = SUBSETS["corpus"][subset]
    for suffix, w, seeds in (("", 0.5, [0]), ("_w0", 0, [0, 1])):
        found = row[f"test_ccc{suffix}"]
        assert found == pytest.approx(
            expected(run, examples, "test", recordings, w, seeds, k), abs=1e-6
        )
        # Of two recordings every resample is one of them, the other, or both.
        on_test = [name for name in recordings if name in NAMES["test"]]
        drawn = [
            expected(run, examples, "test", names, w, seeds, k)
            for names in (on_test[:1], on_test[1:], on_test)
        ]
        bounds = row[f"test_ccc_low{suffix}"], row[f"test_ccc_high{suffix}"]
        assert bounds == pytest.approx((min(drawn), max(drawn)), abs=1e-6)
        on_dev = row[f"dev_ccc{suffix}"]
        if subset == "German":
            assert on_dev == pytest.approx(
                expected(run, examples, "dev", recordings, w, seeds, k), abs=1e-6
            )
        else:
            assert np.isnan(on_dev)


def test_one_recording_has_a_score_but_no_interval(run, examples):
    row = scored(run, examples).loc["language", "Y", "state"]
    assert row["test_ccc"] == pytest.approx(
        expected(run, examples, "test", ("f",), 0.5, [0], 0), abs=1e-6
    )
    assert np.isnan(row["test_ccc_low"]) and np.isnan(row["test_ccc_high"])


def test_a_group_is_drawn_as_one(run, examples):
    together = scored(run, examples, groups=NAMES | {"test": ("c", "d", "g", "g")})
    assert np.isnan(together.loc["corpus", "Hungarian", "state"]["test_ccc_low"])
    apart = scored(run, examples)
    assert together.loc["corpus", "Hungarian", "state"]["test_ccc"] == pytest.approx(
        apart.loc["corpus", "Hungarian", "state"]["test_ccc"]
    )


def test_a_gold_standard_that_never_changes_in_a_subset_leaves_it_empty(run, examples):
    examples["test"].gold_ntk[2:, :, 0] = 0.5
    table = scored(run, examples)
    assert np.isnan(table.loc["corpus", "Hungarian", "state"]["test_ccc"])
    assert np.isnan(table.loc["corpus", "Hungarian", "state"]["test_ccc_low"])
    assert table.loc["corpus", "German", "state"][["test_ccc", "test_ccc_low"]].notna().all()


def test_without_labels_of_test_or_predictions_of_dev_there_are_none_of_it(run, examples):
    table = scored(run, examples, labelled=frozenset({"dev"}))
    assert table[[column for column in table if column.startswith("test")]].isna().all(axis=None)
    assert table.loc["corpus", "German", "state"]["dev_ccc_low"] < 1
    scores, predictions = run
    folds = scored((scores, predictions | {"dev": {}}), examples)
    assert folds[[column for column in folds if column.startswith("dev")]].isna().all(axis=None)
    assert folds["test_ccc"].notna().all()
