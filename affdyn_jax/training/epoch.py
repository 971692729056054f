"""One epoch of one lane: its steps, the dev pass, early stopping (§4.2).

Nothing here knows of other lanes; `loop.py` maps these functions over all of them.

What is deliberately not here: minibatches (the batch size is 1, §4.2), schedules, gradient
clipping, other recurrent cells.
"""

import jax
import jax.numpy as jnp

from affdyn_jax.dataset.examples import Examples
from affdyn_jax.method.concordance import concordance
from affdyn_jax.method.losses import task_losses, weighted_loss
from affdyn_jax.method.low_pass import LowPass
from affdyn_jax.method.model import Weights, predict
from affdyn_jax.method.recurrence.states import current
from affdyn_jax.training.lane_state import EpochScores, LaneState, select
from affdyn_jax.training.parts import Parts
from affdyn_jax.training.repetitions import NONE, OfRepetitions, SharedInputs, scaled
from affdyn_jax.training.step import train_steps

# As many as fill the largest GPU even with the few lanes of a small sweep; more would only
# take more memory.
_RECORDINGS_AT_ONCE = 16


def train_epoch(
    lane: LaneState, shared: SharedInputs, train: Examples, dev: Examples, parts: Parts
) -> tuple[LaneState, EpochScores]:
    """One epoch of one lane: a step for each recording, then the dev pass, then stopping.

    Args:
        lane: The lane so far. One that has stopped is returned as it is.
        shared: What it shares with the other lanes of its repetition.
        train: The training examples.
        dev: The dev examples.
        parts: Of the program.
    """
    settings = lane.settings
    stepped, train_loss, w = train_steps(lane, shared, train, parts)
    dev_losses_k, dev_ccc_k = dev_scores(stepped.weights, shared, dev, parts.low_pass)
    monitored = -weighted_loss(dev_losses_k, settings.monitor_weights)
    own_loss = weighted_loss(dev_losses_k, settings.task_weights)
    scores = EpochScores(
        train_loss, jnp.where(settings.rule > 0, -monitored, own_loss), dev_ccc_k, w
    )

    epoch = lane.epochs + 1
    finite = jnp.isfinite(train_loss) & all_finite(stepped.weights) & jnp.isfinite(monitored)
    improved = finite & (monitored > lane.best_score)
    best_epoch = jnp.where(improved, epoch, lane.best_epoch)
    trained = stepped._replace(
        best_weights=select(improved, stepped.weights, lane.best_weights),
        best_score=jnp.where(improved, monitored, lane.best_score),
        best_epoch=best_epoch,
        epochs=epoch,
        stopped=~finite | (epoch - best_epoch >= settings.patience),
        diverged=~finite,
    )
    return select(lane.stopped, lane, trained), scores


def dev_scores(
    weights: Weights, shared: SharedInputs, dev: Examples, low_pass: LowPass | None = None
) -> tuple[jax.Array, jax.Array]:
    """CCC losses averaged over dev recordings, and CCC over them concatenated, each (K,).

    A recording whose gold standard never changes has a loss of 1 for any prediction. That
    adds the same constant to every epoch's mean, so it changes neither the best epoch nor when
    a lane stops, and is left in.
    """
    rows = OfRepetitions(shared.dev_n, shared.scaling, shared.layer)
    predictions_ntk = predict_recordings(weights, rows, dev, low_pass)
    is_there_n11 = (shared.dev_n != NONE)[:, None, None]
    gold_ntk, valid_ntk = dev.gold_ntk[shared.dev_n], dev.valid_ntk[shared.dev_n] & is_there_n11
    losses_nk = jax.vmap(task_losses)(predictions_ntk, gold_ntk, valid_ntk)
    ccc_k = concordance(predictions_ntk, gold_ntk, valid_ntk, axis=(0, 1))
    return jnp.mean(losses_nk, axis=0, where=is_there_n11[:, 0]), ccc_k


def predict_recordings(
    weights: Weights,
    rows: OfRepetitions,
    examples: Examples,
    low_pass: LowPass | None = None,
) -> jax.Array:
    """Predictions of one lane for several recordings, shape (N, T, K), as in `model.predict`.

    Where several at once take no less time, one comes after the other: that skips each one's
    padding, and holds what is between features and predictions for one recording only.

    Args:
        weights: The lane's.
        rows: Which recordings its repetition predicts; predictions for `NONE` mean nothing.
        examples: Of which only features and numbers of frames are read.
        low_pass: The layer after the head, where the weights have its cut-offs.
    """

    def of_recording(n):
        frames = jnp.where(n == NONE, 1, examples.frames_n[n])
        features_tf = scaled(rows.scaling, examples.heard(n, rows.layer))
        return predict(weights, features_tf, frames, low_pass)

    at_once = _RECORDINGS_AT_ONCE if current().is_parallel else None
    return jax.lax.map(of_recording, rows.rows_n, batch_size=at_once)


def all_finite(weights: Weights) -> jax.Array:
    """Whether no weight is infinite or NaN."""
    return jnp.all(jnp.array([jnp.all(jnp.isfinite(leaf)) for leaf in jax.tree.leaves(weights)]))
