"""The recurrence: a gated recurrent unit, scanned over frames.

Its equations are PyTorch's, so that published GRU results and ours mean the same network.
`flax.nnx.GRUCell` is another: it has no bias on the recurrent part of the candidate.

Training uses `states`. It computes the same as `scanned_states`, which is nothing but the
equations and `lax.scan`, in less time. Its derivative carries only the cotangent of the state
from frame to frame. Everything else is a product over all frames together, before or after:
the gates again, the factors of each frame's derivative, and the gradients of the weights. It
skips the frames of padding.
"""

from typing import NamedTuple

import jax
import jax.numpy as jnp
from flax import nnx


class Gates(NamedTuple):
    """One array for each gate.

    They are kept apart rather than stacked as PyTorch stacks them: slicing a stacked array in
    every frame costs more than the products.
    """

    reset: jax.Array
    update: jax.Array
    candidate: jax.Array


def next_state(
    hidden_h: jax.Array, inputs: Gates, kernels: Gates, candidate_bias_h: jax.Array
) -> jax.Array:
    """The state after one frame by the equations of `torch.nn.GRU`; leading axes are alike.

    Args:
        hidden_h: The state before, shape (..., H).
        inputs: What each gate takes from the input, with every bias but one, (..., H).
        kernels: Recurrent weights of each gate, from row to column, shapes (..., H, H).
        candidate_bias_h: The recurrent bias of the candidate, which the reset gate scales.
    """
    reset_h = jax.nn.sigmoid(inputs.reset + _product(hidden_h, kernels.reset))
    update_h = jax.nn.sigmoid(inputs.update + _product(hidden_h, kernels.update))
    recurrent_h = _product(hidden_h, kernels.candidate) + candidate_bias_h
    candidate_h = jnp.tanh(inputs.candidate + reset_h * recurrent_h)
    return (1.0 - update_h) * candidate_h + update_h * hidden_h


def scanned_states(
    inputs: Gates, kernels: Gates, candidate_bias_h: jax.Array, frames: jax.Array
) -> jax.Array:
    """As `states`, by `lax.scan` and its derivative: the reference that `states` agrees with."""
    del frames  # it computes the padding as well
    return states_from(jnp.zeros_like(candidate_bias_h), inputs, kernels, candidate_bias_h)


def states_from(
    hidden_h: jax.Array, inputs: Gates, kernels: Gates, candidate_bias_h: jax.Array
) -> jax.Array:
    """States after each frame, shape (T, H), from any state, for callers that continue from one."""

    def frame(hidden_h, inputs_h):
        hidden_h = next_state(hidden_h, inputs_h, kernels, candidate_bias_h)
        return hidden_h, hidden_h

    return jax.lax.scan(frame, hidden_h, inputs)[1]


@jax.custom_vjp
def states(
    inputs: Gates, kernels: Gates, candidate_bias_h: jax.Array, frames: jax.Array
) -> jax.Array:
    """States after each frame, shape (T, H), from a zero state.

    In the padding they mean nothing, and no loss may look at them.

    Args:
        inputs: What each gate takes from the input, with every bias but one, shapes (T, H).
        kernels: Recurrent weights of each gate, from row to column, shapes (H, H).
        candidate_bias_h: The recurrent bias of the candidate, shape (H,).
        frames: How many of the T frames are no padding, an integer.
    """
    return _through_frames(inputs, (kernels, candidate_bias_h), frames)


def _states_forward(inputs, kernels, candidate_bias_h, frames):
    hidden_th = states(inputs, kernels, candidate_bias_h, frames)
    return hidden_th, (inputs, kernels, candidate_bias_h, frames, hidden_th)


def _states_backward(residuals, cotangent_th):
    """Backpropagation through time; a slope is a derivative of the state after a frame.

    With q = h W_n + b_n the recurrent part of the candidate n = tanh(a_n + r q), and the new
    state (1 - z) n + z h, the slopes by the arguments of the three gates and by q are those
    of one frame alone. Only the cotangent of the state goes from frame to frame.
    """
    inputs, kernels, candidate_bias_h, frames, hidden_th = residuals
    last_th = jnp.pad(hidden_th[:-1], ((1, 0), (0, 0)))
    reset_th = jax.nn.sigmoid(inputs.reset + last_th @ kernels.reset)
    update_th = jax.nn.sigmoid(inputs.update + last_th @ kernels.update)
    recurrent_th = last_th @ kernels.candidate + candidate_bias_h[None]
    candidate_th = jnp.tanh(inputs.candidate + reset_th * recurrent_th)

    candidate_slope_th = (1.0 - update_th) * (1.0 - candidate_th**2)
    recurrent_slope_th = candidate_slope_th * reset_th
    gate_slopes = Gates(
        reset=candidate_slope_th * recurrent_th * reset_th * (1.0 - reset_th),
        update=(last_th - candidate_th) * update_th * (1.0 - update_th),
        candidate=candidate_slope_th,
    )
    slopes = gate_slopes._replace(candidate=recurrent_slope_th)
    transposed = Gates(*(kernel_hh.T for kernel_hh in kernels))
    total_th = _back_through_frames((cotangent_th, update_th, slopes), transposed, frames)

    of_inputs = Gates(*(total_th * slope_th for slope_th in gate_slopes))
    of_recurrent = of_inputs._replace(candidate=total_th * recurrent_slope_th)
    of_kernels = Gates(*(last_th.T @ gate_th for gate_th in of_recurrent))
    return of_inputs, of_kernels, jnp.sum(of_recurrent.candidate, axis=0), None


