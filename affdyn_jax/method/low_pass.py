"""A low-pass layer: a windowed sinc whose cut-off is trained, one for each task (§5).

A filtered value is a weighted mean of the value in the middle and its neighbours on both sides. A
centred filter waits for those to come; a causal one takes a middle that lies far enough back.

Before its first frame a recording counts as holding its first value, after its last frame the last
one. To leave out what does not exist and weigh the rest more would divide by 0 in the first frames
of a causal filter, which have the outermost weights alone.
"""

import dataclasses
from collections.abc import Collection, Sequence
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

from affdyn_jax.method.low_pass_kinds import CAUSAL, CENTRED, NONE

# Seconds on each side. The more, the smoother a kernel can be: at most as its window, which at 4 Hz
# halves the amplitude at 0.11 Hz (centred) or 0.44 Hz (causal). But live rows come that much later
# (centred), or what they say is that much older (causal): within 1 s the autocorrelation of SEWA's
# arousal falls to .86, within 5 s to .26.
_REACH_S = {CENTRED: 4.0, CAUSAL: 1.0}


@dataclasses.dataclass(frozen=True)
class LowPass:
    """What is known of the layer before training.

    Attributes:
        kind: `centred`, which hears the future, or `causal`, which is the same kernel over the
            past alone.
        frame_rate: Hz.
    """

    kind: str
    frame_rate: float

    @property
    def reach(self) -> int:
        """R, the frames on each side."""
        return max(round(_REACH_S[self.kind] * self.frame_rate), 1)

    @property
    def wait(self) -> int:
        """Frames that have to come before one can be filtered."""
        return self.reach if self.kind == CENTRED else 0

    @property
    def lag(self) -> int:
        """Frames by which what comes out is older than what goes in."""
        return self.reach - self.wait

    @property
    def nyquist(self) -> float:
        """Half the frame rate, Hz: with a cut-off from here on the layer does nothing."""
        return self.frame_rate / 2

    @property
    def initial_cutoff(self) -> float:
        """Hz, half of that: training moves it either way."""
        return self.nyquist / 2

    def changes(self, cutoff_k: np.ndarray) -> bool:
        """Whether the layer does anything with one of these cut-offs."""
        return bool((np.abs(cutoff_k) < np.float32(self.nyquist)).any())


def low_pass_of(kinds: Collection[str], frame_rate: float) -> LowPass | None:
    """The layer of a sweep whose lanes have these kinds, of which one at most is a filter."""
    filters = [kind for kind in kinds if kind != NONE]
    return LowPass(*filters, frame_rate) if filters else None


def kernel(cutoff_k: jax.Array, low_pass: LowPass) -> jax.Array:
    """Weight of the value in the middle, then of those 1, 2, … R frames away on either side.

    All weights sum to 1. They are `scipy.signal.firwin`'s of 2R+1 taps with its default window; at
    the Nyquist frequency only the first one is not 0 but for rounding.

    Args:
        cutoff_k: Where the amplitude is halved, in Hz, shape (K,); its sign means nothing.
        low_pass: The layer.

    Returns:
        Shape (R+1, K).
    """
    frames_r = np.arange(low_pass.reach + 1)
    window_r = 0.54 + 0.46 * np.cos(np.pi * frames_r / low_pass.reach)  # Hamming's
    frames_r1, window_r1 = (
        jnp.asarray(values_r[:, None], cutoff_k.dtype) for values_r in (frames_r, window_r)
    )
    weights_rk = window_r1 * jnp.sinc(frames_r1 * cutoff_k[None] / low_pass.nyquist)
    return weights_rk / (2.0 * jnp.sum(weights_rk, axis=0) - weights_rk[0])[None]


def low_passed(
    values_tk: jax.Array, frames: jax.Array, cutoff_k: jax.Array, low_pass: LowPass
) -> jax.Array:
    """A recording's values filtered, shape (T, K).

    Args:
        values_tk: Shape (T, K); those from `frames` on may hold anything.
        frames: How many of them are no padding, an integer of 1 or more.
        cutoff_k: As of `kernel`.
        low_pass: The layer.
    """
    is_padding_t1 = (jnp.arange(values_tk.shape[0]) >= frames)[:, None]
    # NaN would survive in the gradient of what is computed of it.
    values_tk = jnp.where(is_padding_t1, values_tk[frames - 1][None], values_tk)
    first_1k, last_1k = values_tk[:1], values_tk[-1:]
    before = jnp.repeat(first_1k, low_pass.reach + low_pass.lag, axis=0)
    after = jnp.repeat(last_1k, low_pass.wait, axis=0)
    return _filtered(jnp.concatenate([before, values_tk, after]), cutoff_k, low_pass)


