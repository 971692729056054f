"""A layer of gated recurrent units: its weights, and the input's part of its gates."""

import jax
import numpy as np
from flax import nnx

from affdyn_jax.method.recurrence.equations import states_from
from affdyn_jax.method.recurrence.states import from_input, states

# The candidate's recurrent bias stays out of the sum: the reset gate scales it.
_ADDED_ONCE_G1 = np.array([[1], [1], [0]], np.float32)


class GRU(nnx.Module):
    """One layer of gated recurrent units, unidirectional, from a zero initial state.

    Equations, layout of the weights and initialisation (uniform between ±1/√H) agree with
    `torch.nn.GRU`; an axis for the three gates (reset, update, candidate) takes the place of
    PyTorch's stacked rows, so all of a layer's input weights are one matrix.

    Attributes:
        input_kernel_ghf: Weights on the input, shape (3, H, F).
        input_bias_gh: Shape (3, H).
        recurrent_kernel_ghh: Weights on the last state, from column to row, shape (3, H, H).
        recurrent_bias_gh: Shape (3, H).
    """

    def __init__(self, input_size: int, hidden_size: int, *, rngs: nnx.Rngs):
        bound = hidden_size**-0.5

        def uniform(*shape: int) -> nnx.Param:
            return nnx.Param(jax.random.uniform(rngs.params(), shape, minval=-bound, maxval=bound))

        self.input_kernel_ghf = uniform(3, hidden_size, input_size)
        self.input_bias_gh = uniform(3, hidden_size)
        self.recurrent_kernel_ghh = uniform(3, hidden_size, hidden_size)
        self.recurrent_bias_gh = uniform(3, hidden_size)

    def __call__(self, inputs_tf: jax.Array, frames: jax.Array) -> jax.Array:
        """States after each frame, shape (T, H), from inputs of shape (T, F); see `states`."""
        return states(self._from_input(inputs_tf), *self._recurrent_weights(), frames)

    def continue_from(self, inputs_tf: jax.Array, hidden_h: jax.Array) -> jax.Array:
        """States after each frame, shape (T, H), from the state that frames before have left."""
        return states_from(hidden_h, self._from_input(inputs_tf), *self._recurrent_weights())

    def _from_input(self, inputs_tf: jax.Array) -> jax.Array:
        """What the gates take from the input in all frames, shape (T, 3, H)."""
        bias_gh = self.input_bias_gh[...] + self.recurrent_bias_gh[...] * _ADDED_ONCE_G1
        return from_input(inputs_tf, self.input_kernel_ghf[...]) + bias_gh[None]

    def _recurrent_weights(self) -> tuple[jax.Array, jax.Array]:
        return self.recurrent_kernel_ghh[...], self.recurrent_bias_gh[2]
