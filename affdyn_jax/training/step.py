"""The training steps of one lane's epoch: a gradient, and Adam, for each recording (§4.2)."""

from typing import NamedTuple

import jax
import jax.numpy as jnp
import optax

from affdyn_jax.dataset.examples import Examples
from affdyn_jax.method.losses import task_losses, weighted_loss
from affdyn_jax.method.model import Weights, predict
from affdyn_jax.training.lane_state import LaneSettings, LaneState, select
from affdyn_jax.training.parts import Parts
from affdyn_jax.training.repetitions import NONE, SharedInputs, scaled
from affdyn_jax.training.weighting import rule
from affdyn_jax.training.weighting.rule import RuleStates, share_of_dynamics


class _Learnt(NamedTuple):
    """What a step changes of a lane."""

    weights: Weights
    optimiser_state: optax.OptState
    rule_states: RuleStates


class _Seen(NamedTuple):
    """What is told of a step: the lane's loss, its w, and the losses of states and dynamics."""

    loss: jax.Array
    w: jax.Array
    target_losses: jax.Array


def train_steps(
    lane: LaneState, shared: SharedInputs, train: Examples, parts: Parts
) -> tuple[LaneState, jax.Array, jax.Array]:
    """A step for each recording.

    Args:
        lane: The lane so far.
        shared: What it shares with the other lanes of its repetition.
        train: The training examples.
        parts: Of the program.

    Returns:
        The lane, its loss averaged over the steps, and w in the last one.
    """

    def step(learnt, n):
        features_tf = scaled(shared.scaling, train.heard(n, shared.layer))
        gold_tk, valid_tk, frames = (array_n[n] for array_n in train[1:])
        kept_th = _kept(lane, shared.seed, n, len(gold_tk)) if parts.has_dropout else None

        def losses(weights):
            predictions_tk = predict(weights, features_tf, frames, parts.low_pass, kept_th)
            return task_losses(predictions_tk, gold_tk, valid_tk)

        stepped, seen = _step(learnt, losses, lane.settings, parts)
        return select(n != NONE, stepped, learnt) if parts.has_idle_steps else stepped, seen

    learnt = _Learnt(lane.weights, lane.optimiser_state, lane.rule_states)
    learnt, seen_n = jax.lax.scan(step, learnt, shared.order_n)

    is_step_n = shared.order_n != NONE
    mean_losses = jnp.mean(seen_n.target_losses, axis=0, where=is_step_n[:, None])
    lane = lane._replace(
        weights=learnt.weights,
        optimiser_state=learnt.optimiser_state,
        rule_states=rule.after_epoch(parts.rules, learnt.rule_states, mean_losses),
    )
    return lane, jnp.mean(seen_n.loss, where=is_step_n), seen_n.w[jnp.sum(is_step_n) - 1]


def _step(learnt, losses, settings: LaneSettings, parts: Parts) -> tuple[_Learnt, _Seen]:
    """One step by the gradient of the lane's loss; `losses` is a function of the weights."""

    def loss(weights):
        losses_k = losses(weights)
        task_weights_k, w = _weighting(losses_k, learnt.rule_states, settings, parts)
        return weighted_loss(losses_k, task_weights_k), (losses_k, task_weights_k, w)

    gradients, (losses_k, task_weights_k, w) = jax.grad(loss, has_aux=True)(learnt.weights)
    directions, optimiser_state = parts.adam.update(gradients, learnt.optimiser_state)
    if parts.has_weight_decay:
        directions = _with_decay(directions, learnt.weights, settings.weight_decay)
    weights = jax.tree.map(
        lambda weight, direction: weight - settings.learning_rate * direction,
        learnt.weights,
        directions,
    )

    before = _target_losses(losses_k, settings)
    needs_after = any(of_rule.needs_losses_after for of_rule in parts.rules)
    after = _target_losses(losses(weights), settings) if needs_after else jnp.zeros_like(before)
    rule_states = rule.after_step(
        parts.rules, learnt.rule_states, before, after, settings.learning_rate
    )
    loss = weighted_loss(losses_k, task_weights_k) / jnp.where(
        settings.rule > 0, jnp.sum(task_weights_k), 1.0
    )
    return _Learnt(weights, optimiser_state, rule_states), _Seen(loss, w, before)


def _with_decay(directions: Weights, weights: Weights, decay: jax.Array) -> Weights:
    """What to descend by, with AdamW's decay of all weights; cut-offs and scores are none."""
    decaying = jax.tree.map(
        lambda direction, weight: direction + decay * weight, directions, weights
    )
    for name in ("cutoff_k", "layer_scores_y"):
        if name in weights:
            decaying[name] = directions[name]
    return decaying


def _weighting(
    losses_k: jax.Array, rule_states: RuleStates, settings: LaneSettings, parts: Parts
) -> tuple[jax.Array, jax.Array]:
    """What each task weighs in this step, shape (K,), and the w that this comes down to."""
    fixed_k = settings.task_weights
    fixed_w = jnp.sum(_by_target(fixed_k)[1])
    if not parts.rules:
        return fixed_k, fixed_w
    losses = _target_losses(losses_k, settings)
    fixed = jnp.stack([1.0 - fixed_w, fixed_w])
    of_targets = rule.weights_of_each(parts.rules, rule_states, losses, fixed)[settings.rule]
    ruled_k = (of_targets[:, None] * _shares(settings)).reshape(-1)
    is_ruled = settings.rule > 0
    return (
        jnp.where(is_ruled, ruled_k, fixed_k),
        jnp.where(is_ruled, share_of_dynamics(of_targets), fixed_w),
    )


def _target_losses(losses_k: jax.Array, settings: LaneSettings) -> jax.Array:
    """The losses of states and dynamics, each the mean over the lane's dimensions (Eq. 5)."""
    return jnp.sum(_shares(settings) * _by_target(losses_k), axis=1)


def _shares(settings: LaneSettings) -> jax.Array:
    """What each task has in the loss of its target where a rule moves w, shape (2, D)."""
    return 2.0 * _by_target(settings.task_weights)


def _by_target(values_k: jax.Array) -> jax.Array:
    """Values of the tasks with an axis for their targets (`tasks.tasks_of`), shape (2, D)."""
    return values_k.reshape(2, -1)


def _kept(lane: LaneState, seed: jax.Array, n: jax.Array, frame_count: int) -> jax.Array:
    """What dropout leaves of the first layer's outputs: 0, or what makes up for the zeros.

    Shape (T, H). Lanes of one repetition drop by the same draw, whatever their rate.
    """
    hidden_size = lane.weights["head_kernel_hk"].shape[0]
    key = jax.random.fold_in(jax.random.fold_in(jax.random.key(seed[0]), seed[1]), n)
    drawn_th = jax.random.uniform(key, (frame_count, hidden_size))
    share = 1.0 - lane.settings.dropout
    return jnp.where(drawn_th < share, 1.0 / share, 0.0)
