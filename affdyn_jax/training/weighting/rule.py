"""What a weighting rule is, and how the lanes of a sweep follow several rules in one program.

A rule weighs two losses in every step: the states' and the dynamics', each the mean over the
dimensions of the lane's setup (Eq. 4, 5). Its functions are of one lane; `loop.py` maps them.

All lanes are mapped together, and a branch by rule would compute every rule for every lane. So
each lane carries the states of all rules, a few numbers each, and takes the weights of its own.
"""

from collections.abc import Callable
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp

State = Any
"""Where a rule stands: a tree of float32 and int32 arrays; each rule has its own."""


class Rule(NamedTuple):
    """A way to weigh the losses of states and dynamics, in arrays of shape (2,) in this order.

    Attributes:
        initial: The state before the first step.
        weights: From the state and the step's losses to the weights, none negative, in
            this step. A step follows the gradient of their product with the weights held constant.
        after_step: From the state, the losses before the step, those of the same recording after it
            (zeros where `needs_losses_after` is False) and the lane's learning rate to the state.
        after_epoch: From the state and the mean losses over the epoch's steps to the state.
        needs_losses_after: Whether each step needs a second forward pass.
    """

    initial: Callable[[], State]
    weights: Callable[[State, jax.Array], jax.Array]
    after_step: Callable[[State, jax.Array, jax.Array, jax.Array], State]
    after_epoch: Callable[[State, jax.Array], State]
    needs_losses_after: bool


RuleStates = tuple[State, ...]
"""Where each of the sweep's rules stands in one lane, whether it follows it or not."""


def initial(rules: tuple[Rule, ...]) -> RuleStates:
    """The states before a lane's first step."""
    return tuple(rule.initial() for rule in rules)


def weights_of_each(
    rules: tuple[Rule, ...], states: RuleStates, losses: jax.Array, fixed: jax.Array
) -> jax.Array:
    """What the losses of states and dynamics weigh in this step, shape (1 + rules, 2); constants.

    Args:
        rules: All rules of the sweep.
        states: Theirs in this lane.
        losses: Of states and dynamics in this step, shape (2,).
        fixed: The first row: the weights of a lane that follows none of them, (1 - w, w).
    """
    of_rules = [rule.weights(state, losses) for rule, state in zip(rules, states, strict=True)]
    return jax.lax.stop_gradient(jnp.stack([fixed, *of_rules]))


def after_step(
    rules: tuple[Rule, ...],
    states: RuleStates,
    before: jax.Array,
    after: jax.Array,
    learning_rate: jax.Array,
) -> RuleStates:
    """The states after a step; losses and learning rate as in `Rule.after_step`."""
    return tuple(
        rule.after_step(state, before, after, learning_rate)
        for rule, state in zip(rules, states, strict=True)
    )


def after_epoch(rules: tuple[Rule, ...], states: RuleStates, mean_losses: jax.Array) -> RuleStates:
    """The states after an epoch; losses as in `Rule.after_epoch`."""
    return tuple(
        rule.after_epoch(state, mean_losses) for rule, state in zip(rules, states, strict=True)
    )


def share_of_dynamics(weights: jax.Array) -> jax.Array:
    """The w (Eq. 4) to which two weights come down once they are scaled to a sum of 1."""
    return weights[1] / jnp.sum(weights)
