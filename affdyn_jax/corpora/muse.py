"""Label segments of the MuSe challenges: milliseconds, a value, and the segment it belongs to.

    timestamp,value,segment_id
    15500,0.1234,1
    15750,0.1312,1

Files `label_segments/<dimension>/<recording>.csv` of MuSe-CaR and Ulm-TSST, one for each dimension,
with 4 or 2 values a second, as `end2you/generator/read_features.py` of
https://github.com/lstappen/MuSe2020 reads them. Segments leave gaps between them. Values are blank
where the challenge withheld them.
"""

import csv
from array import array
from contextlib import closing
from pathlib import Path

import numpy as np

from affdyn_jax.corpora.avec_tables import check_times, number
from affdyn_jax.corpora.rating_trace import RatingTrace
from affdyn_jax.corpora.text_lines import read_lines
from affdyn_jax.errors import CorpusError

_HEADER = ["timestamp", "value", "segment_id"]


def is_muse(head: str) -> bool:
    """Whether a file that begins so has MuSe's label segments."""
    first, *_ = head.splitlines() or [""]
    return [field.strip().strip('"') for field in first.split(",")] == _HEADER


def read_muse(path: Path) -> RatingTrace:
    """Read the label segments of one recording.

    Raises:
        CorpusError: The file is malformed; the message says where.
    """
    numbers, times_s, values_s, segments = array("q"), array("d"), array("d"), set()
    with closing(read_lines(path)) as lines:
        next(lines)
        for line, row in enumerate(lines, start=2):
            if not row.strip():
                continue
            where, fields = f"{path}:{line}", next(csv.reader([row]))
            if len(fields) != len(_HEADER):
                raise CorpusError(
                    f"{where}: {row.strip()!r:.80} has {len(fields)} fields, the header "
                    f"{len(_HEADER)}"
                )
            time, value, segment = fields
            numbers.append(line)
            times_s.append(number(time, where, "timestamp") / 1000)
            values_s.append(number(value, where, "value", blank_is_nan=True))
            segments.add(segment)
    if not numbers:
        raise CorpusError(f"{path}:1: no rows follow this line")
    times_s, line_s = np.asarray(times_s), np.asarray(numbers)
    check_times(path, times_s, line_s)
    layout = f"MuSe's label segments, {len(segments)} of them, times in milliseconds"
    return RatingTrace(path, times_s, np.asarray(values_s)[:, None], ("",), line_s, layout=layout)
