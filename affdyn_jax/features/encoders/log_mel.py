"""What Whisper hears of its 30 s: logarithms of energies in mel bands, 100 a second."""

import functools
from typing import Any

import librosa
import numpy as np

from affdyn_jax.features.audio import SAMPLE_RATE
from affdyn_jax.features.encoders.mel_energies import FRAME_LENGTH, HOP, frames_of, mel_energies

_ENERGY_FLOOR = 1e-10

# Bands weaker than the window's loudest by more than this, in powers of ten, count as silent.
_RANGE = 8.0

# Brings the result to about -1 to 1.5.
_ADDED = 4.0


def log_mel(samples: np.ndarray, bands: int) -> np.ndarray:
    """The input of Whisper, as transformers' `WhisperFeatureExtractor` computes it with NumPy.

    Frames are centred on every 160th sample; at both ends the samples are mirrored. The range
    of loudness goes by the loudest band of all frames.

    Args:
        samples: A whole window at 16 kHz, silence at its end included, shape (S,).
        bands: B, 80 or 128 in published checkpoints.

    Returns:
        Shape (S // HOP, B), float32.
    """
    mirrored = np.pad(samples, FRAME_LENGTH // 2, mode="reflect")
    # As Whisper was trained, without the frame that is centred on the end.
    frames_ms = frames_of(mirrored)[: len(samples) // HOP]
    energies_mb = mel_energies(frames_ms, lambda block_ms: block_ms * _hann(), _filters(bands))
    levels_mb = np.log10(np.maximum(energies_mb, _ENERGY_FLOOR))
    audible_mb = np.maximum(levels_mb, levels_mb.max() - _RANGE)
    return ((audible_mb + _ADDED) / _ADDED).astype(np.float32)


def described(bands: int) -> dict[str, Any]:
    """The same in JSON's words: the arguments of librosa's `melspectrogram`, and what follows."""
    return {
        "recording_normalised": False,
        "shorter_recordings": "filled up with zeros to a window",
        "melspectrogram": {
            "sr": SAMPLE_RATE,
            "n_fft": FRAME_LENGTH,
            "hop_length": HOP,
            "window": "hann",
            "center": True,
            "pad_mode": "reflect",
            "power": 2.0,
            "n_mels": bands,
            "htk": False,
            "norm": "slaney",
        },
        "last_frame": "left out",
        "energy_floor": _ENERGY_FLOOR,
        "logarithm": "base 10",
        "range_below_loudest_of_window": _RANGE,
        "added": _ADDED,
        "divided_by": _ADDED,
        "frames_of_energies_per_frame": 2,
    }


@functools.cache
def _hann() -> np.ndarray:
    return librosa.filters.get_window("hann", FRAME_LENGTH)


@functools.cache
def _filters(bands: int) -> np.ndarray:
    return librosa.filters.mel(sr=SAMPLE_RATE, n_fft=FRAME_LENGTH, n_mels=bands, dtype=np.float64)
