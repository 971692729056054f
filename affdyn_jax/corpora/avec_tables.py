"""Tables in the format of the AVEC challenges: a recording's traces, a row for each sample.

    name;timestamp;arousal;valence
    'Devel_DE_01';0.000000;0.013511;-0.020100
    'Devel_DE_01';0.100000;0.014320;-0.020100

Labels, feature files and predictions share this format. Rows are joined by name and time,
never by position.
"""

import math
import reprlib
from array import array
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import closing
from pathlib import Path
from typing import NamedTuple

import numpy as np

from affdyn_jax.corpora.text_lines import read_lines
from affdyn_jax.errors import CorpusError, RunError
from affdyn_jax.system.whole_files import replacing

# AVEC's labels have `timestamp`, its audio features openSMILE's `frameTime`, RECOLA's ratings
# `time`.
_TIME_COLUMNS = ("timestamp", "frameTime", "time")

# No recording is longer: later times are not seconds from the start but e.g. milliseconds or
# the time of day, and their 4 Hz grid might not fit into memory.
LONGEST_S = 24 * 3600.0


def read_trace(
    path: Path,
    recording: str | None = None,
    columns: Sequence[str] | None = None,
    *,
    blank_is_nan: bool = False,
) -> tuple[np.ndarray, np.ndarray, tuple[str, ...]]:
    """Read the traces of one recording.

    Args:
        path: The table: UTF-8, semicolons, a header with `name`, `timestamp` (or
            `frameTime`, or `time`) and any number of value columns.
        recording: What the `name` of every row has to be, quotes aside; None for a table
            without names, as RECOLA's are.
        columns: The C columns wanted, in this order; None for all, in the table's order.
        blank_is_nan: Whether an empty value is read as NaN, as `write_trace` writes it.

    Returns:
        Times of the S samples in seconds, increasing, shape (S,); their values, finite,
        shape (S, C); the names of the C columns.

    Raises:
        CorpusError: The table is malformed; the message says where.
    """
    with closing(read_lines(path)) as lines:
        rows = _rows(path, lines)
        _, first = next(rows)
        header = _read_header(path, first, has_names=recording is not None)
        there = dict.fromkeys(header.values)  # where each is found without looking through all
        if columns is None:
            columns = header.values
        for column in columns:
            if column not in there:
                there_are = listed(header.values)
                raise CorpusError(f"{path}:1: no column '{column}', it has {there_are}")
        times_s, values_sc = _read_samples(path, recording, rows, header, columns, blank_is_nan)
    check_times(path, times_s, range(2, len(times_s) + 2))
    return times_s, values_sc, tuple(columns)


def write_trace(
    path: Path, recording: str, times_s: np.ndarray, columns: Mapping[str, np.ndarray]
) -> None:
    """Write the traces of one recording: 6 decimals, an empty field where a value is NaN.

    Args:
        path: The table; its folder is made, and it appears only when it is whole.
        recording: The `name` of every row.
        times_s: Times of the S samples in seconds, shape (S,).
        columns: Name and values, shape (S,), of each trace.

    Raises:
        RunError: The file cannot be written.
    """
    values_sc = np.stack([np.asarray(values, np.float64) for values in columns.values()], axis=1)
    rows = [";".join(["name", "timestamp", *columns])]
    for time, values in zip(times_s, values_sc, strict=True):
        numbers = ["" if math.isnan(value) else f"{value:.6f}" for value in values]
        rows.append(";".join([f"'{recording}'", f"{time:.6f}", *numbers]))
    try:
        with replacing(path, private=True) as temporary:
            temporary.write_text("\n".join(rows) + "\n", encoding="utf-8", newline="\n")
    except OSError as error:
        raise RunError(f"{path}: cannot be written: {error.strerror}") from error


def _rows(path: Path, lines: Iterable[str]) -> Iterator[tuple[int, str]]:
    """The header and the rows, each with its number; blank lines at the end are left out."""
    blank, is_empty = None, True
    for number, line in enumerate(lines, start=1):
        row = line.removesuffix("\n")
        if not row.strip():
            blank = blank or (number, row)
            continue
        if blank:
            yield blank
            blank = None
        yield number, row
        is_empty = False
    if is_empty:
        raise CorpusError(f"{path}: the file is empty")


class _Header(NamedTuple):
    """Which field of a row each column is; the name of the times' column, and of the values'."""

    fields: Mapping[str, int]
    times: str
    values: tuple[str, ...]


