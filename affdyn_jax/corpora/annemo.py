"""Ratings as ANNEMO logs them: one file a rater, a line whenever the slider moves.

    "Friday, March 5th, 2021, 3:12:09 PM",1614953529123,rater_1,anna_1.mp4,arousal,12.04,0.13,true

The fields are the date, the client's clock, the rater, the video, the dimension, the time in the
video in seconds, the slider's value from -1 to 1, and whether the video plays; the line with which
a video ends has `false`. As `app.ts` and `static/js/components/video.tsx` of
https://github.com/cwi-dis/annemo write it, a rewrite of the tool with which RECOLA was rated. Lines
that begin with `Social` are of another questionnaire.

A value holds until the next one. Before the first one there is no rating, since the slider's
position is not logged until it moves. Raters may go back and rate again from there: the newer
ratings count.
"""

import csv
import reprlib
from contextlib import closing
from pathlib import Path

import numpy as np

from affdyn_jax.corpora.avec_tables import check_times, listed, number
from affdyn_jax.corpora.held_values import sample_held, sample_times
from affdyn_jax.corpora.rating_trace import RatingTrace
from affdyn_jax.corpora.text_lines import read_lines
from affdyn_jax.errors import CorpusError

_FIELDS = ("date", "clienttime", "subject", "video", "dimension", "time", "value", "playing")
_SOCIAL = "Social"

# Of one dimension: the line, the time and the value of each move of the slider.
_Moves = list[tuple[int, float, float]]


def is_annemo(head: str) -> bool:
    """Whether a file that begins so was logged by ANNEMO."""
    for fields in csv.reader(head.splitlines()):
        if fields[:1] != [_SOCIAL]:
            return len(fields) == len(_FIELDS) and fields[-1] in ("true", "false")
    return False


def read_annemo(path: Path, recording: str) -> RatingTrace:
    """Read what a rater said of one recording.

    Args:
        path: The rater's file.
        recording: Its video is called so, suffix aside.

    Raises:
        CorpusError: The recording was not rated, or the file is malformed; the message says where.
    """
    moves, repeated = _read_moves(path, recording)
    end_s = max(of_dimension[-1][1] for of_dimension in moves.values())
    check_times(path, np.array([end_s]), [max(m[-1][0] for m in moves.values())])
    times_s = sample_times(end_s)
    if not len(times_s):
        raise CorpusError(f"{path}: recording {recording!r} has ratings at 0 s only; rate it anew")
    values_sc = np.stack([_held(of_dimension, times_s) for of_dimension in moves.values()], axis=1)
    layout = "ANNEMO, values held until they change" + (
        f", {repeated} of them rated again later: the newer ratings count" if repeated else ""
    )
    line_s = np.full(len(times_s), min(of_dimension[0][0] for of_dimension in moves.values()))
    return RatingTrace(
        *(path, times_s, values_sc, tuple(moves), line_s), recording=recording, layout=layout
    )


def _read_moves(path: Path, recording: str) -> tuple[dict[str, _Moves], int]:
    """The moves of each dimension, and how many others were rated again later."""
    moves, videos, repeated = {}, {}, 0
    with closing(read_lines(path)) as lines:
        reader = csv.reader(lines, escapechar="\\")
        for fields in reader:
            if not fields or fields[0] == _SOCIAL:
                continue
            where = f"{path}:{reader.line_num}"
            if len(fields) != len(_FIELDS):
                raise CorpusError(
                    f"{where}: {reprlib.repr(','.join(fields))} has {len(fields)} fields, expected "
                    f"{', '.join(_FIELDS)}"
                )
            *_, video, dimension, time, value, _ = fields
            videos[video] = None
            if Path(video).stem == recording:
                move = reader.line_num, number(time, where, "time"), number(value, where, "value")
                repeated += _append(moves.setdefault(dimension, []), move)
    if not moves:
        raise CorpusError(
            f"{path}: no video is called {recording!r}, only {listed(videos)}; call the recording "
            "as its video is called"
        )
    return moves, repeated


def _append(moves: _Moves, move: tuple[int, float, float]) -> int:
    """Append a move in place of those that are later; how many these were.

    Of two at the same time, which the player's clock allows, the second one counts.
    """
    replaced = 0
    while moves and moves[-1][1] >= move[1]:
        replaced += moves.pop()[1] > move[1]
    moves.append(move)
    return replaced


def _held(moves: _Moves, times_s: np.ndarray) -> np.ndarray:
    """The slider's value at each time, shape (S,)."""
    _, start_i, value_i = np.array(moves).T
    return sample_held(start_i, np.append(start_i[1:], start_i[-1]), value_i, times_s)
