"""Uncertainty weighting of Kendall, Gal and Cipolla (CVPR 2018), arXiv:1705.07115.

With trained log variances s of states and dynamics the loss is Eq. 7 of that paper for regression:

    ½ exp(-s₀) L₀ + ½ s₀ + ½ exp(-s₁) L₁ + ½ s₁

The paper derives it from the likelihood of Gaussian errors, whose logarithm is a squared error. A
CCC loss is no log likelihood: the derivation does not hold here, and exp(s) is no variance. What is
left is a rule that pulls each s to the logarithm of its loss, so that weights go with 1 / L.
"""

from typing import NamedTuple

import jax
import jax.numpy as jnp
import optax

from affdyn_jax.training.adam import adam
from affdyn_jax.training.settings import TrainingSettings
from affdyn_jax.training.weighting.rule import Rule


class _State(NamedTuple):
    log_variances: jax.Array
    adam: optax.OptState


def uncertainty(settings: TrainingSettings) -> Rule:
    """The rule; s is trained as the network is, by its Adam and at its learning rate."""
    optimiser = adam(settings.beta1, settings.beta2, settings.epsilon)

    def initial():
        log_variances = jnp.zeros(2, jnp.float32)
        return _State(log_variances, optimiser.init(log_variances))

    def weights(state, losses):
        del losses
        return 0.5 * jnp.exp(-state.log_variances)

    def after_step(state, before, after, learning_rate):
        del after
        gradient = 0.5 - 0.5 * jnp.exp(-state.log_variances) * before
        direction, adam_state = optimiser.update(gradient, state.adam)
        return _State(state.log_variances - learning_rate * direction, adam_state)

    def after_epoch(state, mean_losses):
        del mean_losses
        return state

    return Rule(initial, weights, after_step, after_epoch, needs_losses_after=False)
