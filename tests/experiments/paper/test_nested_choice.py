"""w by fold: of a table made by hand, and predictions put together from it."""

import itertools

import numpy as np
import pandas as pd
import pytest

from affdyn_jax.dataset.dataset import Dataset
from affdyn_jax.dataset.examples import pad
from affdyn_jax.dataset.splits import Split
from affdyn_jax.dataset.standardisation import fit_standardisation
from affdyn_jax.errors import RunError
from experiments.paper.nested_choice import choose_by_fold, predict_by_choice

# Dev CCC of both seeds by fold, target and w. Fold 0's seed 0 alone would choose w = 0 for the
# states; w = 1 does not train them, nor w = 0 dynamics.
DEV_CCC = {
    (0, "state", 0.0): (0.6, 0.2),
    (0, "state", 0.5): (0.5, 0.5),
    (0, "state", 1.0): (0.9, 0.9),
    (0, "dynamics", 0.0): (0.8, 0.8),
    (0, "dynamics", 0.5): (0.1, 0.3),
    (0, "dynamics", 1.0): (0.3, 0.2),
    (1, "state", 0.0): (0.4, 0.4),
    (1, "state", 0.5): (0.3, 0.4),
    (1, "state", 1.0): (0.0, 0.0),
    (1, "dynamics", 0.0): (0.0, 0.0),
    (1, "dynamics", 0.5): (0.2, 0.2),
    (1, "dynamics", 1.0): (0.1, 0.2),
}
CHOSEN = {(0, "state"): 0.5, (0, "dynamics"): 1.0, (1, "state"): 0.0, (1, "dynamics"): 0.5}


@pytest.fixture
def lanes():
    """Rows as in `lanes.csv`, whose scores on test would choose otherwise."""
    rows = []
    for (fold, target, w), of_seeds in DEV_CCC.items():
        for seed, dev_ccc in enumerate(of_seeds):
            lane = f"arousal-h2-w{w:g}-seed{seed}-fold{fold}"
            rows.append((lane, "arousal", 2, w, seed, fold, "arousal", target, dev_ccc, w, False))
    columns = ["lane", "setup", "hidden_size", "w", "seed", "fold", "dimension", "target"]
    return pd.DataFrame(rows, columns=[*columns, "dev_ccc", "test_ccc", "diverged"])


@pytest.fixture
def dataset():
    """Four recordings; the first and the last are tested in fold 1."""
    rng = np.random.default_rng(0)
    examples = pad(
        [np.zeros((frames, 1)) for frames in (3, 4, 2, 4)],
        [rng.normal(size=(frames, 2)) for frames in (3, 4, 2, 4)],
        [np.ones((frames, 2), bool) for frames in (3, 4, 2, 4)],
    )
    standardisation = fit_standardisation(np.zeros((2, 1)))
    tested = (np.int32([1, 2]), np.int32([0, 3]))
    return Dataset(
        dimensions=("arousal",),
        frame_rate=4.0,
        annotation_delay=0.0,
        feature_names=("x",),
        names={"test": tuple("abcd")},
        groups={"test": tuple("abcd")},
        examples={"test": examples},
        splits=tuple(Split(rows_n, rows_n, rows_n, standardisation) for rows_n in tested),
        labelled=frozenset(("test",)),
        standardisation=standardisation,
        constant={},
    )


def by_w(seeds=(0, 1)):
    """Predictions that say by which w and seed they were made: 10 w + seed."""
    shape = 4, 4, 2
    return {w: {s: np.full(shape, 10 * w + s, np.float32) for s in seeds} for w in (0.0, 0.5, 1.0)}


def test_each_fold_chooses_by_its_own_dev_ccc_over_seeds(lanes):
    chosen = choose_by_fold(lanes).set_index(["fold", "target"])["w"]
    assert chosen.to_dict() == CHOSEN


def test_no_score_on_test_has_a_part_in_it(lanes):
    before = choose_by_fold(lanes)["w"]
    lanes["test_ccc"] = -lanes["test_ccc"]
    pd.testing.assert_series_equal(choose_by_fold(lanes)["w"], before)


def test_lanes_that_diverged_do_not_count(lanes):
    lanes["diverged"] = (lanes["fold"] == 0) & (lanes["seed"] == 1)
    chosen = choose_by_fold(lanes).set_index(["fold", "target"])["w"]
    assert chosen[0, "state"] == 0.0  # of seed 0 alone
    assert chosen[1, "state"] == 0.0


def test_a_fold_of_which_nothing_is_left_is_an_error(lanes):
    lanes["diverged"] = (lanes["fold"] == 1) & (lanes["w"] < 1)  # w = 1 trains no states
    with pytest.raises(RunError, match="fold 1: all lanes of a task diverged"):
        choose_by_fold(lanes)


def test_each_recording_and_task_is_predicted_at_its_folds_w(lanes, dataset):
    found = predict_by_choice(choose_by_fold(lanes), by_w(), dataset)
    assert list(found) == [0, 1]
    for seed, (n, (k, target)) in itertools.product(
        (0, 1), itertools.product(range(4), enumerate(("state", "dynamics")))
    ):
        fold = 1 if n in (0, 3) else 0
        np.testing.assert_array_equal(found[seed][n, :, k], 10 * CHOSEN[fold, target] + seed)


def test_a_seed_that_a_chosen_w_lacks_is_left_out(lanes, dataset):
    predictions = by_w()
    del predictions[1.0][1]
    assert list(predict_by_choice(choose_by_fold(lanes), predictions, dataset)) == [0]
