"""Adam's direction (§4.2), of the network and of what weighting rules train."""

import jax
import optax


def adam(beta1: float, beta2: float, epsilon: float) -> optax.GradientTransformation:
    """What to descend by at a learning rate of 1; epsilon stands outside the root (PyTorch's)."""
    scaled = optax.scale_by_adam(beta1, beta2, epsilon)

    def update(gradients, state, weights=None):
        # It raises a float to an integer power, which strict promotion would refuse.
        with jax.numpy_dtype_promotion("standard"):
            return scaled.update(gradients, state, weights)

    return optax.GradientTransformation(scaled.init, update)
