"""Whether a value read from JSON is of the kind that a type annotation says."""

import math
import types
import typing
from typing import Any


def is_of_kind(value: Any, kind: Any) -> bool:
    """Whether the value is of the kind: `str`, `bool`, `int`, `float`, or a container of such.

    Args:
        value: What JSON gave.
        kind: The annotation; of containers `list[K]`, `tuple[K, ...]` and `dict[K, V]`, or
            `K | None`. A whole number serves as `float`, and an infinite one or NaN does not.
    """
    container, items = typing.get_origin(kind), typing.get_args(kind)
    if container is types.UnionType:
        return any(is_of_kind(value, item) for item in items)
    if container is dict:
        return isinstance(value, dict) and all(
            is_of_kind(key, items[0]) and is_of_kind(item, items[1]) for key, item in value.items()
        )
    if container in (list, tuple):
        return isinstance(value, container) and all(is_of_kind(item, items[0]) for item in value)
    if kind in (int, float):
        is_number = isinstance(value, int if kind is int else int | float)
        return is_number and not isinstance(value, bool) and abs(value) < math.inf
    return isinstance(value, kind)
