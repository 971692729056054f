"""Values of config fields as the program needs them, or an error that names the field."""

import difflib
import math
from collections.abc import Collection, Iterable
from typing import TypeVar

from affdyn_jax.errors import ConfigError

Number = TypeVar("Number", int, float)


def choice(field: str, value: str, choices: Collection[str]) -> str:
    """The value, if it is one of the choices.

    Raises:
        ConfigError: It is not; the message names the nearest choice.
    """
    if value in choices:
        return value
    nearest = difflib.get_close_matches(value, choices, n=1)
    hint = f"did you mean '{nearest[0]}'?" if nearest else f"choose {' or '.join(choices)}"
    raise ConfigError(f"{field}='{value}' is not known; {hint}")


def numbers(field: str, values: Iterable[object], kind: type[Number]) -> tuple[Number, ...]:
    """The values as numbers of one kind, `int` or `float`.

    A list on the command line may hold anything: the flag parser does not look inside.

    Raises:
        ConfigError: One is no such number.
    """
    for value in values:
        is_number = isinstance(value, int | float) and not isinstance(value, bool)
        if not (is_number and math.isfinite(value) and kind(value) == value):
            word = "a whole number" if kind is int else "a number"
            raise ConfigError(f"{field} has '{value}', which is not {word}")
    return tuple(kind(value) for value in values)


def names(field: str, values: object) -> tuple[str, ...]:
    """The values as names; one value may hold several, separated by commas.

    The flag parser splits a list of numbers on the command line, but not one of words.

    Raises:
        ConfigError: One is no text, or empty.
    """
    values = values if isinstance(values, tuple | list) else (values,)
    for value in values:
        if not isinstance(value, str):
            raise ConfigError(f"{field} has {value!r}; it takes names")
    split = tuple(name.strip() for value in values for name in value.split(","))
    if not all(split):
        raise ConfigError(f"{field}={values} has an empty name; give each a name")
    return split


def within(field: str, value: Number, lowest: float, highest: float) -> Number:
    """The value, if it lies between the two, both included.

    Raises:
        ConfigError: It does not.
    """
    if not lowest <= value <= highest:
        raise ConfigError(f"{field}={value}; it has to lie between {lowest:g} and {highest:g}")
    return value
