"""Training of §4.2, all lanes at once.

Everything is written for one lane; two `vmap`s at the end make the sweep of it: the inner
one over the lanes of a seed, which see the recordings in the same order and so share every
array of features, the outer one over the seeds. Each lane is exactly the run that a loop
over w would have made.

What is deliberately not here: minibatches (the batch size is 1, §4.2), schedules, gradient
clipping, other recurrent cells.
"""

from collections.abc import Callable, Sequence
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
import optax

from affdyn_jax.concordance import concordance
from affdyn_jax.examples import Examples
from affdyn_jax.losses import task_losses, weighted_loss
from affdyn_jax.model import Weights, initial_weights, predict


class LaneState(NamedTuple):
    """Where one lane stands after an epoch.

    Attributes:
        weights: Its model's weights; once it has stopped, those of its last epoch.
        optimiser_state: Of Adam.
        best_weights: The weights of its best epoch, which are evaluated.
        best_score: The monitored score of that epoch; the larger the better.
        best_epoch: That epoch, counted from 1; 0 before the first improvement.
        epochs: Epochs that it trained.
        stopped: Whether it is over, by patience or because it diverged.
        diverged: Whether its loss or weights became infinite or NaN.
    """

    weights: Weights
    optimiser_state: optax.OptState
    best_weights: Weights
    best_score: jax.Array
    best_epoch: jax.Array
    epochs: jax.Array
    stopped: jax.Array
    diverged: jax.Array


class EpochScores(NamedTuple):
    """What one epoch of one lane is written down as.

    Attributes:
        train_loss: Mean over the epoch's steps of the lane's loss.
        dev_loss: Mean over the dev recordings of the lane's loss.
        dev_ccc_k: CCC of each task over the concatenated dev recordings, shape (K,).
    """

    train_loss: jax.Array
    dev_loss: jax.Array
    dev_ccc_k: jax.Array


class Trained(NamedTuple):
    """All lanes after training, in the order in which they were given.

    Attributes:
        weights: Each lane's weights at its best epoch; every leaf has a leading axis L.
        best_epoch_l: Shape (L,).
        epochs_l: Epochs that each lane trained, shape (L,).
        diverged_l: Shape (L,), boolean.
        history: `EpochScores` with leading axes (E, L) of all E epochs; of a lane only the
            first `epochs_l` mean anything.
    """

    weights: Weights
    best_epoch_l: np.ndarray
    epochs_l: np.ndarray
    diverged_l: np.ndarray
    history: EpochScores


def adam(
    learning_rate: float, beta1: float, beta2: float, epsilon: float
) -> optax.GradientTransformation:
    """The optimiser of §4.2; `epsilon` stands outside the root, as in PyTorch."""
    optimiser = optax.adam(learning_rate, b1=beta1, b2=beta2, eps=epsilon)

    def update(gradients, state, weights=None):
        # It raises a float to an integer power, which strict promotion would refuse.
        with jax.numpy_dtype_promotion("standard"):
            return optimiser.update(gradients, state, weights)

    return optax.GradientTransformation(optimiser.init, update)


def recording_order(seed: int, epoch: int, recording_count: int) -> np.ndarray:
    """The order in which an epoch sees the N training recordings, shape (N,), int32.

    A function of seed and epoch alone: lanes that share a seed share it, and a run that is
    resumed, or repeated in PyTorch, finds the same one.
    """
    order = np.random.default_rng([seed, epoch]).permutation(recording_count)
    return order.astype(np.int32)


def new_lane(weights: Weights, optimiser: optax.GradientTransformation) -> LaneState:
    """A lane before its first epoch."""
    return LaneState(
        weights=weights,
        optimiser_state=optimiser.init(weights),
        best_weights=weights,
        best_score=jnp.float32(-jnp.inf),
        best_epoch=jnp.int32(0),
        epochs=jnp.int32(0),
        stopped=jnp.bool_(False),
        diverged=jnp.bool_(False),
    )


def train_epoch(
    lane: LaneState,
    task_weights_k: jax.Array,
    monitor_weights_k: jax.Array,
    order_n: jax.Array,
    train: Examples,
    dev: Examples,
    optimiser: optax.GradientTransformation,
    patience: int,
) -> tuple[LaneState, EpochScores]:
    """One epoch of one lane: a step for each recording, then the dev pass, then stopping.

    Args:
        lane: The lane so far. One that has stopped is returned as it is.
        task_weights_k: Its task weights (Eq. 4, 5), shape (K,).
        monitor_weights_k: Task weights of the dev loss that early stopping goes by, (K,).
        order_n: Indices of the training recordings in the order of this epoch, shape (N,).
        train: The training partition.
        dev: The dev partition.
        optimiser: From `adam`.
        patience: Epochs without improvement after which a lane stops (§4.2).
    """

    def recording_loss(weights, features_tf, gold_tk, valid_tk):
        losses_k = task_losses(predict(weights, features_tf), gold_tk, valid_tk)
        return weighted_loss(losses_k, task_weights_k)

    def step(weights_and_optimiser, n):
        weights, optimiser_state = weights_and_optimiser
        loss, gradients = jax.value_and_grad(recording_loss)(
            weights, train.features_ntf[n], train.gold_ntk[n], train.valid_ntk[n]
        )
        updates, optimiser_state = optimiser.update(gradients, optimiser_state, weights)
        return (optax.apply_updates(weights, updates), optimiser_state), loss

    (weights, optimiser_state), losses_n = jax.lax.scan(
        step, (lane.weights, lane.optimiser_state), order_n
    )
    dev_losses_k, dev_ccc_k = dev_scores(weights, dev)
    scores = EpochScores(jnp.mean(losses_n), weighted_loss(dev_losses_k, task_weights_k), dev_ccc_k)
    monitored = -weighted_loss(dev_losses_k, monitor_weights_k)

    epoch = lane.epochs + 1
    finite = jnp.isfinite(scores.train_loss) & all_finite(weights) & jnp.isfinite(monitored)
    improved = finite & (monitored > lane.best_score)
    best_epoch = jnp.where(improved, epoch, lane.best_epoch)
    trained = LaneState(
        weights=weights,
        optimiser_state=optimiser_state,
        best_weights=select(improved, weights, lane.best_weights),
        best_score=jnp.where(improved, monitored, lane.best_score),
        best_epoch=best_epoch,
        epochs=epoch,
        stopped=~finite | (epoch - best_epoch >= patience),
        diverged=~finite,
    )
    return select(lane.stopped, lane, trained), scores


