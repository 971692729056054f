"""Log variances by hand, and the loss of Kendall, Gal and Cipolla in PyTorch."""

import jax.numpy as jnp
import numpy as np
import pytest

from affdyn_jax.training.settings import TrainingSettings
from affdyn_jax.training.weighting.uncertainty import uncertainty


def test_five_epochs_of_one_step_by_hand():
    # The gradient by s is ½ (1 - exp(-s) L). Where it never changes, each step of Adam is the
    # learning rate, 0.1. States: L = 0, a gradient of ½, so s falls by 0.1 a step. Dynamics:
    # L = 1.2 exp(s), a gradient of -0.1, so s rises by 0.1 a step and L is 1.2 times
    # 1, e^0.1, e^0.2, e^0.3, e^0.4. A weight is ½ exp(-s).
    dynamics_losses = [1.2, 1.326205, 1.465683, 1.619831, 1.790190]
    weights_of_states = [0.5, 0.552585, 0.610701, 0.674929, 0.745912]
    weights_of_dynamics = [0.5, 0.452419, 0.409365, 0.370409, 0.335160]

    rule = uncertainty(TrainingSettings())
    state = rule.initial()
    weights = []
    for loss in dynamics_losses:
        losses = jnp.array([0.0, loss])
        weights.append(rule.weights(state, losses))
        state = rule.after_step(state, losses, jnp.zeros(2), jnp.float32(0.1))
        state = rule.after_epoch(state, losses)
    expected = np.stack([weights_of_states, weights_of_dynamics], axis=1)
    np.testing.assert_allclose(weights, expected, atol=2e-6)


def test_training_is_that_of_the_published_loss(settings, trained_by, trained_in_torch):
    torch = pytest.importorskip("torch")

    class Published:
        """One Adam for the network and s, by the gradients of Eq. 7."""

        log_variances = torch.nn.Parameter(torch.zeros(2))
        parameters = (log_variances,)

        def weighted_loss(self, losses):
            s = self.log_variances
            return torch.sum(losses / (2 * torch.exp(s)) + s / 2)

        def weights(self, losses):
            return 1 / (2 * torch.exp(self.log_variances))

        def after_step(self, before, after):
            pass

    numbers, weights = trained_by(uncertainty(settings))
    torch_numbers, torch_weights = trained_in_torch(Published())
    assert np.ptp(torch_weights, axis=0).min() > 0.05
    np.testing.assert_allclose(weights, torch_weights, rtol=2e-5)
    np.testing.assert_allclose(numbers, torch_numbers, rtol=2e-5, atol=2e-6)
