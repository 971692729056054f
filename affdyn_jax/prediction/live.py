"""Live prediction: raw samples come in, a line of JSON goes out for every row."""

import json
from typing import BinaryIO, TextIO

import numpy as np
import pandas as pd

from affdyn_jax.errors import AudioError
from affdyn_jax.prediction.stream import Stream
from affdyn_jax.system.stop_requests import Stopped, interruptible

# The most that one read returns, in bytes; it returns what has arrived without waiting for more.
_AT_ONCE = 1 << 16

_FULL_SCALE = 32768.0

# The first bytes of files with headers, which are not raw samples.
_HEADERS = (b"RIFF", b"fLaC", b"OggS", b"FORM")


def follow(stream: Stream, sound: BinaryIO, lines: TextIO) -> None:
    """Predict while sound comes in, until it ends or the program is asked to stop.

    Args:
        stream: From `TrainedModel.stream`, of the sound's rate.
        sound: Raw samples: 16 bits, signed, little-endian, mono. Half a sample at the end
            is ignored.
        lines: Where each row is written as soon as it is known: its time in seconds and its
            columns, six decimals.

    Raises:
        AudioError: It is a file with a header, or holds no samples.
        FeatureError: All of it was too short for a frame of features.
    """
    read, heard = b"", 0
    while new := _next(sound):
        read += new
        if heard == 0 and len(read) < len(_HEADERS[0]):
            continue
        if heard == 0 and read.startswith(_HEADERS):
            raise AudioError(
                f"the sound begins with {read[:4].decode()!r}, as files with a header do; pipe "
                "raw samples: ffmpeg -i FILE -f s16le -ac 1 -ar 16000 -"
            )
        samples = np.frombuffer(read[: len(read) // 2 * 2], "<i2") / np.float32(_FULL_SCALE)
        read = read[2 * len(samples) :]
        heard += len(samples)
        _write(stream.add(samples), lines)
    if heard == 0:
        raise AudioError("the sound ended before its first sample; pipe raw samples")
    _write(stream.finish(), lines)


def _next(sound: BinaryIO) -> bytes:
    """The samples that arrive next; empty at the end, or where a stop was requested."""
    try:
        with interruptible():
            return sound.read1(_AT_ONCE)
    except Stopped:
        return b""


def _write(rows: pd.DataFrame, lines: TextIO) -> None:
    for time, values in zip(rows.index, rows.to_numpy(), strict=True):
        row = {"time": round(float(time), 6)}
        row |= {column: round(float(v), 6) for column, v in zip(rows, values, strict=True)}
        print(json.dumps(row), file=lines, flush=True)
