"""Ratings as CARMA saves them: nine lines about the rating, then a time and a value in each row.

    Time of Rating,26-Nov-2014 10:12:31
    Multimedia File,anna_1.wav
    Lower Label,very negative
    Upper Label,very positive
    Minimum Value,-100
    Maximum Value,100
    Number of Steps,9
    Second,Rating
    %%%%%%,%%%%%%
    0.25,7.8
    0.5,NaN

As `fig_collect_mouse.m` of https://github.com/jmgirard/CARMA writes it and `fig_review.m` reads it.
CARMA averages the slider over bins and writes when each of them ends, so its times are moved to
where the bins begin. Files with samples at irregular times, such as MSP-Conversation's, have the
same header; their times stay as they are.
"""

import re
from array import array
from contextlib import closing
from itertools import islice
from pathlib import Path

import numpy as np

from affdyn_jax.corpora.avec_tables import check_times, number
from affdyn_jax.corpora.rating_trace import RatingTrace
from affdyn_jax.corpora.text_lines import read_lines
from affdyn_jax.errors import CorpusError

_HEADER_LINES = 9
_END_OF_HEADER = re.compile(r'"?%{6}"?,"?%{6}"?')

# MATLAB writes times with four decimals.
_ROUNDING_S = 1e-3


def is_carma(head: str) -> bool:
    """Whether a file that begins so was saved by CARMA."""
    lines = head.splitlines()
    return len(lines) >= _HEADER_LINES and bool(
        _END_OF_HEADER.fullmatch(lines[_HEADER_LINES - 1].strip())
    )


def read_carma(path: Path) -> RatingTrace:
    """Read the ratings that CARMA saved.

    Raises:
        CorpusError: The file is malformed; the message says where.
    """
    numbers, times_s, values_s = array("q"), array("d"), array("d")
    with closing(read_lines(path)) as lines:
        header = [line.strip().replace('"', "") for line in islice(lines, _HEADER_LINES)]
        for line, row in enumerate(lines, start=_HEADER_LINES + 1):
            if not row.strip():
                continue
            where, fields = f"{path}:{line}", row.strip().replace('"', "").split(",")
            if len(fields) != 2:
                raise CorpusError(
                    f"{where}: {row.strip()!r:.80} has {len(fields)} fields, expected the second "
                    "and the rating; save the file anew from CARMA, or leave it out"
                )
            numbers.append(line)
            times_s.append(number(fields[0], where, "Second"))
            is_blank = fields[1].strip().casefold() == "nan"
            values_s.append(np.nan if is_blank else number(fields[1], where, "Rating"))
    if not numbers:
        raise CorpusError(f"{path}:{_HEADER_LINES}: no ratings follow this line")
    times_s, line_s = np.asarray(times_s), np.asarray(numbers)
    check_times(path, times_s, line_s)
    layout = f"CARMA, {_scale(header)}"
    bin_s = times_s[0]
    if bin_s > 0 and np.allclose(
        times_s, bin_s * np.arange(1, len(times_s) + 1), rtol=0, atol=_ROUNDING_S
    ):
        times_s = times_s - bin_s
        layout += f", bins of {bin_s:g} s, whose ends the file has"
    return RatingTrace(path, times_s, np.asarray(values_s)[:, None], ("",), line_s, layout=layout)


def _scale(header: list[str]) -> str:
    lowest, highest = (header[line].rpartition(",")[2] for line in (4, 5))
    return f"rated from {lowest} to {highest}"
