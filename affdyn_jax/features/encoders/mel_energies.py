"""Energies of frames of samples in mel bands, which spectral front ends are built on."""

from collections.abc import Callable

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

# At 16 kHz, of all front ends here: 25 ms every 10 ms.
FRAME_LENGTH = 400
HOP = 160

# Frames whose spectra are computed together: some 30 MB, however many there are.
_BLOCK = 4096


def frames_of(samples: np.ndarray) -> np.ndarray:
    """The frames that lie within samples, shape (S,), as a view of shape (M, FRAME_LENGTH)."""
    if len(samples) < FRAME_LENGTH:
        return np.empty((0, FRAME_LENGTH), samples.dtype)
    return sliding_window_view(samples, FRAME_LENGTH)[::HOP]


def mel_energies(
    frames_ms: np.ndarray,
    windowed: Callable[[np.ndarray], np.ndarray],
    filters_bf: np.ndarray,
) -> np.ndarray:
    """Energies of M frames in B mel bands, shape (M, B), in double precision.

    In single precision the Fourier transform's rounding, which is relative to the loudest
    frequency, would be heard in the logarithm of the weakest band.

    Args:
        frames_ms: Samples, shape (M, FRAME_LENGTH).
        windowed: Makes of some frames, in double precision, what is transformed.
        filters_bf: Weights of the frequency bins in each band, shape (B, bins).
    """
    transform_length = 2 * (filters_bf.shape[1] - 1)
    energies_mb = np.empty((len(frames_ms), len(filters_bf)))
    for start in range(0, len(frames_ms), _BLOCK):
        block_ms = windowed(frames_ms[start : start + _BLOCK].astype(np.float64))
        spectrum_mf = np.fft.rfft(block_ms, transform_length)
        power_mf = spectrum_mf.real**2 + spectrum_mf.imag**2
        energies_mb[start : start + _BLOCK] = power_mf @ filters_bf.T
    return energies_mb
