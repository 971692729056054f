"""Folds trained together, against a separate run on each fold's own partitions."""

import jax
import numpy as np
import pytest

from affdyn_jax.dataset.examples import Examples, pad
from affdyn_jax.dataset.splits import Split
from affdyn_jax.dataset.standardisation import fit_standardisation
from affdyn_jax.training.lane_settings import fixed_lanes
from affdyn_jax.training.loop import new_training, predict_lanes, train_lanes
from affdyn_jax.training.parts import Parts
from affdyn_jax.training.repetitions import (
    TrainingData,
    repetitions_of,
    rows_of,
    whole_partitions,
)
from affdyn_jax.training.settings import TrainingSettings

HIDDEN, SEEDS = 5, (0, 7)
SETTINGS = TrainingSettings(max_epochs=3, learning_rate=5e-3)
WEIGHTS_MK = np.float32([[0.4, 0.1, 0.4, 0.1], [0.0, 0.3, 0.0, 0.7]])
# Train, dev and test of each fold; the second one has a recording less to train on.
ROWS = (([0, 2, 4], [1], [3, 5]), ([1, 3], [0, 5], [2, 4]))


def recordings():
    """Features of their own scales and offsets; gold standards that depend on them."""
    rng = np.random.default_rng(0)
    features, gold = [], []
    for frames in (20, 17, 20, 12, 19, 15):
        z_tf = rng.normal(size=(frames, 3))
        gold.append(np.tanh(np.cumsum(z_tf @ rng.normal(size=(3, 4)), 0) / 9))
        features.append(z_tf * [1, 20, 0.1] + [3, -50, 0.2])
    return pad(features, gold, [np.ones((len(g), 4), bool) for g in gold])


ALL = recordings()


def split(examples, rows):
    train, dev, test = (np.array(rows_n, np.int32) for rows_n in rows)
    frames = [examples.features_ntf[n, : examples.frames_n[n]] for n in train]
    return Split(train, dev, test, fit_standardisation(np.concatenate(frames)))


def data_of(examples):
    splits = [split(examples, rows) for rows in ROWS]
    return TrainingData(examples, examples, repetitions_of(SEEDS, splits))


def trained(data, settings=SETTINGS):
    weights_lk = np.tile(WEIGHTS_MK, (len(data.repetitions), 1))
    made = fixed_lanes(weights_lk, weights_lk, settings)
    return train_lanes(new_training(made, data, HIDDEN, Parts(settings)), data, Parts(settings))


@pytest.fixture(scope="module")
def together():
    return trained(data_of(ALL))


def alone(rows, standardisation):
    """A partition of a fold as a corpus of its own has it."""
    examples = Examples(*(array[rows] for array in ALL))
    features_ntf = standardisation(examples.features_ntf)
    for features_tf, frames in zip(features_ntf, examples.frames_n, strict=True):
        features_tf[frames:] = 0
    return examples._replace(features_ntf=features_ntf)


def best_weights(state, lanes):
    leaves = jax.tree.leaves(jax.tree.map(lambda leaf: leaf[lanes], state.lane_states.best_weights))
    return np.concatenate([np.ravel(leaf) for leaf in leaves])


@pytest.mark.parametrize("fold", [0, 1])
def test_a_folds_lanes_are_those_of_a_run_on_its_own_partitions(together, fold):
    of_fold = split(ALL, ROWS[fold])
    train, dev, test = (alone(rows, of_fold.standardisation) for rows in ROWS[fold])
    separate = trained(whole_partitions(train, dev, SEEDS))
    lanes = slice(4 * fold, 4 * fold + 4)
    ours, expected = best_weights(together, lanes), best_weights(separate, slice(None))
    assert np.abs(ours - expected).max() < 1e-4 * np.abs(expected).max()
    for name, tolerance in (("train_loss", 1e-4), ("dev_loss", 1e-4), ("dev_ccc_k", 1e-3)):
        found, wanted = getattr(together.history, name), getattr(separate.history, name)
        np.testing.assert_allclose(found[:, lanes], wanted, atol=tolerance)
    of_repetitions = rows_of(data_of(ALL).repetitions, "test")
    weights = together.lane_states.best_weights
    predictions_lntk = predict_lanes(weights, ALL, of_repetitions=of_repetitions)
    of_separate = predict_lanes(separate.lane_states.best_weights, test)
    for n, frames in enumerate(test.frames_n):
        np.testing.assert_allclose(
            predictions_lntk[lanes, n, :frames], of_separate[:, n, :frames], atol=1e-4
        )


def test_what_is_held_out_moves_no_weight(together):
    features_ntf, gold_ntk = ALL.features_ntf.copy(), ALL.gold_ntk.copy()
    features_ntf[[3, 5]] = 7.0
    gold_ntk[[3, 5]] = -0.5
    changed = trained(data_of(ALL._replace(features_ntf=features_ntf, gold_ntk=gold_ntk)))
    first_fold, second_fold = slice(0, 4), slice(4, 8)
    np.testing.assert_array_equal(
        best_weights(changed, first_fold), best_weights(together, first_fold)
    )
    assert (best_weights(changed, second_fold) != best_weights(together, second_fold)).any()
