"""Whether a file of ratings counts time in seconds or in milliseconds, where it does not say so."""

import dataclasses
from pathlib import Path

import numpy as np
import soundfile

from affdyn_jax.corpora.avec_tables import check_times
from affdyn_jax.corpora.plain_tables import MS_PER_S
from affdyn_jax.corpora.rating_trace import RatingTrace
from affdyn_jax.errors import CorpusError
from affdyn_jax.method.grid import FRAME_RATES

# Of the file's unit. Nobody rates a thousand times a second, so that smaller ones are of seconds.
_SMALLEST_STEP = 1.0

# By how much ratings may outlast the audio.
_TOLERANCE_S = 1.0

_SECONDS = "write the times in seconds, in a column 'seconds'"


def in_seconds(trace: RatingTrace, audio: Path | None) -> RatingTrace:
    """The trace with times in seconds; what told their unit is added to its layout.

    They are milliseconds if half of the audio or more is rated then. Without audio they are if
    as seconds they were further apart than the frames of any grid.

    Raises:
        CorpusError: The audio's length speaks against either.
    """
    if not trace.may_be_milliseconds:
        return trace
    if _step(trace) < _SMALLEST_STEP:
        return _checked(trace, "seconds, by their steps")
    length = _length(audio)
    last = trace.times_s[-1]
    if length is None:
        if _step(trace) > 1 / FRAME_RATES[0]:
            return _checked(_divided(trace), "milliseconds, by their steps")
        return _checked(trace, "seconds, by their steps")
    if last <= length + _TOLERANCE_S:
        return _checked(trace, "seconds, by the audio's length")
    if length / 2 <= last / MS_PER_S <= length + _TOLERANCE_S:
        return _checked(_divided(trace), "milliseconds, by the audio's length")
    raise CorpusError(
        f"{trace.path}: times go to {last:g}, but {audio} lasts {length:.4g} s, so they are "
        f"neither seconds nor milliseconds; {_SECONDS}"
    )


def _step(trace: RatingTrace) -> float:
    """The usual one between two times."""
    return float(np.median(np.diff(trace.times_s))) if len(trace.times_s) > 1 else 0.0


def _length(audio: Path | None) -> float | None:
    """Of the audio in seconds; None without audio, or where it cannot be read, as is told later."""
    if audio is None:
        return None
    try:
        return soundfile.info(audio).duration
    except (OSError, soundfile.SoundFileError):
        return None


def _divided(trace: RatingTrace) -> RatingTrace:
    return dataclasses.replace(trace, times_s=trace.times_s / MS_PER_S)


def _checked(trace: RatingTrace, unit: str) -> RatingTrace:
    check_times(trace.path, trace.times_s, trace.line_s)
    return dataclasses.replace(trace, may_be_milliseconds=False, layout=f"{trace.layout} ({unit})")
