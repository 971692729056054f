"""The recurrence: a gated recurrent unit, scanned over frames.

Its equations are PyTorch's, so that published GRU results and ours mean the same network.
`flax.nnx.GRUCell` is another: it has no bias on the recurrent part of the candidate.
"""

import jax
import jax.numpy as jnp
from flax import nnx


class Gate(nnx.Module):
    """What one of the three gates of a GRU takes from the input and from the last state.

    The gates are kept apart rather than stacked as PyTorch stacks them: slicing a stacked
    product in every frame costs more than the product, and outside the scan stacking the
    three gates' products over all frames into one was no faster either.

    Attributes:
        input_kernel_fh: Weights on the input, shape (F, H).
        input_bias_h: Shape (H,).
        recurrent_kernel_hh: Weights on the last state, shape (H, H), from row to column.
        recurrent_bias_h: Shape (H,).
    """

    def __init__(self, input_size: int, hidden_size: int, *, rngs: nnx.Rngs):
        bound = hidden_size**-0.5

        def uniform(*shape: int) -> nnx.Param:
            return nnx.Param(jax.random.uniform(rngs.params(), shape, minval=-bound, maxval=bound))

        self.input_kernel_fh = uniform(input_size, hidden_size)
        self.input_bias_h = uniform(hidden_size)
        self.recurrent_kernel_hh = uniform(hidden_size, hidden_size)
        self.recurrent_bias_h = uniform(hidden_size)

    def from_input(self, inputs_tf: jax.Array) -> jax.Array:
        """The input's part for all frames in one matrix product, shape (T, H)."""
        return inputs_tf @ self.input_kernel_fh[...] + self.input_bias_h[...][None]

    def from_state(self, hidden_h: jax.Array) -> jax.Array:
        """The last state's part for one frame, shape (H,)."""
        return hidden_h @ self.recurrent_kernel_hh[...] + self.recurrent_bias_h[...]


class GRU(nnx.Module):
    """One layer of gated recurrent units, unidirectional, from a zero initial state.

    Equations and initialisation (uniform between ±1/√H) agree with `torch.nn.GRU`.
    """

    def __init__(self, input_size: int, hidden_size: int, *, rngs: nnx.Rngs):
        self.hidden_size = hidden_size
        self.reset = Gate(input_size, hidden_size, rngs=rngs)
        self.update = Gate(input_size, hidden_size, rngs=rngs)
        self.candidate = Gate(input_size, hidden_size, rngs=rngs)

    def __call__(self, inputs_tf: jax.Array) -> jax.Array:
        """States after each frame, shape (T, H), from inputs of shape (T, F)."""
        inputs = (
            self.reset.from_input(inputs_tf),
            self.update.from_input(inputs_tf),
            self.candidate.from_input(inputs_tf),
        )

        def frame(hidden_h, inputs_h):
            reset_input_h, update_input_h, candidate_input_h = inputs_h
            reset_h = jax.nn.sigmoid(reset_input_h + self.reset.from_state(hidden_h))
            update_h = jax.nn.sigmoid(update_input_h + self.update.from_state(hidden_h))
            candidate_h = jnp.tanh(
                candidate_input_h + reset_h * self.candidate.from_state(hidden_h)
            )
            hidden_h = (1.0 - update_h) * candidate_h + update_h * hidden_h
            return hidden_h, hidden_h

        start_h = jnp.zeros(self.hidden_size, inputs_tf.dtype)
        _, hidden_th = jax.lax.scan(frame, start_h, inputs)
        return hidden_th
