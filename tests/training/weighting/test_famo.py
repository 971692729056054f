"""Logits by hand, and the loss of Liu et al. in PyTorch."""

import math

import jax.numpy as jnp
import numpy as np
import pytest

from affdyn_jax.training.weighting.famo import famo


def test_five_epochs_of_one_step_by_hand():
    # ξ begins at 0 and stays (-x, x), since the entries of its gradient are g and -g with
    # g = z₀ z₁ (fall of states - fall of dynamics) - γ x; a fall is that of log L. Where g never
    # changes, each step of Adam is 0.025, so x = 0.025 t after t steps. With z₀ z₁ = 1/(4 cosh² x)
    # and no fall of dynamics, g = 0.1 asks for a fall of states by
    # (0.1 + 0.001 x) 4 cosh² x = (0.1 + 0.001 x) 2 (1 + cosh 2x), for 2x = 0, 0.05, 0.1, 0.15, 0.2:
    falls_of_states = [0.4, 0.400350, 0.401201, 0.402556, 0.404417]
    # Both losses being 1 before the step, the dynamics weigh z₁ = 1 / (1 + exp(-2x)).
    weights_of_dynamics = [0.5, 0.512497, 0.524979, 0.537430, 0.549834]

    rule = famo()
    state = rule.initial()
    for fall, weight in zip(falls_of_states, weights_of_dynamics, strict=True):
        ones = jnp.ones(2)
        np.testing.assert_allclose(rule.weights(state, ones), [1 - weight, weight], atol=2e-6)
        after = jnp.array([math.exp(-fall), 1.0])
        state = rule.after_step(state, ones, after, jnp.float32(np.nan))
        state = rule.after_epoch(state, ones)


def test_weights_go_with_one_over_the_loss():
    # z = (½, ½) over L = (½, 1) is (1, ½), a sum of 3/2.
    rule = famo()
    weights = rule.weights(rule.initial(), jnp.array([0.5, 1.0]))
    np.testing.assert_allclose(weights, [2 / 3, 1 / 3], rtol=1e-6)


def test_training_is_that_of_the_published_loss(trained_by, trained_in_torch):
    torch = pytest.importorskip("torch")

    class Published:
        """The network by the logarithms of the losses (Eq. 11), ξ by Eq. 10 and 12."""

        parameters = ()

        def __init__(self):
            self.logits = torch.nn.Parameter(torch.zeros(2))
            self.adam = torch.optim.Adam([self.logits], lr=0.025, weight_decay=0.001)

        def weighted_loss(self, losses):
            z = torch.softmax(self.logits.detach(), 0)
            c = 1 / torch.sum(z / losses.detach())
            return c * torch.sum(z * torch.log(losses))

        def weights(self, losses):
            shares = torch.softmax(self.logits.detach(), 0) / losses
            return shares / shares.sum()

        def after_step(self, before, after):
            self.adam.zero_grad()
            fall = torch.log(before) - torch.log(after)
            torch.sum(torch.softmax(self.logits, 0) * fall).backward()
            self.adam.step()

    numbers, weights = trained_by(famo())
    published = Published()
    torch_numbers, torch_weights = trained_in_torch(published)
    assert abs(published.logits.detach().numpy()).min() > 0.05
    np.testing.assert_allclose(weights, torch_weights, rtol=1e-4)
    np.testing.assert_allclose(numbers, torch_numbers, rtol=1e-4, atol=1e-5)
