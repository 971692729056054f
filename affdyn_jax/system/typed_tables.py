"""CSV files that this program wrote, read by the declared kind of each column.

No kind is guessed from values: a dimension may be called `NA`, `true` or `1`.
"""

import csv
import dataclasses
import math
import reprlib
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import ClassVar

import pandas as pd

from affdyn_jax.errors import RunError, reason


@dataclasses.dataclass(frozen=True)
class Text:
    """Texts that are not empty, of `choices` where these are given."""

    choices: Collection[str] | None = None

    dtype: ClassVar[type] = str

    @property
    def words(self) -> str:
        """What is expected, for messages."""
        return "a text" if self.choices is None else f"one of {reprlib.repr(tuple(self.choices))}"

    def __call__(self, field: str) -> str:
        """The value of a field."""
        if not field or not (self.choices is None or field in self.choices):
            raise ValueError
        return field


@dataclasses.dataclass(frozen=True)
class Number:
    """Numbers from `low` to `high`; with `may_lack`, NaN where there is none.

    An infinite number, which only a lane that diverged has, counts as none.
    """

    low: float
    high: float
    may_lack: bool = True

    dtype: ClassVar[type] = float

    @property
    def words(self) -> str:
        """What is expected, for messages."""
        return f"a number between {self.low:g} and {self.high:g}"

    def __call__(self, field: str) -> float:
        """The value of a field."""
        value = float(field) if field else math.nan
        if self.may_lack and (not field or math.isinf(value)):
            return math.nan
        if not self.low <= value <= self.high:
            raise ValueError
        return value


@dataclasses.dataclass(frozen=True)
class Whole:
    """Whole numbers from `low` to `high`."""

    low: int
    high: int

    dtype: ClassVar[type] = int

    @property
    def words(self) -> str:
        """What is expected, for messages."""
        return f"a whole number between {self.low} and {self.high}"

    def __call__(self, field: str) -> int:
        """The value of a field."""
        if not self.low <= int(field) <= self.high:
            raise ValueError
        return int(field)


@dataclasses.dataclass(frozen=True)
class Switch:
    """`True` or `False`."""

    dtype: ClassVar[type] = bool
    words: ClassVar[str] = "True or False"

    def __call__(self, field: str) -> bool:
        """The value of a field."""
        return {"True": True, "False": False}[field]


Column = Text | Number | Whole | Switch


def read_table(
    path: Path, columns: Mapping[str, Column], way_out: str, optional: Collection[str] = ()
) -> pd.DataFrame:
    """The named columns of a table; its other columns are left out.

    Args:
        path: The table: UTF-8, commas.
        columns: What each of them holds.
        way_out: What the user can do where it is not as expected.
        optional: Which of `columns` the table may lack.

    Raises:
        FileNotFoundError: There is no such file.
        RunError: It is no table, lacks a column, or a column holds something else.
    """
    try:
        with path.open(encoding="utf-8", newline="") as file:
            reader = csv.reader(file, strict=True)
            rows = [(reader.line_num, fields) for fields in reader if fields]
    except FileNotFoundError:
        raise
    except (OSError, ValueError, csv.Error) as error:
        raise RunError(f"{path}: cannot be read as a table ({reason(error)}); {way_out}") from error
    if not rows:
        raise RunError(f"{path}: cannot be read as a table (it is empty); {way_out}")
    (_, header), *rows = rows
    for line, fields in rows:
        if len(fields) != len(header):
            raise RunError(
                f"{path}:{line}: cannot be read as a table ({len(fields)} fields, the header has "
                f"{len(header)}); {way_out}"
            )
    table = {}
    for name, column in columns.items():
        if name in optional and name not in header:
            continue
        if header.count(name) != 1:
            count = "no column" if name not in header else "more than one column"
            raise RunError(f"{path}:1: {count} {reprlib.repr(name)}; {way_out}")
        place, values = header.index(name), []
        for line, fields in rows:
            try:
                values.append(column(fields[place]))
            except (ValueError, KeyError) as error:
                raise RunError(
                    f"{path}:{line}: {reprlib.repr(fields[place])} in column '{name}' is not "
                    f"{column.words}; {way_out}"
                ) from error
        table[name] = pd.Series(values, dtype=column.dtype)
    return pd.DataFrame(table)
