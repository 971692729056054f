"""Which recurrence the devices run: the kernel where it is there, right and faster."""

import functools
import importlib.util
import logging
import time

import jax
import jax.numpy as jnp
import numpy as np
from jax.sharding import Mesh

from affdyn_jax.errors import RunError
from affdyn_jax.method.recurrence.states import LOOP, SCAN, Recurrence, running_by, states
from affdyn_jax.training.devices import fetch

log = logging.getLogger(__name__)

_FRAMES, _LANES, _ROUNDS = 256, 8, 5
_TOLERANCE = 1e-4  # relative to the largest value of each array


def recurrence_on(mesh: Mesh, wanted: str, hidden_size: int) -> Recurrence:
    """What runs the loops over frames of a hidden size; a log line on GPUs says which and why.

    Of several processes all have to call it, and all get the same.

    Args:
        mesh: The devices.
        wanted: As `TrainingSettings.recurrence`.
        hidden_size: H.

    Raises:
        RunError: The kernel is wanted, but cannot run or is wrong.
    """
    return _recurrence_on(mesh.devices[0].platform, wanted, hidden_size)


@functools.cache  # it is told and timed once
def _recurrence_on(platform: str, wanted: str, hidden_size: int) -> Recurrence:
    xlas = LOOP if platform == "cpu" else SCAN
    if wanted == "loop" or (platform != "gpu" and wanted == "auto"):
        return xlas
    fused, verdict = _tried(platform, hidden_size, wanted == "auto")
    if not fetch(np.array(fused is not None)).all():
        verdict = verdict if fused is None else "another process has no kernel"
        if wanted == "fused":
            raise RunError(f"training.recurrence=fused, but {verdict}; leave it at auto")
        log.info("recurrence, H = %d: XLA's loop, because %s", hidden_size, verdict)
        return xlas
    log.info("recurrence, H = %d: fused kernel, %s", hidden_size, verdict)
    return fused


def _tried(
    platform: str, hidden_size: int, has_to_be_faster: bool
) -> tuple[Recurrence | None, str]:
    """The kernel if it is right, and faster where it has to be; and what was found, in words."""
    if platform != "gpu":
        return None, f"the kernel is for GPUs, not for {platform}"
    if importlib.util.find_spec("jax_triton") is None:
        return None, "jax-triton is not installed (pip install 'affdyn_jax[gpu]')"
    try:
        from affdyn_jax.method.recurrence.fused import FUSED, LARGEST_HIDDEN_SIZE

        if hidden_size > LARGEST_HIDDEN_SIZE:
            return None, f"the kernel goes up to H = {LARGEST_HIDDEN_SIZE}"
        kernel_us, values = _timed(FUSED, hidden_size)
    except Exception as error:
        # Compilers and drivers raise what they like, and the loop does without them.
        first_line = str(error).strip().partition("\n")[0]
        return None, f"the kernel failed ({type(error).__name__}: {first_line})"
    loop_us, expected = _timed(SCAN, hidden_size)
    difference = max(
        float(np.max(np.abs(ours - theirs)) / np.max(np.abs(theirs)))
        for ours, theirs in zip(values, expected, strict=True)
    )
    if not difference <= _TOLERANCE:
        return None, f"the kernel's results differ by {difference:.1g}"
    if has_to_be_faster and kernel_us > loop_us:
        return None, f"the kernel takes {kernel_us:.1f} µs a frame and the loop {loop_us:.1f}"
    return FUSED, f"{kernel_us:.2f} µs a frame, forward and back (XLA's loop: {loop_us:.2f})"


def _timed(recurrence: Recurrence, hidden_size: int) -> tuple[float, list[np.ndarray]]:
    """Microseconds a frame, and the states and gradients of a small case of unequal lengths."""
    rng = np.random.default_rng(0)

    def normal(*shape: int) -> np.ndarray:
        return rng.normal(size=(_LANES, *shape)).astype(np.float32)

    inputs = normal(_FRAMES, 3, hidden_size)
    weights = normal(3, hidden_size, hidden_size) / hidden_size**0.5, normal(hidden_size)
    cotangent = normal(_FRAMES, hidden_size)
    frames = np.linspace(1, _FRAMES, _LANES).astype(np.int32)

    @jax.jit
    @jax.vmap
    def states_and_gradients(inputs_tgh, kernel_ghh, bias_h, cotangent_th, frames):
        def masked(*arguments):
            is_frame_t1 = (jnp.arange(_FRAMES) < frames)[:, None]
            return jnp.where(is_frame_t1, states(*arguments, frames), 0.0)

        hidden_th, pull_back = jax.vjp(masked, inputs_tgh, kernel_ghh, bias_h)
        return hidden_th, *pull_back(cotangent_th)

    arguments = jax.device_put((inputs, *weights, cotangent, frames), jax.local_devices()[0])
    seconds = []
    # The settings of both contexts are part of what is compiled.
    with jax.default_matmul_precision("float32"), running_by(recurrence):
        values = jax.block_until_ready(states_and_gradients(*arguments))
        for _ in range(_ROUNDS):
            start = time.perf_counter()
            jax.block_until_ready(states_and_gradients(*arguments))
            seconds.append(time.perf_counter() - start)
    return min(seconds) / _FRAMES * 1e6, [np.asarray(value) for value in values]
