"""A schedule from dynamics to states: w is 1 in the first epoch, and 0 in the last."""

import jax.numpy as jnp

from affdyn_jax.training.settings import TrainingSettings
from affdyn_jax.training.weighting.rule import Rule


def linear(settings: TrainingSettings) -> Rule:
    """The rule; its state is the number of epochs that are over.

    The last epoch is the last of `max_epochs`, which a lane that stops early does not reach.
    """
    steps = max(settings.max_epochs - 1, 1)

    def initial():
        return jnp.int32(0)

    def weights(epochs, losses):
        del losses
        states = epochs.astype(jnp.float32) / steps
        return jnp.stack([states, 1.0 - states])

    def after_step(epochs, before, after, learning_rate):
        del before, after, learning_rate
        return epochs

    def after_epoch(epochs, mean_losses):
        del mean_losses
        return epochs + 1

    return Rule(initial, weights, after_step, after_epoch, needs_losses_after=False)
