"""Adam for the few numbers that some rules train."""

import jax
import optax


def adam_direction(
    adam: optax.GradientTransformation, gradient: jax.Array, state: optax.OptState
) -> tuple[jax.Array, optax.OptState]:
    """By what to descend for a step size of 1, and the state of `adam` (`optax.scale_by_adam`)."""
    # It raises a float to an integer power, which strict promotion would refuse.
    with jax.numpy_dtype_promotion("standard"):
        return adam.update(gradient, state)