states.defvjp(_states_forward, _states_backward)


def _lanes_beside_frames(loop):
    """Let `vmap` turn a loop over frames into one loop that steps all lanes together.

    `vmap` alone would put the lanes before the frames, and then write each frame of the
    result by a scatter; and where the number of frames differs, as with the recordings that
    two seeds see in a step, it would keep or drop the whole result after every frame. Here
    lanes come after frames, and all run for the largest number of frames.

    Args:
        loop: A function of arrays over frames (T, ..., H), of weights with the same leading
            axes, and of a number of frames, with a result of shape (T, ..., H).
    """
    loop = jax.custom_batching.custom_vmap(loop)

    @loop.def_vmap
    def one_axis_more(axis_size, is_mapped, over_frames, weights, frames):
        def with_lanes(array, is_array_mapped, axis):
            if is_array_mapped:
                return jnp.moveaxis(array, 0, axis)
            return jnp.repeat(jnp.expand_dims(array, axis), axis_size, axis)

        over_frames = jax.tree.map(lambda a, m: with_lanes(a, m, 1), over_frames, is_mapped[0])
        weights = jax.tree.map(lambda a, m: with_lanes(a, m, 0), weights, is_mapped[1])
        result = loop(over_frames, weights, jnp.max(frames))
        return jnp.moveaxis(result, 1, 0), True

    return loop


@_lanes_beside_frames
def _through_frames(inputs, kernels_and_bias, frames):
    """States after each frame, shape (T, ..., H), from what the gates take from the input."""

    def frame(t, states_so_far):
        hidden_h, hidden_th = states_so_far
        hidden_h = next_state(hidden_h, _at(t, inputs), *kernels_and_bias)
        return hidden_h, _with_frame(hidden_th, t, hidden_h)

    start = (jnp.zeros_like(inputs.reset[0]), jnp.zeros_like(inputs.reset))
    return jax.lax.fori_loop(0, frames, frame, start)[1]


@_lanes_beside_frames
def _back_through_frames(cotangent_and_slopes, transposed_kernels, frames):
    """Cotangents of the states, shape (T, ..., H), with what later frames contribute."""

    def frame(step, cotangents_so_far):
        from_later_h, total_th = cotangents_so_far
        t = frames - 1 - step
        cotangent_h, update_h, slopes_h = _at(t, cotangent_and_slopes)
        total_h = cotangent_h + from_later_h
        from_gates = (
            _product(total_h * slope_h, kernel_hh)
            for slope_h, kernel_hh in zip(slopes_h, transposed_kernels, strict=True)
        )
        from_later_h = sum(from_gates, start=total_h * update_h)
        return from_later_h, _with_frame(total_th, t, total_h)

    cotangent_th = cotangent_and_slopes[0]
    start = (jnp.zeros_like(cotangent_th[0]), jnp.zeros_like(cotangent_th))
    return jax.lax.fori_loop(0, frames, frame, start)[1]


# Allowing for negative indices would cost as much in every frame as a small product.


def _at(t, over_frames):
    """Frame t of each array."""
    return jax.tree.map(
        lambda array_th: jax.lax.dynamic_index_in_dim(
            array_th, t, keepdims=False, allow_negative_indices=False
        ),
        over_frames,
    )


def _with_frame(array_th, t, array_h):
    """The array with its frame t replaced."""
    return jax.lax.dynamic_update_index_in_dim(
        array_th, array_h, t, axis=0, allow_negative_indices=False
    )


def _product(hidden_h, kernel_hh):
    """Product of a vector and a matrix, shapes (..., H) and (..., H, H)."""
    return jnp.einsum("...k,...kh->...h", hidden_h, kernel_hh)


class Gate(nnx.Module):
    """Weights of one of the three gates of a GRU, on the input and on the last state.

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


class GRU(nnx.Module):
    """One layer of gated recurrent units, unidirectional, from a zero initial state.

    Equations and initialisation (uniform between ±1/√H) agree with `torch.nn.GRU`.
    """

    def __init__(self, input_size: int, hidden_size: int, *, rngs: nnx.Rngs):
        self.reset = Gate(input_size, hidden_size, rngs=rngs)
        self.update = Gate(input_size, hidden_size, rngs=rngs)
        self.candidate = Gate(input_size, hidden_size, rngs=rngs)

    def __call__(self, inputs_tf: jax.Array, frames: jax.Array) -> jax.Array:
        """States after each frame, shape (T, H), from inputs of shape (T, F); see `states`."""
        return states(*self._recurrence(inputs_tf), frames)

    def continue_from(self, inputs_tf: jax.Array, hidden_h: jax.Array) -> jax.Array:
        """States after each frame, shape (T, H), from the state that frames before have left."""
        return states_from(hidden_h, *self._recurrence(inputs_tf))

    def _recurrence(self, inputs_tf: jax.Array) -> tuple[Gates, Gates, jax.Array]:
        """What the loop over frames needs: the inputs' parts, the kernels, the candidate's bias."""
        gates = Gates(self.reset, self.update, self.candidate)
        # Two of the recurrent biases are added to the input's once, not in every frame.
        inputs = Gates(
            self.reset.from_input(inputs_tf) + self.reset.recurrent_bias_h[...][None],
            self.update.from_input(inputs_tf) + self.update.recurrent_bias_h[...][None],
            self.candidate.from_input(inputs_tf),
        )
        kernels = Gates(*(gate.recurrent_kernel_hh[...] for gate in gates))
        return inputs, kernels, self.candidate.recurrent_bias_h[...]
