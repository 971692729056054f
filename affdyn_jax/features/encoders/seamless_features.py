"""What w2v-BERT hears: Kaldi's log energies in mel bands, normalised over a recording.

Agrees with transformers' `SeamlessM4TFeatureExtractor`. Shape letters: M frames at 100 Hz, B bands,
T pairs of frames.
"""

import functools
from collections.abc import Iterable
from typing import NamedTuple

import numpy as np

from affdyn_jax.features.audio import SAMPLE_RATE
from affdyn_jax.features.encoders.mel_energies import FRAME_LENGTH, HOP, frames_of, mel_energies

BANDS = 80

# What the network reads at once: two neighbouring frames.
STACKED = 2

_LOWEST_HZ = 20.0
_TRANSFORM_LENGTH = 512
_PREEMPHASIS = 0.97
# Kaldi's samples are integers of 16 bits.
_FULL_SCALE = 1 << 15
# The rounding step of single precision at 1, which Kaldi takes for the least energy.
_ENERGY_FLOOR = float(np.finfo(np.float32).eps)
_VARIANCE_FLOOR = 1e-7

# The same in JSON's words, named as in `torchaudio.compliance.kaldi.fbank`.
DESCRIBED = {
    "recording_normalised": "each band",
    "variance": "divided by the number of frames less 1",
    "variance_floor": _VARIANCE_FLOOR,
    "samples_multiplied_by": _FULL_SCALE,
    "fbank": {
        "sample_frequency": SAMPLE_RATE,
        "frame_length": 1000 * FRAME_LENGTH / SAMPLE_RATE,
        "frame_shift": 1000 * HOP / SAMPLE_RATE,
        "window_type": "povey",
        "num_mel_bins": BANDS,
        "low_freq": _LOWEST_HZ,
        "preemphasis_coefficient": _PREEMPHASIS,
        "remove_dc_offset": True,
        "dither": 0.0,
        "snip_edges": True,
    },
    "frames_stacked": STACKED,
}


class BandLevels(NamedTuple):
    """Mean and deviation of each band over a whole recording.

    Attributes:
        sample_count: The recording's length in samples.
        mean_b: Shape (B,).
        deviation_b: Shape (B,); what normalised features have been divided by.
    """

    sample_count: int
    mean_b: np.ndarray
    deviation_b: np.ndarray

    @classmethod
    def of(cls, blocks: Iterable[np.ndarray]) -> "BandLevels":
        """Those of a recording that is read block by block, shape (S,) each, at 16 kHz.

        Of a recording that is too short for two frames, they are NaN.
        """
        sample_count = frame_count = 0
        total_b, squares_b = np.zeros(BANDS), np.zeros(BANDS)
        held = np.empty(0, np.float32)
        for block in blocks:
            sample_count += len(block)
            held = np.concatenate([held, block])
            levels_mb = log_energies(held).astype(np.float64)
            held = held[len(levels_mb) * HOP :]
            frame_count += len(levels_mb)
            total_b += levels_mb.sum(0)
            squares_b += np.square(levels_mb).sum(0)
        with np.errstate(divide="ignore", invalid="ignore"):
            mean_b = total_b / frame_count
            variance_b = np.maximum(squares_b - frame_count * mean_b**2, 0) / (frame_count - 1)
        return cls(sample_count, mean_b, np.sqrt(variance_b + _VARIANCE_FLOOR))

    def normalised(self, samples: np.ndarray) -> np.ndarray:
        """The network's input of a window of the recording.

        Args:
            samples: The window's, shape (S,), at 16 kHz.

        Returns:
            Shape (T, 2 B), float32: each row two frames. A single one at the end is left out.
        """
        levels_mb = (log_energies(samples) - self.mean_b) / self.deviation_b
        pairs = len(levels_mb) // STACKED
        return levels_mb[: pairs * STACKED].reshape(pairs, -1).astype(np.float32)


def log_energies(samples: np.ndarray) -> np.ndarray:
    """Log energies of the frames that lie within samples, shape (M, B), float32.

    Args:
        samples: Shape (S,), full scale ±1, at 16 kHz.
    """
    energies_mb = mel_energies(frames_of(samples), _windowed, _filters())
    return np.log(np.maximum(energies_mb, _ENERGY_FLOOR)).astype(np.float32)


def _windowed(frames_ms: np.ndarray) -> np.ndarray:
    """Frames without their mean, their high frequencies raised, faded in and out."""
    frames_ms = _FULL_SCALE * frames_ms
    frames_ms -= frames_ms.mean(1, keepdims=True)
    before_ms = np.concatenate([frames_ms[:, :1], frames_ms[:, :-1]], axis=1)
    return (frames_ms - _PREEMPHASIS * before_ms) * _povey(frames_ms.shape[1])


@functools.cache
def _povey(length: int) -> np.ndarray:
    return np.hanning(length) ** 0.85


@functools.cache
def _filters() -> np.ndarray:
    """Triangles of one height and, on Kaldi's mel scale, one width, shape (B, bins)."""
    edges = np.linspace(_mel(_LOWEST_HZ), _mel(SAMPLE_RATE / 2), BANDS + 2)[:, None]
    bins_f = _mel(np.arange(_TRANSFORM_LENGTH // 2 + 1) * SAMPLE_RATE / _TRANSFORM_LENGTH)
    rising_bf = (bins_f - edges[:-2]) / (edges[1:-1] - edges[:-2])
    falling_bf = (edges[2:] - bins_f) / (edges[2:] - edges[1:-1])
    return np.maximum(0, np.minimum(rising_bf, falling_bf))


def _mel(hertz: np.ndarray | float) -> np.ndarray:
    return 1127 * np.log1p(np.asarray(hertz) / 700)
