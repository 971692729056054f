"""Dynamic weight averaging of Liu, Johns and Davison (CVPR 2019), arXiv:1803.10704.

In epoch t a loss weighs the more, the less it fell in the two epochs before (Eq. 7 of that paper):

    r = L(t-1) / L(t-2),   λ = 2 softmax(r / T),   T = 2

L is the mean over an epoch's steps. In the first two epochs both weigh 1.
"""

from typing import NamedTuple

import jax
import jax.numpy as jnp

from affdyn_jax.training.weighting.rule import Rule

_TEMPERATURE = 2.0
# Ratios are defined and weights positive in float32 even where a mean loss was 0. The paper has no
# such bounds; a mean CCC loss reaches neither.
_SMALLEST_LOSS = 1e-8
_LARGEST_RATIO = 100.0


class _State(NamedTuple):
    """The last epoch's losses, the ratios r, and how many epochs are over."""

    last_losses: jax.Array
    ratios: jax.Array
    epochs: jax.Array


def dwa() -> Rule:
    """The rule."""

    def initial():
        ones = jnp.ones(2, jnp.float32)
        return _State(last_losses=ones, ratios=ones, epochs=jnp.int32(0))

    def weights(state, losses):
        del losses
        return 2.0 * jax.nn.softmax(state.ratios / _TEMPERATURE)

    def after_step(state, before, after, learning_rate):
        del before, after, learning_rate
        return state

    def after_epoch(state, mean_losses):
        losses = jnp.maximum(mean_losses, _SMALLEST_LOSS)
        ratios = jnp.minimum(losses / state.last_losses, _LARGEST_RATIO)
        return _State(
            last_losses=losses,
            ratios=jnp.where(state.epochs > 0, ratios, state.ratios),
            epochs=state.epochs + 1,
        )

    return Rule(initial, weights, after_step, after_epoch, needs_losses_after=False)
