"""Random cases of `states`, and how two ways of computing them are compared."""

import jax
import jax.numpy as jnp
import numpy as np


def arguments(frames, hidden_size, seed, axes=()):
    """Inputs, recurrent kernel and bias of `states` with leading axes, and a cotangent."""
    rng = np.random.default_rng(seed)

    def normal(*shape):
        return jnp.asarray(rng.normal(size=(*axes, *shape)).astype(np.float32))

    kernel_ghh = normal(3, hidden_size, hidden_size) / hidden_size**0.5
    weights = normal(frames, 3, hidden_size), kernel_ghh, normal(hidden_size)
    return weights, normal(frames, hidden_size)


def values_and_gradients(function, weights, cotangent_th, frames):
    """States, 0 in the padding, and gradients of what a loss that masks them would take."""
    is_frame_t = jnp.arange(cotangent_th.shape[0]) < frames

    def masked(*weights):
        return jnp.where(is_frame_t[:, None], function(*weights, frames), 0.0)

    hidden_th, pull_back = jax.vjp(masked, *weights)
    return hidden_th, pull_back(cotangent_th)


def of_lanes_and_seeds(function, weights, cotangent_th, frames_s):
    """The same of arrays with axes (S, M), mapped as training maps a lane."""
    lanes = jax.vmap(
        lambda *arguments: values_and_gradients(function, *arguments), in_axes=(0, 0, None)
    )
    return jax.vmap(lanes)(weights, cotangent_th, frames_s)


def assert_agree(ours, reference):
    (ours_th, ours_gradients), (expected_th, expected_gradients) = ours, reference
    np.testing.assert_allclose(ours_th, expected_th, atol=1e-5)
    for ours_leaf, expected in zip(
        jax.tree.leaves(ours_gradients), jax.tree.leaves(expected_gradients), strict=True
    ):
        difference = np.abs(ours_leaf - expected).max()
        assert difference <= 1e-4 * np.abs(expected).max() + 1e-6
