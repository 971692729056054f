"""Tables in the format of the AVEC challenges: a recording's traces, one row a sample.

    name;timestamp;arousal;valence
    'Devel_DE_01';0.000000;0.013511;-0.020100
    'Devel_DE_01';0.100000;0.014320;-0.020100

Labels, feature files and predictions all come so. Rows are joined by name and time, never
by position.
"""

import math
import reprlib
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

import numpy as np

from affdyn_jax.atomic import replacing
from affdyn_jax.errors import CorpusError, RunError

# AVEC's labels say `timestamp`, its audio features `frameTime`, as openSMILE writes them.
_TIME_COLUMNS = ("timestamp", "frameTime")

# No recording is longer: beyond it times are not seconds from the start (milliseconds,
# say, or the time of day), and their 4 Hz grid might not fit into memory.
_LONGEST_S = 24 * 3600.0


def read_trace(
    path: Path,
    recording: str,
    columns: Sequence[str] | None = None,
    *,
    blank_is_nan: bool = False,
) -> tuple[np.ndarray, np.ndarray, tuple[str, ...]]:
    """Read the traces of one recording.

    Args:
        path: The table: UTF-8, semicolons, a header with `name`, `timestamp` (or
            `frameTime`) and any number of value columns.
        recording: What the `name` of every row has to be, quotes aside.
        columns: The C columns wanted, in this order; None for all, in the table's order.
        blank_is_nan: Whether an empty value is read as NaN, as `write_trace` writes it.

    Returns:
        Times of the S samples in seconds, increasing, shape (S,); their values, finite,
        shape (S, C); the names of the C columns.

    Raises:
        CorpusError: The table is not as promised; the message says where.
    """
    lines = _read_lines(path)
    header = _read_header(path, lines[0])
    time_column = next(column for column in header if column in _TIME_COLUMNS)
    value_columns = [column for column in header if column not in ("name", time_column)]
    if columns is None:
        columns = value_columns
    for column in columns:
        if column not in value_columns:
            raise CorpusError(f"{path}:1: no column '{column}', it has {_listed(value_columns)}")

    name_field, time_field = header.index("name"), header.index(time_column)
    value_fields = [header.index(column) for column in columns]
    times_s = np.empty(len(lines) - 1)
    values_sc = np.empty((len(lines) - 1, len(value_fields)))
    for sample, line in enumerate(lines[1:]):
        where = f"{path}:{sample + 2}"
        fields = line.split(";")
        if len(fields) != len(header):
            raise CorpusError(
                f"{where}: {reprlib.repr(line)} has {len(fields)} fields, the header {len(header)}"
            )
        name = fields[name_field].strip().strip("'\"")
        if name != recording:
            raise CorpusError(
                f"{where}: name is {reprlib.repr(name)}, but the recording is '{recording}'"
            )
        times_s[sample] = _number(fields[time_field], where, time_column)
        values_sc[sample] = [
            _number(fields[field], where, header[field], blank_is_nan) for field in value_fields
        ]
    _check_times(path, times_s)
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


def read_text(path: Path) -> str:
    """The text of a file in UTF-8, with or without byte order mark.

    Raises:
        CorpusError: The file is missing, unreadable, empty or in another encoding.
    """
    try:
        content = path.read_bytes()
    except FileNotFoundError as error:
        raise CorpusError(f"{path}: no such file") from error
    except OSError as error:
        raise CorpusError(f"{path}: cannot be read: {error.strerror}") from error
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise CorpusError(
            f"{path}:{line}: byte 0x{content[error.start]:02x} is not UTF-8; save the file as "
            "UTF-8 text"
        ) from error
    if not text.strip():
        raise CorpusError(f"{path}: the file is empty")
    return text


def _read_lines(path: Path) -> list[str]:
    """The header and the rows, at least one; blank lines at the end are left out."""
    text = read_text(path).replace("\r\n", "\n").replace("\r", "\n")
    # str.splitlines also cuts at form feeds and the like, which no editor counts as lines.
    lines = text.rstrip().split("\n")
    if len(lines) == 1:
        raise CorpusError(f"{path}:1: no rows follow this line")
    return lines


def _read_header(path: Path, line: str) -> list[str]:
    """The names of the columns: `name`, one column of times, and values, each once."""
    header = [column.strip() for column in line.split(";")]
    if len(header) == 1:
        for separator, word in ((",", "','"), ("\t", "tabs"), ("|", "'|'"), (" ", "blanks")):
            if separator in line:
                raise CorpusError(f"{path}:1: fields are separated by {word}, expected ';'")
    times = [column for column in header if column in _TIME_COLUMNS]
    if "name" not in header or not times:
        missing = "timestamp" if "name" in header else "name"
        raise CorpusError(
            f"{path}:1: no column '{missing}' among {_listed(header)}; the first line has to be "
            "'name;timestamp;…'"
        )
    twice = [column for column, count in Counter(header).items() if count > 1]
    if twice:
        raise CorpusError(f"{path}:1: column {reprlib.repr(twice[0])} comes twice")
    if len(times) > 1:
        raise CorpusError(f"{path}:1: '{times[0]}' and '{times[1]}' both are times; keep one")
    return header


def _number(field: str, where: str, column: str, blank_is_nan: bool = False) -> float:
    """The finite number that a field holds."""
    if blank_is_nan and not field.strip():
        return math.nan
    try:
        number = float(field)
    except ValueError:
        number = math.nan
    # Python takes 1_000 for a number; tables do not.
    if not math.isfinite(number) or "_" in field:
        raise CorpusError(
            f"{where}: {reprlib.repr(field)} in column {reprlib.repr(column)} is not a finite "
            "number such as -0.25"
        )
    return number


def _check_times(path: Path, times_s: np.ndarray) -> None:
    """Refuse times that do not increase from 0 or later, within a day."""
    outside = np.flatnonzero((times_s < 0) | (times_s > _LONGEST_S))
    if outside.size:
        raise CorpusError(
            f"{path}:{outside[0] + 2}: time {times_s[outside[0]]:.15g} is not one; times are "
            "seconds from the start of the recording"
        )
    not_later = np.flatnonzero(np.diff(times_s) <= 0)
    if not_later.size:
        previous, time = times_s[not_later[0]], times_s[not_later[0] + 1]
        fault = "comes twice" if time == previous else f"follows {previous:.15g}"
        raise CorpusError(
            f"{path}:{not_later[0] + 3}: time {time:.15g} {fault}; rows have to be in the order "
            "of time, each time once"
        )


def _listed(columns: Iterable[str]) -> str:
    """The columns in words, a few of them where they are many."""
    names = [reprlib.repr(column) for column in columns]
    if len(names) > 8:
        return f"{', '.join(names[:8])} … ({len(names)} columns)"
    return ", ".join(names) or "none"
