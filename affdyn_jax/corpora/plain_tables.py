"""Tables of ratings as people and their programs write them.

    Time (ms);Arousal;Valence          time,arousal          name,seconds,valence
    0;0,12;-0,3                        0.0,0.12              anna_1,0.0,-0.3
    100;0,13;-0,3                      0.1,                  anna_1,0.1,NA

A header in any case and order, with a column of times; semicolons, tabs or commas; decimal points
or decimal commas; quotes around any field. A column `name` tells the recording. Columns of text,
and those without a name, are left out.
"""

import csv
import math
import re
import reprlib
from collections import Counter
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from typing import NamedTuple

import numpy as np

from affdyn_jax.corpora.avec_tables import LONGEST_S, check_times, listed, number
from affdyn_jax.corpora.rating_trace import RatingTrace
from affdyn_jax.corpora.text_lines import read_head, read_lines
from affdyn_jax.errors import CorpusError

MS_PER_S = 1000.0

_SEPARATORS = {";": "';'", "\t": "tabs", ",": "','"}

_MS, _S = "ms|msecs?|milliseconds?", "secs?|seconds?"
_TIMES = re.compile(
    rf"(?:time|time[ _]?stamp|frame[ _]?time)s?(?:[ _]*[\[(_ ](?P<unit>{_MS}|s|{_S})[\])]?)?"
    rf"|(?P<alone>{_MS}|{_S})"
)
_NAMES = ("name", "instance_name")

# As spreadsheets, pandas, R, MATLAB and Weka write that there is no value.
_BLANK = frozenset(["", "nan", "na", "n/a", "null", "?"])

_DECIMAL_COMMA = re.compile(r"[+-]?\d*,\d+(?:e[+-]?\d+)?", re.IGNORECASE)


class _Columns(NamedTuple):
    """Which fields of a row are times, and in which unit; the recording's name; and all others."""

    times: int
    unit: str
    recording: int | None
    others: dict[int, str]


class _Rows(NamedTuple):
    """The rows of a table below its header, and their lines."""

    path: Path
    lines: list[int]
    fields: list[list[str]]

    def column(self, field: int) -> list[str]:
        return [fields[field] for fields in self.fields]


def read_plain_table(path: Path) -> RatingTrace:
    """Read the ratings in a table.

    Raises:
        CorpusError: It has no column of times, or is malformed; the message says where.
    """
    separator = _separator(path)
    header, rows = _read(path, separator)
    columns = _columns(path, header)
    texts = {field: rows.column(field) for field in (columns.times, *columns.others)}
    has_commas = any(_DECIMAL_COMMA.fullmatch(text) for column in texts.values() for text in column)

    def numbers(field: int, blank_is_nan: bool) -> np.ndarray:
        return _numbers(rows, header[field], texts[field], has_commas, blank_is_nan)

    values = {
        name: numbers(field, blank_is_nan=True)
        for field, name in columns.others.items()
        if _has_numbers(texts[field])
    }
    time_s = numbers(columns.times, blank_is_nan=False)
    per_second = 1 if columns.unit == "s" else MS_PER_S
    check_times(path, time_s, rows.lines, longest=LONGEST_S * per_second)
    if columns.unit == "ms":
        time_s = time_s / MS_PER_S
    layout = f"table with {_SEPARATORS[separator]}" + has_commas * " and decimal commas"
    return RatingTrace(
        path,
        time_s,
        np.stack([*values.values()], axis=1) if values else np.empty((len(time_s), 0)),
        tuple(values),
        np.array(rows.lines),
        recording=_recording(rows, columns),
        may_be_milliseconds=not columns.unit,
        layout=f"{layout}, times in {reprlib.repr(header[columns.times])}",
    )


def _separator(path: Path) -> str:
    """The one that leaves a column of times in the header."""
    head, where = read_head(path), f"{path}:1"
    first, *_ = head.split("\n")
    if not first.strip():
        if not head.strip():
            raise CorpusError(f"{path}: the file is empty")
        raise CorpusError(f"{where}: the first line is empty; a table begins with its header")
    for separator in _SEPARATORS:
        if any(_TIMES.fullmatch(_plain(field)) for field in first.split(separator)):
            return separator
    used = [separator for separator in _SEPARATORS if separator in first]
    if not used:
        others = [word for mark, word in (("|", "'|'"), (" ", "blanks")) if mark in first.strip()]
        if others:
            raise CorpusError(
                f"{where}: columns are separated by {others[0]}; separate them by ';', tabs or ','"
            )
    fields = first.split(used[0]) if used else [first]
    if all(re.fullmatch(r"[-+\d.,e ]+", _plain(field)) for field in fields):
        raise CorpusError(
            f"{where}: {reprlib.repr(first)} has numbers where the names of the columns are "
            "expected; write them above, e.g. 'time;arousal;valence'"
        )
    raise CorpusError(
        f"{where}: no column of times among {listed(map(str.strip, fields))}; call it 'time', "
        "'timestamp', 'seconds' or 'frameTime'"
    )


