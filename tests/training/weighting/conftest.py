"""A network of two numbers, trained by a rule here and by its published formula in PyTorch."""

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest

from affdyn_jax.training.settings import TrainingSettings

STEPS = 20
START = (0.4, -0.7)


@pytest.fixture(scope="session")
def settings():
    """A learning rate that moves the weights far in a few steps; moments unlike the default."""
    return TrainingSettings(learning_rate=0.05, beta1=0.8, beta2=0.99, max_epochs=5)


@pytest.fixture(scope="session")
def trained_by(settings):
    """From a rule to the numbers and the weights of both losses in each step, (20, 2) each."""

    def train(rule):
        optimiser = optax.adam(settings.learning_rate, settings.beta1, settings.beta2)
        learning_rate = jnp.float32(settings.learning_rate)

        def step(carry, _):
            numbers, optimiser_state, state = carry
            before = toy_losses(numbers, jnp)
            weights = rule.weights(state, before)
            gradient = jax.grad(lambda numbers: jnp.dot(weights, toy_losses(numbers, jnp)))(numbers)
            with jax.numpy_dtype_promotion("standard"):
                updates, optimiser_state = optimiser.update(gradient, optimiser_state)
            numbers = numbers + updates
            after = toy_losses(numbers, jnp) if rule.needs_losses_after else jnp.zeros(2)
            state = rule.after_step(state, before, after, learning_rate)
            return (numbers, optimiser_state, state), (numbers, weights)

        numbers = jnp.array(START)
        carry = numbers, optimiser.init(numbers), rule.initial()
        return jax.lax.scan(step, carry, length=STEPS)[1]

    return train


@pytest.fixture(scope="session")
def trained_in_torch(settings):
    """As `trained_by`, of what has `parameters`, `weighted_loss`, `weights` and `after_step`."""
    torch = pytest.importorskip("torch")

    def train(weighting):
        numbers = torch.nn.Parameter(torch.tensor(START))
        optimiser = torch.optim.Adam(
            [numbers, *weighting.parameters],
            lr=settings.learning_rate,
            betas=(settings.beta1, settings.beta2),
        )
        rows = []
        for _ in range(STEPS):
            optimiser.zero_grad()
            before = toy_losses(numbers, torch)
            weights = weighting.weights(before.detach())
            weighting.weighted_loss(before).backward()
            optimiser.step()
            weighting.after_step(before.detach(), toy_losses(numbers, torch).detach())
            rows.append((numbers.detach().numpy().copy(), weights.detach().numpy().copy()))
        return tuple(np.array(column) for column in zip(*rows, strict=True))

    return train


def toy_losses(numbers, library):
    """Two losses in [0, 2] that pull the first number apart."""
    x, y = numbers[0], numbers[1]
    return library.stack([1 - library.cos(x - 1) * library.cos(y), 1 - library.cos(x + y + 1)])
