"""The loop over frames on CPUs: XLA's, over the frames that are no padding.

Lanes come after frames here, and all run for the largest number of frames. `vmap` alone would
put the lanes before the frames, and then write each frame of the result by a scatter; and where
the number of frames differs, as with the recordings that two seeds see in a step, it would keep
or drop the whole result after every frame.
"""

import jax
import jax.numpy as jnp

from affdyn_jax.method.recurrence.equations import Gates, gates_of, next_state


def through_frames(
    inputs_tgh: jax.Array, kernel_ghh: jax.Array, candidate_bias_h: jax.Array, frames: jax.Array
) -> jax.Array:
    """States after each frame from a zero state, 0 in the padding; as `states.states`."""
    # Slicing stacked gates in every frame would cost more than the products, and a vector times
    # a matrix costs less than a matrix times a vector.
    weights = (gates_of(jnp.swapaxes(kernel_ghh, 1, 2), 0), candidate_bias_h)
    return _through_frames(gates_of(inputs_tgh, 1), weights, frames)


def back_through_frames(
    cotangent_th: jax.Array,
    update_th: jax.Array,
    slopes: Gates,
    kernel_ghh: jax.Array,
    frames: jax.Array,
) -> jax.Array:
    """Cotangents of the states, shape (T, H), with what later frames contribute.

    Args:
        cotangent_th: The cotangents by way of what reads the states, shape (T, H).
        update_th: The update gate, shape (T, H).
        slopes: Slopes by what each gate takes from the last state, shapes (T, H).
        kernel_ghh: Recurrent weights, shape (3, H, H), from column to row.
        frames: How many of the T frames are no padding, an integer.

    Returns:
        Shape (T, H), 0 in the padding.
    """
    over_frames = (cotangent_th, update_th, slopes)
    return _back_through_frames(over_frames, gates_of(kernel_ghh, 0), frames)


def _lanes_beside_frames(loop):
    """Let `vmap` turn a loop over frames into one loop that steps all lanes together.

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
    kernels, candidate_bias_h = kernels_and_bias

    def frame(t, states_so_far):
        hidden_h, hidden_th = states_so_far
        recurrent = Gates(*(_product(hidden_h, kernel_hh) for kernel_hh in kernels))
        hidden_h = next_state(hidden_h, _at(t, inputs), recurrent, candidate_bias_h)
        return hidden_h, _with_frame(hidden_th, t, hidden_h)

    start = (jnp.zeros_like(inputs.reset[0]), jnp.zeros_like(inputs.reset))
    return jax.lax.fori_loop(0, frames, frame, start)[1]


@_lanes_beside_frames
def _back_through_frames(cotangent_and_slopes, kernels, frames):
    def frame(step, cotangents_so_far):
        from_later_h, total_th = cotangents_so_far
        t = frames - 1 - step
        cotangent_h, update_h, slopes_h = _at(t, cotangent_and_slopes)
        total_h = cotangent_h + from_later_h
        from_gates = (
            _product(total_h * slope_h, kernel_hh)
            for slope_h, kernel_hh in zip(slopes_h, kernels, strict=True)
        )
        from_later_h = sum(from_gates, start=total_h * update_h)
        return from_later_h, _with_frame(total_th, t, total_h)

    cotangent_th = cotangent_and_slopes[0]
    start = (jnp.zeros_like(cotangent_th[0]), jnp.zeros_like(cotangent_th))
    return jax.lax.fori_loop(0, frames, frame, start)[1]


def _product(hidden_h, kernel_hh):
    """Product of a vector and a matrix, shapes (..., H) and (..., H, H)."""
    return jnp.einsum("...k,...kh->...h", hidden_h, kernel_hh)


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
