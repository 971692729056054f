"""A recording as Python has it, a file or samples, on its way to a model."""

import functools
from pathlib import Path

import numpy as np

from affdyn_jax.errors import AudioError
from affdyn_jax.features.audio import (
    audio_blocks,
    checked_samples,
    cut,
    read_header,
    resampled,
    warn_of_low_rate,
)
from affdyn_jax.features.extractor import Blocks
from affdyn_jax.prediction.rows import SAMPLES


def sound_of(
    audio: np.ndarray | str | Path, sample_rate: float | None
) -> tuple[Blocks, Path | str]:
    """The samples of a recording at 16 kHz, block by block, and what messages call it.

    Args:
        audio: An audio file, or samples of shape (S,), floating point, full scale ±1.
        sample_rate: Of the samples, in Hz.

    Raises:
        AudioError: The file cannot be read, the samples are of another shape or kind, NaN or
            infinite, or their rate is missing.
    """
    if isinstance(audio, str | Path):
        if sample_rate is not None:
            raise AudioError(f"{audio}: an audio file has its own rate; leave sample_rate out")
        path = Path(audio)
        warn_of_low_rate(read_header(path).rate, path)
        return functools.partial(audio_blocks, path), path
    if sample_rate is None:
        raise AudioError("samples without their rate; give sample_rate, in Hz")
    samples = checked_samples(audio, sample_rate)
    return lambda: resampled(cut(samples), sample_rate), SAMPLES
