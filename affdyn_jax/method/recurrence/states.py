"""The states of a GRU over all frames, and their derivative by hand.

The same as `equations.scanned_states` in less time. The derivative carries only the cotangent of
the state from frame to frame. Everything else is a product over all frames together, before or
after: the gates again, the factors of each frame's derivative, and the gradients of the weights.
Frames of padding are skipped.
"""

import contextlib
import contextvars
from collections.abc import Callable, Iterator
from typing import NamedTuple

import jax
import jax.numpy as jnp

from affdyn_jax.method.recurrence import loop, scan
from affdyn_jax.method.recurrence.equations import Gates, gates_of


class Recurrence(NamedTuple):
    """What runs the two loops over frames.

    Attributes:
        through_frames: As `loop.through_frames`.
        back_through_frames: As `loop.back_through_frames`.
        is_parallel: Whether several recordings at once take less time than one after the other,
            and each skips its own padding.
    """

    through_frames: Callable[..., jax.Array]
    back_through_frames: Callable[..., jax.Array]
    is_parallel: bool


LOOP = Recurrence(loop.through_frames, loop.back_through_frames, is_parallel=False)
SCAN = Recurrence(scan.through_frames, scan.back_through_frames, is_parallel=True)

_recurrence = contextvars.ContextVar("recurrence", default=LOOP)


@contextlib.contextmanager
def running_by(recurrence: Recurrence) -> Iterator[None]:
    """Within it, programs are traced with another recurrence than XLA's loop."""
    token = _recurrence.set(recurrence)
    try:
        yield
    finally:
        _recurrence.reset(token)


def current() -> Recurrence:
    """The recurrence that programs are traced with."""
    return _recurrence.get()


def from_input(inputs_tf: jax.Array, kernel_ghf: jax.Array) -> jax.Array:
    """Product of the input in all frames, (T, F), and each gate's weights, shape (T, 3, H).

    One product on GPUs, whose kernel reads the gates as they lie. XLA's loop reads each gate by
    itself, and taking one product apart for it costs a tenth of a small network's step.
    """
    if current().is_parallel:
        return jnp.einsum("tf,ghf->tgh", inputs_tf, kernel_ghf)
    of_gates = (jnp.einsum("tf,hf->th", inputs_tf, kernel_hf) for kernel_hf in kernel_ghf)
    return jnp.stack([*of_gates], axis=1)


@jax.custom_vjp
def states(
    inputs_tgh: jax.Array, kernel_ghh: jax.Array, candidate_bias_h: jax.Array, frames: jax.Array
) -> jax.Array:
    """States after each frame, shape (T, H), from a zero state.

    In the padding they are 0, and no loss may look at them.

    Args:
        inputs_tgh: What each gate takes from the input, with every bias but one, shape
            (T, 3, H); the gates are PyTorch's: reset, update, candidate.
        kernel_ghh: Recurrent weights of the gates, from column to row, shape (3, H, H).
        candidate_bias_h: The recurrent bias of the candidate, shape (H,).
        frames: How many of the T frames are no padding, an integer.
    """
    return current().through_frames(inputs_tgh, kernel_ghh, candidate_bias_h, frames)


def _states_forward(inputs_tgh, kernel_ghh, candidate_bias_h, frames):
    hidden_th = states(inputs_tgh, kernel_ghh, candidate_bias_h, frames)
    return hidden_th, (inputs_tgh, kernel_ghh, candidate_bias_h, frames, hidden_th)


def _states_backward(residuals, cotangent_th):
    """Backpropagation through time; a slope is a derivative of the state after a frame.

    With q = W_n h + b_n the recurrent part of the candidate n = tanh(a_n + r q), and the new
    state (1 - z) n + z h, the slopes by the arguments of the three gates and by q are those
    of one frame alone. Only the cotangent of the state goes from frame to frame.
    """
    inputs_tgh, kernel_ghh, candidate_bias_h, frames, hidden_th = residuals
    last_th = jnp.pad(hidden_th[:-1], ((1, 0), (0, 0)))
    inputs = gates_of(inputs_tgh, 1)
    recurrent = gates_of(jnp.einsum("tk,ghk->tgh", last_th, kernel_ghh), 1)
    reset_th = jax.nn.sigmoid(inputs.reset + recurrent.reset)
    update_th = jax.nn.sigmoid(inputs.update + recurrent.update)
    recurrent_th = recurrent.candidate + candidate_bias_h[None]
    candidate_th = jnp.tanh(inputs.candidate + reset_th * recurrent_th)

    candidate_slope_th = (1.0 - update_th) * (1.0 - candidate_th**2)
    recurrent_slope_th = candidate_slope_th * reset_th
    gate_slopes = Gates(
        reset=candidate_slope_th * recurrent_th * reset_th * (1.0 - reset_th),
        update=(last_th - candidate_th) * update_th * (1.0 - update_th),
        candidate=candidate_slope_th,
    )
    slopes = gate_slopes._replace(candidate=recurrent_slope_th)
    total_th = current().back_through_frames(cotangent_th, update_th, slopes, kernel_ghh, frames)

    of_inputs_tgh = jnp.stack([total_th * slope_th for slope_th in gate_slopes], axis=1)
    of_recurrent_tgh = jnp.stack([total_th * slope_th for slope_th in slopes], axis=1)
    of_kernel_ghh = jnp.einsum("tgh,tk->ghk", of_recurrent_tgh, last_th)
    return of_inputs_tgh, of_kernel_ghh, jnp.sum(of_recurrent_tgh[:, 2], axis=0), None


states.defvjp(_states_forward, _states_backward)
