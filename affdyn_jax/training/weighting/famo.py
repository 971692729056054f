"""FAMO, fast adaptive multitask optimisation, of Liu et al. (NeurIPS 2023), arXiv:2306.03792.

It looks for the step that lowers the logarithms of all losses alike. With logits ξ and
z = softmax(ξ) a step weighs the losses by (Eq. 11 of that paper)

    w = c z / L,   c so that the weights sum to 1

After it, Adam moves ξ by the gradient (Eq. 10 and 12)

    Jᵀ (log L before - log L after) + γ ξ,   J the Jacobian of softmax at ξ

so that a loss which fell more than the other weighs less. The losses after the step are of the
same recording. Adam, its step size of 0.025 and γ = 0.001 are those of the paper's Appendix C; its
experiments have this γ, but for one of four data sets. The authors' example program has γ = 0.01
and also clips the network's gradients, which is no part of the algorithm.
"""

from typing import NamedTuple

import jax
import jax.numpy as jnp
import optax

from affdyn_jax.training.adam import adam
from affdyn_jax.training.weighting.rule import Rule

_STEP_SIZE = 0.025
_DECAY = 0.001
# The authors add it to each loss; as a bound it also serves a CCC loss just below 0 by rounding.
_SMALLEST_LOSS = 1e-8


class _State(NamedTuple):
    logits: jax.Array
    adam: optax.OptState


def famo() -> Rule:
    """The rule."""
    optimiser = adam(beta1=0.9, beta2=0.999, epsilon=1e-8)

    def initial():
        logits = jnp.zeros(2, jnp.float32)
        return _State(logits, optimiser.init(logits))

    def weights(state, losses):
        by_loss = jax.nn.softmax(state.logits) / _positive(losses)
        return by_loss / jnp.sum(by_loss)

    def after_step(state, before, after, learning_rate):
        del learning_rate
        fall = jnp.log(_positive(before)) - jnp.log(_positive(after))
        z = jax.nn.softmax(state.logits)
        gradient = z * (fall - jnp.dot(z, fall)) + _DECAY * state.logits
        direction, adam_state = optimiser.update(gradient, state.adam)
        return _State(state.logits - _STEP_SIZE * direction, adam_state)

    def after_epoch(state, mean_losses):
        del mean_losses
        return state

    return Rule(initial, weights, after_step, after_epoch, needs_losses_after=True)


def _positive(losses: jax.Array) -> jax.Array:
    return jnp.maximum(losses, _SMALLEST_LOSS)
