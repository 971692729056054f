"""The equations of a gated recurrent unit, for one frame and, as the reference, for all.

They are those of `torch.nn.GRU`, so that published GRU results and ours mean the same network.
`flax.nnx.GRUCell` is another: it has no bias on the recurrent part of the candidate.
"""

from typing import NamedTuple

import jax
import jax.numpy as jnp


class Gates(NamedTuple):
    """One array for each gate, in the order in which PyTorch stacks them."""

    reset: jax.Array
    update: jax.Array
    candidate: jax.Array


def gates_of(stacked: jax.Array, axis: int) -> Gates:
    """The gates of an array that stacks them along an axis."""
    return Gates(*(jax.lax.index_in_dim(stacked, gate, axis, keepdims=False) for gate in range(3)))


def next_state(
    hidden_h: jax.Array, inputs: Gates, kernels: Gates, candidate_bias_h: jax.Array
) -> jax.Array:
    """The state after one frame by the equations of `torch.nn.GRU`; leading axes are alike.

    Args:
        hidden_h: The state before, shape (..., H).
        inputs: What each gate takes from the input, with every bias but one, (..., H).
        kernels: Recurrent weights of each gate, from column to row, shapes (..., H, H).
        candidate_bias_h: The recurrent bias of the candidate, which the reset gate scales.
    """
    reset_h = jax.nn.sigmoid(inputs.reset + product(kernels.reset, hidden_h))
    update_h = jax.nn.sigmoid(inputs.update + product(kernels.update, hidden_h))
    recurrent_h = product(kernels.candidate, hidden_h) + candidate_bias_h
    candidate_h = jnp.tanh(inputs.candidate + reset_h * recurrent_h)
    return (1.0 - update_h) * candidate_h + update_h * hidden_h


def product(kernel_hh: jax.Array, hidden_h: jax.Array) -> jax.Array:
    """Product of a matrix and a vector, shapes (..., H, H) and (..., H)."""
    return jnp.einsum("...hk,...k->...h", kernel_hh, hidden_h)


def scanned_states(
    inputs_tgh: jax.Array, kernel_ghh: jax.Array, candidate_bias_h: jax.Array, frames: jax.Array
) -> jax.Array:
    """As `states.states`, by `lax.scan` and JAX's derivative: the reference for all others."""
    del frames  # it computes the padding as well
    start_h = jnp.zeros_like(candidate_bias_h)
    return states_from(start_h, inputs_tgh, kernel_ghh, candidate_bias_h)


def states_from(
    hidden_h: jax.Array, inputs_tgh: jax.Array, kernel_ghh: jax.Array, candidate_bias_h: jax.Array
) -> jax.Array:
    """States after each frame, shape (T, H), from any state, for callers that continue from one."""
    kernels = gates_of(kernel_ghh, 0)

    def frame(hidden_h, inputs_gh):
        hidden_h = next_state(hidden_h, gates_of(inputs_gh, 0), kernels, candidate_bias_h)
        return hidden_h, hidden_h

    return jax.lax.scan(frame, hidden_h, inputs_tgh)[1]
