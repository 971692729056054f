"""One epoch of one lane: its steps, the dev pass, early stopping (§4.2).

Nothing here knows of other lanes; `loop.py` maps these functions over all of them.

What is deliberately not here: minibatches (the batch size is 1, §4.2), schedules, gradient
clipping, other recurrent cells.
"""

from typing import NamedTuple

import jax
import jax.numpy as jnp
import optax

from affdyn_jax.dataset.examples import Examples
from affdyn_jax.method.concordance import concordance
from affdyn_jax.method.losses import task_losses, weighted_loss
from affdyn_jax.method.model import Weights, predict
from affdyn_jax.method.recurrence.states import current

# As many as fill the largest GPU even with the few lanes of a small sweep; more would only
# take more memory.
_RECORDINGS_AT_ONCE = 16


class LaneState(NamedTuple):
    """What makes a lane, and where it stands after an epoch.

    Attributes:
        task_weights: Its task weights (Eq. 4, 5), shape (K,).
        monitor_weights: Task weights of the dev loss that early stopping goes by, (K,).
        weights: Its model's weights; once it has stopped, those of its last epoch.
        optimiser_state: Of Adam.
        best_weights: The weights of its best epoch, which are evaluated.
        best_score: The monitored score of that epoch; the larger the better.
        best_epoch: That epoch, counted from 1; 0 before the first improvement.
        epochs: Epochs that it trained.
        stopped: Whether it is over, by patience or because it diverged.
        diverged: Whether its loss or weights became infinite or NaN.
    """

    task_weights: jax.Array
    monitor_weights: jax.Array
    weights: Weights
    optimiser_state: optax.OptState
    best_weights: Weights
    best_score: jax.Array
    best_epoch: jax.Array
    epochs: jax.Array
    stopped: jax.Array
    diverged: jax.Array


class EpochScores(NamedTuple):
    """Scores of one lane after one epoch.

    Attributes:
        train_loss: Mean over the epoch's steps of the lane's loss.
        dev_loss: Mean over the dev recordings of the lane's loss.
        dev_ccc_k: CCC of each task over the concatenated dev recordings, shape (K,).
    """

    train_loss: jax.Array
    dev_loss: jax.Array
    dev_ccc_k: jax.Array


def new_lane(
    task_weights_k: jax.Array,
    monitor_weights_k: jax.Array,
    weights: Weights,
    optimiser: optax.GradientTransformation,
) -> LaneState:
    """A lane before its first epoch."""
    return LaneState(
        task_weights=task_weights_k,
        monitor_weights=monitor_weights_k,
        weights=weights,
        optimiser_state=optimiser.init(weights),
        best_weights=weights,
        best_score=jnp.float32(-jnp.inf),
        best_epoch=jnp.int32(0),
        epochs=jnp.int32(0),
        stopped=jnp.bool_(False),
        diverged=jnp.bool_(False),
    )


def train_steps(
    lane: LaneState,
    order_n: jax.Array,
    train: Examples,
    optimiser: optax.GradientTransformation,
) -> tuple[Weights, optax.OptState, jax.Array]:
    """A step for each recording (§4.2); returns weights, Adam's state and losses, shape (N,).

    Args:
        lane: The lane so far.
        order_n: Indices of the training recordings in the order of this epoch, shape (N,).
        train: The training partition.
        optimiser: From `loop.adam`.
    """

    def recording_loss(weights, features_tf, gold_tk, valid_tk, frames):
        losses_k = task_losses(predict(weights, features_tf, frames), gold_tk, valid_tk)
        return weighted_loss(losses_k, lane.task_weights)

    def step(weights_and_optimiser, n):
        weights, optimiser_state = weights_and_optimiser
        recording = jax.tree.map(lambda array_n: array_n[n], train)
        loss, gradients = jax.value_and_grad(recording_loss)(weights, *recording)
        updates, optimiser_state = optimiser.update(gradients, optimiser_state, weights)
        return (optax.apply_updates(weights, updates), optimiser_state), loss

    (weights, optimiser_state), losses_n = jax.lax.scan(
        step, (lane.weights, lane.optimiser_state), order_n
    )
    return weights, optimiser_state, losses_n


def train_epoch(
    lane: LaneState,
    order_n: jax.Array,
    train: Examples,
    dev: Examples,
    optimiser: optax.GradientTransformation,
    patience: int,
) -> tuple[LaneState, EpochScores]:
    """One epoch of one lane: a step for each recording, then the dev pass, then stopping.

    Args:
        lane: The lane so far. One that has stopped is returned as it is.
        order_n: Indices of the training recordings in the order of this epoch, shape (N,).
        train: The training partition.
        dev: The dev partition.
        optimiser: From `loop.adam`.
        patience: Epochs without improvement after which a lane stops (§4.2).
    """
    weights, optimiser_state, losses_n = train_steps(lane, order_n, train, optimiser)
    dev_losses_k, dev_ccc_k = dev_scores(weights, dev)
    scores = EpochScores(
        jnp.mean(losses_n), weighted_loss(dev_losses_k, lane.task_weights), dev_ccc_k
    )
    monitored = -weighted_loss(dev_losses_k, lane.monitor_weights)

    epoch = lane.epochs + 1
    finite = jnp.isfinite(scores.train_loss) & all_finite(weights) & jnp.isfinite(monitored)
    improved = finite & (monitored > lane.best_score)
    best_epoch = jnp.where(improved, epoch, lane.best_epoch)
    trained = lane._replace(
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
    """CCC losses averaged over dev recordings, and CCC over them concatenated, each (K,).

    A recording whose gold standard never changes has a loss of 1 for any prediction. That
    adds the same constant to every epoch's mean, so it changes neither the best epoch nor when
    a lane stops, and is left in.
    """
    predictions_ntk = predict_recordings(weights, dev.features_ntf, dev.frames_n)
    losses_nk = jax.vmap(task_losses)(predictions_ntk, dev.gold_ntk, dev.valid_ntk)
    ccc_k = concordance(predictions_ntk, dev.gold_ntk, dev.valid_ntk, axis=(0, 1))
    return jnp.mean(losses_nk, axis=0), ccc_k


def predict_recordings(weights: Weights, features_ntf: jax.Array, frames_n: jax.Array) -> jax.Array:
    """Predictions of one lane for several recordings, shape (N, T, K), as in `model.predict`.

    Where several at once take no less time, one comes after the other: that skips each one's
    padding, and holds what is between features and predictions for one recording only.
    """
    at_once = _RECORDINGS_AT_ONCE if current().is_parallel else None
    return jax.lax.map(
        lambda recording: predict(weights, *recording),
        (features_ntf, frames_n),
        batch_size=at_once,
    )


def all_finite(weights: Weights) -> jax.Array:
    """Whether no weight is infinite or NaN."""
    return jnp.all(jnp.array([jnp.all(jnp.isfinite(leaf)) for leaf in jax.tree.leaves(weights)]))


def select(condition: jax.Array, if_true: LaneState, if_false: LaneState) -> LaneState:
    """One of two trees by a scalar condition, leaf by leaf."""
    return jax.tree.map(lambda a, b: jnp.where(condition, a, b), if_true, if_false)
