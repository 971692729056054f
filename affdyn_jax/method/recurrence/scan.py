"""The loop over frames where launching costs more than computing: TPUs, GPUs without the kernel.

A number of frames that only the device knows would make the host wait in every turn, so all T
frames are computed, several a turn, with one product for the gates of a frame. Padding changes
nothing: it comes after all frames that count, and its cotangents are 0.
"""

import jax
import jax.numpy as jnp

from affdyn_jax.method.recurrence.equations import Gates, states_from

# By the compiled program: with more, kernels a frame hardly get fewer, and compiling takes longer.
_FRAMES_A_TURN = 8


def through_frames(
    inputs_tgh: jax.Array, kernel_ghh: jax.Array, candidate_bias_h: jax.Array, frames: jax.Array
) -> jax.Array:
    """As `loop.through_frames`."""
    start_h = jnp.zeros_like(candidate_bias_h)
    hidden_th = states_from(start_h, inputs_tgh, kernel_ghh, candidate_bias_h, _FRAMES_A_TURN)
    is_frame_t1 = jnp.arange(len(hidden_th))[:, None] < frames
    return jnp.where(is_frame_t1, hidden_th, 0.0)


def back_through_frames(
    cotangent_th: jax.Array,
    update_th: jax.Array,
    slopes: Gates,
    kernel_ghh: jax.Array,
    frames: jax.Array,
) -> jax.Array:
    """As `loop.back_through_frames`; cotangents in the padding have to be 0."""
    del frames

    def frame(from_later_h, of_frame):
        cotangent_h, update_h, slopes_gh = of_frame
        total_h = cotangent_h + from_later_h
        from_gates_h = jnp.einsum("gh,ghk->k", total_h[None] * slopes_gh, kernel_ghh)
        return total_h * update_h + from_gates_h, total_h

    over_frames = cotangent_th, update_th, jnp.stack(slopes, axis=1)
    start_h = jnp.zeros_like(cotangent_th[0])
    return jax.lax.scan(frame, start_h, over_frames, reverse=True, unroll=_FRAMES_A_TURN)[1]
