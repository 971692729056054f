"""The columns of a table of features: times, whose features they are, and the features."""

import re
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from affdyn_jax.corpora.avec_tables import listed
from affdyn_jax.errors import CorpusError

# AVEC's, openSMILE's and MuSe's, and those of openSMILE's Python package.
_TIMES = ("timestamp", "frametime", "time", "start")
_NAMES = ("name", "instance_name", "file")

# What these programs write besides: the number and the length of a frame, a dummy of Weka's
# class, the label segment.
_OTHERS = ("frameindex", "framelength", "end", "class", "segment_id")

# openSMILE's, where nobody names the recording.
_UNNAMED = "unknown"


class FeatureColumns(NamedTuple):
    """Where a row has the time, and the recording's name if it has one; and the F features."""

    times: int
    names: int | None
    features: tuple[int, ...]


def feature_columns(where: str, header: Sequence[str]) -> FeatureColumns:
    """Tell the columns by their names, in any case.

    Args:
        where: File and line, for messages.
        header: The names of all columns.

    Raises:
        CorpusError: There are no times or two columns of them, a name comes twice, or there is
            no feature.
    """
    plain = [name.strip().casefold() for name in header]
    times = [index for index, name in enumerate(plain) if name in _TIMES]
    if len(times) != 1:
        raise CorpusError(
            f"{where}: {len(times) or 'no'} column{'s' * (len(times) > 1)} of times among "
            f"{listed(header)}; call one 'frameTime', 'timestamp' or 'time'"
        )
    twice = [name for index, name in enumerate(header) if name in header[:index]]
    if twice:
        raise CorpusError(f"{where}: column {twice[0]!r:.80} comes twice")
    names = [index for index, name in enumerate(plain) if name in _NAMES]
    others = {*times, *names, *(index for index, name in enumerate(plain) if name in _OTHERS)}
    features = tuple(index for index in range(len(header)) if index not in others)
    if not features:
        raise CorpusError(f"{where}: no features among {listed(header)}")
    return FeatureColumns(times[0], names[0] if names else None, features)


def check_name(name: str, recording: str, where: str) -> None:
    """Refuse a row of another recording.

    Args:
        name: The recording's name, that of a file of it, or openSMILE's `unknown`.
        recording: The recording.
        where: File and line, for messages.

    Raises:
        CorpusError: It is another one's.
    """
    plain = name.strip().strip("'\"")
    if plain not in (recording, _UNNAMED) and Path(re.sub(r"\\", "/", plain)).stem != recording:
        raise CorpusError(f"{where}: name is {plain!r:.80}, but the recording is '{recording}'")
