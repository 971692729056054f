"""Eq. 3–5 by hand."""

import jax.numpy as jnp
import numpy as np
import pytest

from affdyn_jax.method.losses import task_losses, weighted_loss
from affdyn_jax.method.tasks import task_weights

DIMENSIONS = ("arousal", "valence")


def test_task_losses_are_one_minus_ccc():
    gold = jnp.array([[1.0, 1.0], [2.0, 2.0], [3.0, 3.0]])
    predictions = jnp.array([[1.0, 2.0], [2.0, 2.0], [3.0, 5.0]])
    losses_k = task_losses(predictions, gold, jnp.ones((3, 2), bool))
    np.testing.assert_allclose(losses_k, [0, 1 - 2 / (2 / 3 + 2 + 1)], atol=1e-6)


@pytest.mark.parametrize("w", [0.0, 0.3, 1.0])
def test_mono_loss_is_equation_4(w):
    arousal_state, valence_state, arousal_dynamics, valence_dynamics = 0.2, 0.9, 0.7, 1.3
    losses_k = jnp.array([arousal_state, valence_state, arousal_dynamics, valence_dynamics])
    loss = weighted_loss(losses_k, jnp.asarray(task_weights(("valence",), w, DIMENSIONS)))
    assert float(loss) == pytest.approx((1 - w) * valence_state + w * valence_dynamics)


@pytest.mark.parametrize("w", [0.0, 0.3, 1.0])
def test_multi_loss_is_the_mean_of_the_mono_losses(w):
    losses_k = jnp.array([0.2, 0.9, 0.7, 1.3])
    loss = weighted_loss(losses_k, jnp.asarray(task_weights(DIMENSIONS, w, DIMENSIONS)))
    arousal, valence = (1 - w) * 0.2 + w * 0.7, (1 - w) * 0.9 + w * 1.3
    assert float(loss) == pytest.approx((arousal + valence) / 2)