def _read_header(path: Path, line: str, has_names: bool) -> _Header:
    header = [column.strip() for column in line.split(";")]
    if len(header) == 1:
        for separator, word in ((",", "','"), ("\t", "tabs"), ("|", "'|'"), (" ", "blanks")):
            if separator in line:
                raise CorpusError(f"{path}:1: fields are separated by {word}, expected ';'")
    times = [column for column in header if column in _TIME_COLUMNS]
    expected = ("name", "timestamp") if has_names else ("time",)
    lacks_name = has_names and "name" not in header
    if lacks_name or not times:
        missing = expected[0] if lacks_name else expected[-1]
        raise CorpusError(
            f"{path}:1: no column '{missing}' among {listed(header)}; the first line has to be "
            f"'{';'.join(expected)};…'"
        )
    twice = [column for column, count in Counter(header).items() if count > 1]
    if twice:
        raise CorpusError(f"{path}:1: column {reprlib.repr(twice[0])} comes twice")
    if len(times) > 1:
        raise CorpusError(f"{path}:1: '{times[0]}' and '{times[1]}' are both times; keep one")
    fields = {column: field for field, column in enumerate(header)}
    others = {times[0], "name"} if has_names else {times[0]}
    return _Header(fields, times[0], tuple(column for column in header if column not in others))


def _read_samples(
    path: Path,
    recording: str | None,
    rows: Iterable[tuple[int, str]],
    header: _Header,
    columns: Sequence[str],
    blank_is_nan: bool,
) -> tuple[np.ndarray, np.ndarray]:
    """Times, shape (S,), and values of the wanted columns, shape (S, C), of the rows."""
    name_field, time_field = header.fields.get("name"), header.fields[header.times]
    wanted = [(header.fields[column], column) for column in columns]
    # They grow in place, so memory stays near what is returned.
    times_s, values_sc = array("d"), array("d")
    for line, row in rows:
        where = f"{path}:{line}"
        fields = row.split(";")
        if len(fields) != len(header.fields):
            raise CorpusError(
                f"{where}: {reprlib.repr(row)} has {len(fields)} fields, the header "
                f"{len(header.fields)}"
            )
        if recording is not None:
            _check_name(fields[name_field], recording, where)
        times_s.append(number(fields[time_field], where, header.times))
        values_sc.extend(
            [number(fields[field], where, column, blank_is_nan) for field, column in wanted]
        )
    if not times_s:
        raise CorpusError(f"{path}:1: no rows follow this line")
    return np.asarray(times_s), np.asarray(values_sc).reshape(len(times_s), len(columns))


def _check_name(field: str, recording: str, where: str) -> None:
    """Refuse a row of another recording."""
    name = field.strip().strip("'\"")
    if name != recording:
        raise CorpusError(
            f"{where}: name is {reprlib.repr(name)}, but the recording is '{recording}'"
        )


def number(field: str, where: str, column: str, blank_is_nan: bool = False) -> float:
    """The finite number that a field of a table holds.

    Args:
        field: Text of the field.
        where: File and line, for messages.
        column: The column's name, for messages.
        blank_is_nan: Whether an empty field is NaN.

    Raises:
        CorpusError: It holds no finite number.
    """
    if blank_is_nan and not field.strip():
        return math.nan
    try:
        value = float(field)
    except ValueError:
        value = math.nan
    # Python takes 1_000 for a number; tables do not.
    if not math.isfinite(value) or "_" in field:
        raise CorpusError(
            f"{where}: {reprlib.repr(field)} in column {reprlib.repr(column)} is not a finite "
            "number such as -0.25"
        )
    return value


def check_times(
    path: Path, times_s: np.ndarray, lines_s: Sequence[int], longest: float = LONGEST_S
) -> None:
    """Refuse times that do not increase from 0 or later, within a day.

    Args:
        path: The file that they come from, for messages.
        times_s: Times of the S samples in seconds, shape (S,).
        lines_s: The line of each.
        longest: A day, in another unit if times are in it.

    Raises:
        CorpusError: They do not.
    """
    outside = np.flatnonzero((times_s < 0) | (times_s > longest))
    if outside.size:
        raise CorpusError(
            f"{path}:{lines_s[outside[0]]}: time {times_s[outside[0]]:.15g} is not one; times are "
            "seconds from the start of the recording"
        )
    not_later = np.flatnonzero(np.diff(times_s) <= 0)
    if not_later.size:
        previous, time = times_s[not_later[0]], times_s[not_later[0] + 1]
        fault = "comes twice" if time == previous else f"follows {previous:.15g}"
        raise CorpusError(
            f"{path}:{lines_s[not_later[0] + 1]}: time {time:.15g} {fault}; rows have to be in the "
            "order of time, each time once"
        )


def listed(columns: Iterable[str]) -> str:
    """Columns in words for a message; a few of them where they are many."""
    names = [reprlib.repr(column) for column in columns]
    if len(names) > 8:
        return f"{', '.join(names[:8])} … ({len(names)} columns)"
    return ", ".join(names) or "none"