def dev_scores(weights: Weights, dev: Examples) -> tuple[jax.Array, jax.Array]:
    """CCC losses averaged over dev recordings, and CCC over them concatenated, each (K,)."""
    predictions_ntk = jax.vmap(predict, (None, 0))(weights, dev.features_ntf)
    losses_nk = jax.vmap(task_losses)(predictions_ntk, dev.gold_ntk, dev.valid_ntk)
    ccc_k = concordance(predictions_ntk, dev.gold_ntk, dev.valid_ntk, axis=(0, 1))
    return jnp.mean(losses_nk, axis=0), ccc_k


def all_finite(weights: Weights) -> jax.Array:
    """Whether no weight is infinite or NaN."""
    return jnp.all(jnp.array([jnp.all(jnp.isfinite(leaf)) for leaf in jax.tree.leaves(weights)]))


def select(condition: jax.Array, if_true: LaneState, if_false: LaneState) -> LaneState:
    """One of two trees by a scalar condition, leaf by leaf."""
    return jax.tree.map(lambda a, b: jnp.where(condition, a, b), if_true, if_false)


def train_lanes(
    task_weights_lk: np.ndarray,
    monitor_weights_lk: np.ndarray,
    seeds: Sequence[int],
    hidden_size: int,
    train: Examples,
    dev: Examples,
    optimiser: optax.GradientTransformation,
    max_epochs: int,
    patience: int,
    on_epoch: Callable[[int, np.ndarray, EpochScores], None] = lambda *_: None,
) -> Trained:
    """Train all lanes of one hidden size until the last one has stopped (§4.2).

    Args:
        task_weights_lk: Task weights of the L lanes, seed by seed, every seed with the same
            lanes in the same order; shape (L, K).
        monitor_weights_lk: Task weights of the dev loss that early stopping goes by, (L, K).
        seeds: The seeds.
        hidden_size: H.
        train: The training partition.
        dev: The dev partition.
        optimiser: From `adam`.
        max_epochs: After which every lane is over.
        patience: Epochs without improvement after which one lane is.
        on_epoch: Called after each epoch with its number, which lanes have stopped (L,), and
            the scores of all lanes.
    """
    feature_count, task_count = train.features_ntf.shape[-1], train.gold_ntk.shape[-1]

    def lane_of_seed(seed: jax.Array) -> LaneState:
        key = jax.random.key(seed)
        return new_lane(initial_weights(key, feature_count, hidden_size, task_count), optimiser)

    def epoch_of_lane(lane, task_weights_k, monitor_weights_k, order_n, train, dev):
        return train_epoch(
            lane, task_weights_k, monitor_weights_k, order_n, train, dev, optimiser, patience
        )

    over_lanes = jax.vmap(epoch_of_lane, in_axes=(0, 0, 0, None, None, None))
    over_seeds = jax.vmap(over_lanes, in_axes=(0, 0, 0, 0, None, None))
    train_all = jax.jit(over_seeds, donate_argnums=0)

    def by_seed(array_lk: np.ndarray) -> jax.Array:
        return jnp.asarray(array_lk.reshape(len(seeds), -1, task_count))

    def by_lane(tree):
        return jax.tree.map(lambda leaf: np.asarray(leaf).reshape(-1, *leaf.shape[2:]), tree)

    task_weights, monitor_weights = by_seed(task_weights_lk), by_seed(monitor_weights_lk)
    lanes = jax.tree.map(
        lambda leaf: jnp.repeat(leaf[:, None], task_weights.shape[1], axis=1),
        jax.jit(jax.vmap(lane_of_seed))(jnp.asarray(seeds, jnp.uint32)),
    )
    train, dev = jax.device_put((train, dev))

    history = []
    for epoch in range(1, max_epochs + 1):
        orders = jnp.stack([recording_order(s, epoch, len(train.frames_n)) for s in seeds])
        lanes, scores = train_all(lanes, task_weights, monitor_weights, orders, train, dev)
        history.append(by_lane(scores))
        stopped_l = by_lane(lanes.stopped)
        on_epoch(epoch, stopped_l, history[-1])
        if stopped_l.all():
            break

    return Trained(
        weights=jax.tree.map(lambda leaf: leaf.reshape(-1, *leaf.shape[2:]), lanes.best_weights),
        best_epoch_l=by_lane(lanes.best_epoch),
        epochs_l=by_lane(lanes.epochs),
        diverged_l=by_lane(lanes.diverged),
        history=jax.tree.map(lambda *epochs: np.stack(epochs), *history),
    )


@jax.jit
def predict_lanes(weights: Weights, features_ntf: jax.Array) -> jax.Array:
    """Predictions of all lanes for all recordings, shape (L, N, T, K).

    Args:
        weights: As in `Trained`, every leaf with a leading axis L.
        features_ntf: Standardised features, shape (N, T, F).
    """
    over_recordings = jax.vmap(predict, in_axes=(None, 0))
    return jax.vmap(over_recordings, in_axes=(0, None))(weights, features_ntf)
