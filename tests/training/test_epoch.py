"""One epoch of one lane, against NumPy."""

import functools

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from affdyn_jax.dataset.examples import pad
from affdyn_jax.method.model import initial_weights, predict
from affdyn_jax.method.recurrence.states import LOOP, running_by
from affdyn_jax.training.epoch import all_finite, dev_scores, predict_recordings, train_epoch
from affdyn_jax.training.lane_settings import fixed_lanes
from affdyn_jax.training.lane_state import new_lane, select
from affdyn_jax.training.parts import Parts
from affdyn_jax.training.repetitions import OfRepetitions, Scaling, SharedInputs
from affdyn_jax.training.settings import TrainingSettings
from affdyn_jax.training.step import train_steps

FEATURES, HIDDEN, TASKS = 3, 4, 4
PARTS = Parts(TrainingSettings(learning_rate=0.05, patience=2))
TASK_WEIGHTS_K = np.float32([0.3, 0.2, 0.4, 0.1])


def partition(seed, lengths):
    rng = np.random.default_rng(seed)
    valid = [np.ones((length, TASKS), bool) for length in lengths]
    for valid_tk in valid:
        valid_tk[0, 2:] = False
    return pad(
        [rng.normal(size=(length, FEATURES)) for length in lengths],
        [np.tanh(rng.normal(size=(length, TASKS))) for length in lengths],
        valid,
    )


TRAIN, DEV = partition(1, (9, 12)), partition(2, (14, 8, 11))
WEIGHTS = jax.jit(lambda: initial_weights(jax.random.key(0), FEATURES, HIDDEN, TASKS))()
UNSCALED = Scaling(np.zeros(FEATURES, np.float32), np.ones(FEATURES, np.float32))


def shared(order_n=(1, 0), dev_n=(0, 1, 2)):
    rows = (np.array(rows_n, np.int32) for rows_n in (order_n, dev_n))
    return SharedInputs(*rows, UNSCALED, np.array((0, 1), np.uint32), np.int32(0))


@pytest.fixture(scope="module")
def epoch():
    return jax.jit(functools.partial(train_epoch, parts=PARTS))


def lane(**changed):
    made = fixed_lanes(TASK_WEIGHTS_K[None], TASK_WEIGHTS_K[None], PARTS.settings)
    made = jax.tree.map(lambda array_l: jnp.asarray(array_l[0]), made)
    own = {name: changed.pop(name) for name in made._fields if name in changed}
    return new_lane(made._replace(**own), WEIGHTS, PARTS)._replace(**changed)


def assert_same(one, other):
    for ours, theirs in zip(jax.tree.leaves(one), jax.tree.leaves(other), strict=True):
        np.testing.assert_array_equal(ours, theirs)


def ccc(x_t, y_t):
    covariance = np.mean((x_t - x_t.mean()) * (y_t - y_t.mean()))
    return 2 * covariance / (x_t.var() + y_t.var() + (x_t.mean() - y_t.mean()) ** 2)


def dev_by_hand(weights):
    """Losses averaged over recordings, and CCC of the recordings concatenated, each (K,)."""
    predicted, gold = [], []
    for n, frames in enumerate(DEV.frames_n):
        predictions_tk = predict(weights, jnp.asarray(DEV.features_ntf[n, :frames]), frames)
        # The first frame of dynamics has no gold standard.
        predicted.append([np.float64(predictions_tk[k > 1 :, k]) for k in range(TASKS)])
        gold.append([np.float64(DEV.gold_ntk[n, k > 1 : frames, k]) for k in range(TASKS)])
    losses_k = np.mean(
        [[1 - ccc(p[k], g[k]) for k in range(TASKS)] for p, g in zip(predicted, gold, strict=True)],
        axis=0,
    )
    joined_k = [
        ccc(np.concatenate([p[k] for p in predicted]), np.concatenate([g[k] for g in gold]))
        for k in range(TASKS)
    ]
    return losses_k, joined_k


def test_dev_scores_are_those_of_numpy():
    losses_k, ccc_k = jax.jit(dev_scores)(WEIGHTS, shared(), DEV)
    expected_losses_k, expected_ccc_k = dev_by_hand(WEIGHTS)
    np.testing.assert_allclose(losses_k, expected_losses_k, atol=1e-5)
    np.testing.assert_allclose(ccc_k, expected_ccc_k, atol=1e-5)


def test_recordings_several_at_once_are_predicted_as_one_after_the_other():
    recordings = partition(3, range(1, 18))  # more than are computed at once
    rows = OfRepetitions(np.arange(17, dtype=np.int32), UNSCALED, np.int32(0))
    case = WEIGHTS, rows, recordings
    with running_by(LOOP._replace(is_parallel=True)):
        several_ntk = jax.jit(lambda *case: predict_recordings(*case))(*case)
    one_ntk = jax.jit(predict_recordings)(*case)
    for n, frames in enumerate(recordings.frames_n):
        np.testing.assert_allclose(several_ntk[n, :frames], one_ntk[n, :frames], atol=1e-6)


