"""The loop over frames as one kernel for each layer and pass, on GPUs of NVIDIA.

Lanes, seeds and recordings are the kernel's blocks; each stops after its own frames. It is
launched through jax-triton, which comes with the extra `gpu`.
"""

import inspect
import math
import os
from collections.abc import Callable

import jax
import jax.numpy as jnp
import numpy as np

from affdyn_jax.method.recurrence import kernels
from affdyn_jax.method.recurrence.equations import Gates
from affdyn_jax.method.recurrence.states import Recurrence

# jax-triton would leave all other users of Triton in the process, such as PyTorch, without a cache.
_TRITON_CACHE_DIR = os.environ.get("TRITON_CACHE_DIR")
import jax_triton  # noqa: E402

if _TRITON_CACHE_DIR is None:
    os.environ.pop("TRITON_CACHE_DIR", None)
else:
    os.environ["TRITON_CACHE_DIR"] = _TRITON_CACHE_DIR

# Since 0.4 it has another name for this argument, and warns of the one before.
_HAS_OUT_TYPE = "out_type" in inspect.signature(jax_triton.triton_call).parameters
_RESULT_TYPE = "out_type" if _HAS_OUT_TYPE else "out_shape"

LARGEST_HIDDEN_SIZE = 128  # beyond it the weights do not fit into a multiprocessor's registers

# Warps of a block by padded hidden size: the fastest on an H200.
_FORWARD_WARPS = {16: 1, 32: 1, 64: 2, 128: 8}
_BACK_WARPS = {16: 1, 32: 4, 64: 8, 128: 16}


def through_frames(
    inputs_tgh: jax.Array, kernel_ghh: jax.Array, candidate_bias_h: jax.Array, frames: jax.Array
) -> jax.Array:
    """As `loop.through_frames`."""
    kernel_gkh = jnp.swapaxes(kernel_ghh, 1, 2)
    return _through_frames(inputs_tgh, kernel_gkh, candidate_bias_h, jnp.asarray(frames))


def back_through_frames(
    cotangent_th: jax.Array,
    update_th: jax.Array,
    slopes: Gates,
    kernel_ghh: jax.Array,
    frames: jax.Array,
) -> jax.Array:
    """As `loop.back_through_frames`."""
    slopes_t4h = jnp.stack([*slopes, update_th], axis=1)
    return _back_through_frames(cotangent_th, slopes_t4h, kernel_ghh, jnp.asarray(frames))


FUSED = Recurrence(through_frames, back_through_frames, is_parallel=True)


def _with_leading_axes(kernel: Callable) -> Callable:
    """Let `vmap` put an axis before each argument's own, of size 1 where it is not mapped."""
    kernel = jax.custom_batching.custom_vmap(kernel)

    @kernel.def_vmap
    def one_axis_more(axis_size, is_mapped, *arguments):
        del axis_size
        arguments = [
            array if is_array_mapped else jnp.expand_dims(array, 0)
            for array, is_array_mapped in zip(arguments, is_mapped, strict=True)
        ]
        return kernel(*arguments), True

    return kernel


@_with_leading_axes
def _through_frames(inputs_tgh, kernel_gkh, candidate_bias_h, frames):
    weights = [(kernel_gkh, 3), (candidate_bias_h, 1)]
    return _launched(kernels.through_frames, _FORWARD_WARPS, [(inputs_tgh, 3)], weights, frames)


@_with_leading_axes
def _back_through_frames(cotangent_th, slopes_t4h, kernel_ghh, frames):
    over_frames = [(cotangent_th, 2), (slopes_t4h, 3)]
    return _launched(
        kernels.back_through_frames, _BACK_WARPS, over_frames, [(kernel_ghh, 3)], frames
    )


def _launched(kernel, warps, over_frames, weights, frames):
    """The kernel's result with the arguments' leading axes, shape (..., T, H).

    Args:
        kernel: From `kernels`.
        warps: Warps of a block by padded hidden size.
        over_frames: Its arrays over frames, each with how many axes are its own.
        weights: Its weights, each with how many axes are its own.
        frames: How many frames of each recording are no padding, shape (...).
    """
    first, own = over_frames[0]
    frame_count, hidden_size = first.shape[-own], first.shape[-1]
    of_weights = np.broadcast_shapes(*(_leading_axes(*array) for array in weights))
    axes = np.broadcast_shapes(
        frames.shape, of_weights, *(_leading_axes(*array) for array in over_frames)
    )
    distinct = len(axes)  # axes along which the weights differ; recordings come after them
    while distinct and of_weights[distinct - 1] == 1:
        distinct -= 1
    padded = max(16, 1 << (hidden_size - 1).bit_length())
    result = jax.ShapeDtypeStruct((math.prod(axes), frame_count, hidden_size), jnp.float32)
    result_pth = jax_triton.triton_call(
        *(_of_programs(array, own, axes) for array, own in over_frames),
        *(_of_programs(array, own, axes[:distinct]) for array, own in weights),
        _of_programs(frames.astype(jnp.int32), 0, axes),
        0,  # `unaligned`
        frame_count,
        kernel=kernel,
        grid=(math.prod(axes),),
        num_warps=warps[padded],
        H=hidden_size,
        PADDED=padded,
        SHARING=math.prod(axes[distinct:]),
        **{_RESULT_TYPE: result},
    )
    return result_pth.reshape(*axes, frame_count, hidden_size)


def _leading_axes(array, own):
    return array.shape[: array.ndim - own]


def _of_programs(array, own, axes):
    """An array with one axis for all programs instead of its leading ones, shared ones repeated."""
    own_shape = array.shape[array.ndim - own :]
    leading = _leading_axes(array, own)[: len(axes)]
    repeated = jnp.broadcast_to(array.reshape(*leading, *own_shape), (*axes, *own_shape))
    return repeated.reshape(math.prod(axes), *own_shape)
