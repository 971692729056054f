"""Weights by hand."""

import jax.numpy as jnp
import numpy as np

from affdyn_jax.training.weighting.dwa import dwa


def test_five_epochs_by_hand():
    losses = [(1.0, 1.0), (0.8, 1.0), (0.4, 0.9), (0.4, 0.45), (0.2, 0.45)]
    # Of states, 2 exp(r₀/2) / (exp(r₀/2) + exp(r₁/2)) = 2 / (1 + exp((r₁ - r₀)/2)), with
    expected = [
        (1.0, 1.0),
        (1.0, 1.0),
        (0.950042, 1.049958),  # r = (0.8, 1): 2 / (1 + e^0.1)
        (0.900332, 1.099668),  # r = (0.5, 0.9): 2 / (1 + e^0.2)
        (1.124353, 0.875647),  # r = (1, 0.5): 2 / (1 + e^-0.25)
    ]
    rule = dwa()
    state = rule.initial()
    for epoch_losses, weights in zip(losses, expected, strict=True):
        for step_losses in np.float32([(0.3, 1.9), epoch_losses]):
            np.testing.assert_allclose(rule.weights(state, step_losses), weights, atol=2e-6)
            state = rule.after_step(state, step_losses, jnp.zeros(2), jnp.float32(1))
        state = rule.after_epoch(state, jnp.array(epoch_losses))
