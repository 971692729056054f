"""Values of config fields as the program needs them, or an error that names the field."""

import difflib
import math
import reprlib
from collections.abc import Collection
from pathlib import Path
from typing import TypeVar

from affdyn_jax.errors import ConfigError

Number = TypeVar("Number", int, float)


# In bytes; file systems take no more, and names of recordings and folders are files'.
_LONGEST_NAME = 255

# Bounds what a value adds to a message.
_quoting = reprlib.Repr()
_quoting.maxstring = _quoting.maxother = 80


def choice(field: str, value: object, choices: Collection[str]) -> str:
    """The value, if it is one of the choices.

    Raises:
        ConfigError: It is not; the message names the nearest choice.
    """
    if isinstance(value, str) and value in choices:
        return value
    nearest = difflib.get_close_matches(value, choices, n=1) if isinstance(value, str) else ()
    hint = f"did you mean '{nearest[0]}'?" if nearest else f"choose {' or '.join(choices)}"
    raise ConfigError(f"{field}={_quoted(value)} is not known; {hint}")


def text(field: str, value: object) -> str:
    """The value, if it is a text of one line; it may be empty.

    Raises:
        ConfigError: It is not.
    """
    if not isinstance(value, str) or not value.isprintable():
        raise ConfigError(f"{field}={_quoted(value)}; it has to be a text of one line")
    return value


def path(field: str, value: object) -> str:
    """The value, if a file or folder may be called so; it may be empty, and need not exist.

    Raises:
        ConfigError: It is no text of one line, or longer than the file system takes.
    """
    try:
        Path(text(field, value)).exists()
    except OSError as error:
        raise ConfigError(
            f"{field}={_quoted(value)} is no path ({error.strerror}); name a file or folder"
        ) from error
    return value


def whether(field: str, value: object) -> bool:
    """The value, if it is True or False.

    Raises:
        ConfigError: It is neither.
    """
    if not isinstance(value, bool):
        raise ConfigError(f"{field}={_quoted(value)}; it has to be True or False")
    return value


def number(field: str, value: object, kind: type[Number]) -> Number:
    """The value, if it is a number of the kind, `int` or `float`.

    Raises:
        ConfigError: It is not.
    """
    return numbers(field, (value,), kind)[0]


def numbers(field: str, values: object, kind: type[Number]) -> tuple[Number, ...]:
    """The values as numbers of one kind, `int` or `float`; one value may come alone.

    A list on the command line may hold anything: the flag parser does not look inside.

    Raises:
        ConfigError: One is no such number.
    """
    values = values if isinstance(values, tuple | list) else (values,)
    for value in values:
        if not _is_number(value, kind):
            word = "a whole number" if kind is int else "a number"
            raise ConfigError(f"{field} has {_quoted(value)}, which is not {word}")
    return tuple(kind(value) for value in values)


def names(field: str, values: object) -> tuple[str, ...]:
    """The values as names; one value may hold several, separated by commas.

    The flag parser splits a list of numbers on the command line, but not one of words.

    Raises:
        ConfigError: One is no text of one line, or empty.
    """
    values = values if isinstance(values, tuple | list) else (values,)
    for value in values:
        if not isinstance(value, str) or not value.isprintable():
            raise ConfigError(f"{field} has {_quoted(value)}; it takes names")
    split = tuple(name.strip() for value in values for name in value.split(","))
    if not all(split):
        raise ConfigError(f"{field}={_quoted(values)} has an empty name; give each a name")
    for name in split:
        if len(name.encode()) > _LONGEST_NAME:
            raise ConfigError(f"{field} has {_quoted(name)}, which is too long for a name")
    return split


def within(field: str, value: object, lowest: Number, highest: Number) -> Number:
    """The value, if it is a number between the two, both included; a whole one if both are.

    Raises:
        ConfigError: It is not.
    """
    kind = int if isinstance(lowest, int) and isinstance(highest, int) else float
    if not (_is_number(value, kind) and lowest <= value <= highest):
        word = "a whole number" if kind is int else "a number"
        raise ConfigError(
            f"{field}={_quoted(value)}; it has to be {word} between {lowest:g} and {highest:g}"
        )
    return kind(value)


def _is_number(value: object, kind: type[int] | type[float]) -> bool:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return False
    try:
        return math.isfinite(value) and kind(value) == value
    except OverflowError:  # a whole number that no float reaches
        return False


def _quoted(value: object) -> str:
    try:
        return " ".join(_quoting.repr(value).split())  # a section's has several lines
    except ValueError:  # Python writes no number of more than 4300 digits
        return f"a number of {value.bit_length()} bits"