class Heard(NamedTuple):
    """What a piece of a recording leaves for the next one.

    Attributes:
        last_rk: The last 2R values, shape (2R, K); before the first value its copies.
        is_begun: Whether there was any.
    """

    last_rk: jax.Array
    is_begun: jax.Array


def nothing_heard(leading: Sequence[int], task_count: int, low_pass: LowPass) -> Heard:
    """What is carried before the first piece, zeros alone, with leading axes."""
    return Heard(
        np.zeros((*leading, 2 * low_pass.reach, task_count), np.float32), np.zeros(leading, bool)
    )


def continued(
    values_tk: jax.Array,
    frames: jax.Array,
    heard: Heard,
    cutoff_k: jax.Array,
    low_pass: LowPass,
) -> tuple[jax.Array, Heard]:
    """The next values of a recording that arrives piece by piece.

    Args:
        values_tk: Shape (T, K).
        frames: How many of them are no padding, an integer of 1 or more.
        heard: What the piece before has left.
        cutoff_k: As of `kernel`.
        low_pass: The layer.

    Returns:
        What these frames complete, `wait` frames late: shape (T, K), which means nothing in the
        padding, nor in the first `wait` frames of all. And what is left for the next piece.
    """
    last_rk = jnp.where(heard.is_begun, heard.last_rk, values_tk[:1])
    values_sk = jnp.concatenate([last_rk, values_tk])
    last_rk = jax.lax.dynamic_slice_in_dim(values_sk, frames, len(last_rk))
    return _filtered(values_sk, cutoff_k, low_pass), Heard(last_rk, jnp.bool_(True))


def rest(heard: Heard, cutoff_k: jax.Array, low_pass: LowPass) -> jax.Array:
    """What was still to come when the recording ended, shape (`wait`, K)."""
    after = jnp.repeat(heard.last_rk[-1:], low_pass.wait, axis=0)
    return _filtered(jnp.concatenate([heard.last_rk, after]), cutoff_k, low_pass)


def _filtered(values_sk: jax.Array, cutoff_k: jax.Array, low_pass: LowPass) -> jax.Array:
    """All values that have R neighbours on both sides, filtered: shape (S-2R, K).

    One product of matrices for each task, B = 2R frames at a time: as a convolution, kernels that
    differ from lane to lane take many times as long. From the Nyquist frequency on, values are
    taken as they are; a causal kernel would delay them even there.
    """
    block = 2 * low_pass.reach
    count, tasks = values_sk.shape[0] - block, values_sk.shape[1]
    blocks = -(-count // block)
    padded_ks = jnp.pad(values_sk.T, ((0, 0), (0, (blocks + 1) * block - values_sk.shape[0])))
    in_blocks_knb = padded_ks.reshape(tasks, blocks + 1, block)
    windows_knw = jnp.concatenate([in_blocks_knb[:, :-1], in_blocks_knb[:, 1:]], axis=2)
    matrix_kbw = _of_a_block(kernel(cutoff_k, low_pass))
    filtered_knb = jnp.einsum("knw,kbw->knb", windows_knw, matrix_kbw, precision="highest")
    filtered_tk = filtered_knb.reshape(tasks, blocks * block)[:, :count].T
    of_now = low_pass.reach + low_pass.lag
    is_off_1k = (jnp.abs(cutoff_k) >= low_pass.nyquist)[None]
    return jnp.where(is_off_1k, values_sk[of_now : of_now + count], filtered_tk)


def _of_a_block(weights_rk: jax.Array) -> jax.Array:
    """The kernel as a matrix from the 2B values of a window to the B in its middle: (K, B, 2B).

    Each row has the kernel one place further on than the row above. So all rows after each other
    are one row, followed by a place more than it has, again and again.
    """
    reach = weights_rk.shape[0] - 1
    block = 2 * reach
    row_kp = jnp.concatenate([weights_rk[:0:-1], weights_rk]).T
    row_kp = jnp.pad(row_kp, ((0, 0), (0, block)))
    rows = jnp.tile(row_kp, (1, block))[:, : block * 2 * block]
    return rows.reshape(-1, block, 2 * block)