def test_an_epoch_trains_scores_and_counts(epoch):
    trained, scores = epoch(lane(), shared(), TRAIN, DEV)
    losses_k, ccc_k = dev_by_hand(trained.weights)
    np.testing.assert_allclose(scores.dev_loss, TASK_WEIGHTS_K @ losses_k, atol=1e-5)
    np.testing.assert_allclose(scores.dev_ccc_k, ccc_k, atol=1e-5)
    assert (trained.epochs, trained.best_epoch) == (1, 1)
    assert not trained.stopped
    np.testing.assert_allclose(trained.best_score, -scores.dev_loss, atol=1e-6)
    assert_same(trained.best_weights, trained.weights)
    assert np.abs(trained.weights["head_kernel_hk"][...] - WEIGHTS["head_kernel_hk"][...]).max() > 0


def test_a_lane_that_has_stopped_stays_as_it_is(epoch):
    stopped = lane(
        stopped=jnp.bool_(True), epochs=jnp.int32(7), best_epoch=jnp.int32(5), best_score=-0.25
    )
    assert_same(epoch(stopped, shared(), TRAIN, DEV)[0], stopped)


def test_patience_is_over_after_so_many_epochs_without_improvement(epoch):
    # Nothing is better than a loss of 0.
    at_its_best = {"best_score": jnp.float32(0.0), "best_epoch": jnp.int32(3)}
    waiting, _ = epoch(lane(epochs=jnp.int32(3), **at_its_best), shared(), TRAIN, DEV)
    assert (waiting.epochs, waiting.best_epoch, waiting.stopped) == (4, 3, False)
    over, _ = epoch(waiting, shared(), TRAIN, DEV)
    assert (over.epochs, over.best_epoch, over.stopped, over.diverged) == (5, 3, True, False)
    assert_same(over.best_weights, WEIGHTS)


def test_a_lane_that_diverges_keeps_its_best(epoch):
    diverging = lane(task_weights=jnp.full(TASKS, jnp.inf), best_epoch=jnp.int32(3))
    over, _ = epoch(diverging._replace(epochs=jnp.int32(3)), shared(), TRAIN, DEV)
    assert (over.best_epoch, over.stopped, over.diverged) == (3, True, True)
    assert_same(over.best_weights, WEIGHTS)


def test_a_recording_that_never_changes_teaches_nothing():
    # As `build_dataset` marks it; its gold standard may then be anything.
    still = TRAIN._replace(
        gold_ntk=np.full_like(TRAIN.gold_ntk, 0.3), valid_ntk=np.zeros_like(TRAIN.valid_ntk)
    )
    steps = jax.jit(functools.partial(train_steps, parts=PARTS))
    stepped, loss, _ = steps(lane(), shared(order_n=(1,)), still)
    assert loss == 1.0
    assert_same(
        stepped.weights, WEIGHTS
    )  # Adam leaves them alone only where a gradient is exactly 0


def test_on_dev_such_a_recording_adds_the_same_to_every_epoch():
    gold_ntk = DEV.gold_ntk.copy()
    gold_ntk[1] = 0.3
    still = DEV._replace(gold_ntk=gold_ntk)
    others = DEV._replace(**{name: getattr(DEV, name)[[0, 2]] for name in DEV._fields})
    shifted = jax.tree.map(lambda leaf: leaf + 0.1, WEIGHTS)
    for weights in (WEIGHTS, shifted):
        losses_k, _ = jax.jit(dev_scores)(weights, shared(), still)
        of_others_k, _ = jax.jit(dev_scores)(weights, shared(dev_n=(0, 1)), others)
        np.testing.assert_allclose(losses_k, (2 * of_others_k + 1) / 3, atol=1e-6)


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
def test_all_finite_looks_into_every_leaf(bad):
    assert all_finite(WEIGHTS)
    leaves, tree = jax.tree.flatten(WEIGHTS)
    for index, leaf in enumerate(leaves):
        spoilt = np.array(leaf)
        spoilt.flat[-1] = bad
        spoilt_leaves = [*leaves[:index], jnp.asarray(spoilt), *leaves[index + 1 :]]
        assert not all_finite(jax.tree.unflatten(tree, spoilt_leaves))


def test_select_takes_a_whole_tree():
    one = lane()
    other = jax.tree.map(lambda leaf: ~leaf if leaf.dtype == bool else leaf + 1, one)
    assert_same(select(jnp.bool_(True), one, other), one)
    assert_same(select(jnp.bool_(False), one, other), other)