def _plain(field: str) -> str:
    return field.strip().strip("'\"").strip().casefold()


def _read(path: Path, separator: str) -> tuple[list[str], _Rows]:
    """The fields of the header and of the rows, without blanks and rows that are blank."""
    with closing(read_lines(path)) as lines:
        reader = csv.reader(lines, delimiter=separator, skipinitialspace=True, strict=True)
        try:
            numbered = [(reader.line_num, [f.strip() for f in fields]) for fields in reader]
        except csv.Error as error:
            raise CorpusError(f"{path}:{reader.line_num}: not a table: {error}") from error
    (_, header), *rest = [(line, fields) for line, fields in numbered if any(fields)]
    for line, fields in rest:
        if len(fields) != len(header):
            raise CorpusError(
                f"{path}:{line}: {reprlib.repr(separator.join(fields))} has {len(fields)} fields, "
                f"the header {len(header)}"
                + (separator == ",")
                * "; with decimal commas, separate columns by ';'"
            )
    if not rest:
        raise CorpusError(f"{path}:1: no rows follow this line")
    lines, fields = zip(*rest, strict=True)
    return header, _Rows(path, [*lines], [*fields])


def _columns(path: Path, header: Sequence[str]) -> _Columns:
    where, plain = f"{path}:1", [_plain(field) for field in header]
    twice = [name for name, count in Counter(filter(None, plain)).items() if count > 1]
    if twice:
        raise CorpusError(f"{where}: column {reprlib.repr(twice[0])} comes twice")
    times = [field for field, name in enumerate(plain) if _TIMES.fullmatch(name)]
    if len(times) > 1:
        raise CorpusError(
            f"{where}: '{header[times[0]]}' and '{header[times[1]]}' are both times; keep one"
        )
    names = [field for field, name in enumerate(plain) if name in _NAMES]
    if len(names) > 1:
        raise CorpusError(
            f"{where}: '{header[names[0]]}' and '{header[names[1]]}' both name recordings; keep one"
        )
    match = _TIMES.fullmatch(plain[times[0]])
    unit = match["unit"] or match["alone"] or ""
    others = {
        field: header[field].strip("'\"").strip()
        for field in range(len(header))
        if plain[field] and field not in (*times, *names)
    }
    unit = unit and ("ms" if unit.startswith("m") else "s")
    return _Columns(times[0], unit, names[0] if names else None, others)


def _has_numbers(column: Sequence[str]) -> bool:
    """Whether a column is of numbers: it has one, or is blank throughout."""
    texts = [text for text in column if text.casefold() not in _BLANK]
    return not texts or any(_number(text.replace(",", ".")) is not None for text in texts)


def _number(text: str) -> float | None:
    try:
        return float(text)
    except ValueError:
        return None


def _numbers(
    rows: _Rows, name: str, texts: Sequence[str], has_commas: bool, blank_is_nan: bool
) -> np.ndarray:
    """A column as numbers, shape (S,)."""
    values = np.empty(len(texts))
    for row, text in enumerate(texts):
        if blank_is_nan and text.casefold() in _BLANK:
            values[row] = math.nan
            continue
        value = _number(text.replace(",", ".") if has_commas else text)
        is_mixed = has_commas and "." in text
        if value is None or not math.isfinite(value) or "_" in text or is_mixed:
            where = f"{rows.path}:{rows.lines[row]}"
            if is_mixed:
                raise CorpusError(
                    f"{where}: {reprlib.repr(text)} in column {reprlib.repr(name)} has a decimal "
                    "point, other numbers of the file decimal commas; write all alike"
                )
            value = number(text, where, name)
        values[row] = value
    return values


def _recording(rows: _Rows, columns: _Columns) -> str:
    """The recording that the rows name, the same in all of them."""
    if columns.recording is None:
        return ""
    first, *names = [text.strip("'\"") for text in rows.column(columns.recording)]
    for line, name in zip(rows.lines[1:], names, strict=True):
        if name != first:
            raise CorpusError(
                f"{rows.path}:{line}: name is {reprlib.repr(name)}, in the rows above "
                f"{reprlib.repr(first)}; give each recording a file of its own"
            )
    return first
