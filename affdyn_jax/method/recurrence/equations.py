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
    hidden_h: jax.Array, inputs: Gates, recurrent: Gates, candidate_bias_h: jax.Array
) -> jax.Array:
    """The state after one frame by the equations of `torch.nn.GRU`; all shapes are alike.

    Args:
        hidden_h: The state before.
        inputs: What each gate takes from the input, with every bias but one.
        recurrent: Each gate's product of its recurrent weights and the state before.
        candidate_bias_h: The recurrent bias of the candidate, which the reset gate scales.
    """
    reset_h = jax.nn.sigmoid(inputs.reset + recurrent.reset)
    update_h = jax.nn.sigmoid(inputs.update + recurrent.update)
    candidate_h = jnp.tanh(inputs.candidate + reset_h * (recurrent.candidate + candidate_bias_h))
    return (1.0 - update_h) * candidate_h + update_h * hidden_h


def scanned_states(
    inputs_tgh: jax.Array, kernel_ghh: jax.Array, candidate_bias_h: jax.Array, frames: jax.Array
) -> jax.Array:
    """As `states.states`, by `lax.scan` and JAX's derivative: the reference for all others."""
    del frames  # it computes the padding as well
    start_h = jnp.zeros_like(candidate_bias_h)
    return states_from(start_h, inputs_tgh, kernel_ghh, candidate_bias_h)


def states_from(
    hidden_h: jax.Array,
    inputs_tgh: jax.Array,
    kernel_ghh: jax.Array,
    candidate_bias_h: jax.Array,
    frames_a_turn: int = 1,
) -> jax.Array:
    """States after each frame, shape (T, H), from any state, for callers that continue from one.

    Args:
        hidden_h: The state before the first frame, shape (H,).
        inputs_tgh: As in `states.states`, and so are the next two.
        kernel_ghh: The same.
        candidate_bias_h: The same.
        frames_a_turn: How many frames a turn of the compiled loop has.
    """

    def frame(hidden_h, inputs_gh):
        recurrent_gh = jnp.einsum("ghk,k->gh", kernel_ghh, hidden_h)
        gates = gates_of(inputs_gh, 0), gates_of(recurrent_gh, 0)
        hidden_h = next_state(hidden_h, *gates, candidate_bias_h)
        return hidden_h, hidden_h

    return jax.lax.scan(frame, hidden_h, inputs_tgh, unroll=frames_a_turn)[1]
