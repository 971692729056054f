"""A lane: what makes it, where it stands after an epoch, and its scores."""

from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import optax

from affdyn_jax.method.model import Weights
from affdyn_jax.training.parts import Parts
from affdyn_jax.training.weighting.rule import RuleStates, initial


class LaneSettings(NamedTuple):
    """What makes a lane; training changes none of it.

    Attributes:
        task_weights: Its task weights (Eq. 4, 5), shape (K,); those of w = 1/2 where a rule
            moves w.
        monitor_weights: Task weights of the dev loss that early stopping goes by, (K,).
        rule: Which of `Parts.rules` moves its w, counted from 1; 0: none.
        learning_rate: Of Adam.
        patience: Epochs without improvement after which it stops.
        weight_decay: As in AdamW.
        dropout: Part of the first layer's outputs that the second one does not see.
        is_filtered: Whether it has the low-pass layer of `Parts`.
    """

    task_weights: jax.Array
    monitor_weights: jax.Array
    rule: jax.Array
    learning_rate: jax.Array
    patience: jax.Array
    weight_decay: jax.Array
    dropout: jax.Array
    is_filtered: jax.Array


class LaneState(NamedTuple):
    """A lane, and where it stands after an epoch.

    Attributes:
        settings: What makes it.
        weights: Its model's weights; once it has stopped, those of its last epoch.
        optimiser_state: Of Adam.
        rule_states: Of the rules that move the w of some lanes.
        best_weights: The weights of its best epoch, which are evaluated.
        best_score: The monitored score of that epoch; the larger the better.
        best_epoch: That epoch, counted from 1; 0 before the first improvement.
        epochs: Epochs that it trained.
        stopped: Whether it is over, by patience or because it diverged.
        diverged: Whether its loss or weights became infinite or NaN.
    """

    settings: LaneSettings
    weights: Weights
    optimiser_state: optax.OptState
    rule_states: RuleStates
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
        dev_loss: Mean over the dev recordings of the lane's loss, or, where a rule moves its w,
            of the loss that early stopping goes by.
        dev_ccc_k: CCC of each task over the concatenated dev recordings, shape (K,).
        w: The weight of the dynamics (Eq. 4) in the last step.
    """

    train_loss: jax.Array
    dev_loss: jax.Array
    dev_ccc_k: jax.Array
    w: jax.Array


def new_lane(settings: LaneSettings, weights: Weights, parts: Parts) -> LaneState:
    """A lane before its first epoch."""
    if parts.low_pass is not None:
        own = jnp.where(settings.is_filtered, weights["cutoff_k"][...], parts.low_pass.nyquist)
        weights["cutoff_k"] = weights["cutoff_k"].replace(own)
    return LaneState(
        settings=settings,
        weights=weights,
        optimiser_state=parts.adam.init(weights),
        rule_states=initial(parts.rules),
        best_weights=weights,
        best_score=jnp.float32(-jnp.inf),
        best_epoch=jnp.int32(0),
        epochs=jnp.int32(0),
        stopped=jnp.bool_(False),
        diverged=jnp.bool_(False),
    )


def select(condition: jax.Array, if_true: Any, if_false: Any) -> Any:
    """One of two trees by a scalar condition, leaf by leaf."""
    return jax.tree.map(lambda a, b: jnp.where(condition, a, b), if_true, if_false)
