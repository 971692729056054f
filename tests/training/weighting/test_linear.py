"""The schedule by hand."""

import jax.numpy as jnp
import numpy as np
import pytest

from affdyn_jax.training.settings import TrainingSettings
from affdyn_jax.training.weighting.linear import linear


@pytest.mark.parametrize(
    ("max_epochs", "w_by_epoch"), [(5, [1, 0.75, 0.5, 0.25, 0]), (2, [1, 0]), (1, [1])]
)
def test_w_goes_from_1_to_0(max_epochs, w_by_epoch):
    rule = linear(TrainingSettings(max_epochs=max_epochs))
    state = rule.initial()
    for w in w_by_epoch:
        for _ in range(2):
            losses = jnp.array([0.3, 1.9])
            np.testing.assert_allclose(rule.weights(state, losses), [1 - w, w], atol=1e-6)
            state = rule.after_step(state, losses, jnp.zeros(2), jnp.float32(1))
        state = rule.after_epoch(state, losses)
