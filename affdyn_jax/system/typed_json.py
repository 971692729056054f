"""JSON that may come from anybody: read, checked against type annotations, made a dataclass."""

import dataclasses
import json
import reprlib
import sys
import types
import typing
from pathlib import Path
from typing import Any, TypeVar

Fields = TypeVar("Fields")

# Levels of lists and objects; what is deeper is no file of ours.
_DEEPEST = 50

_LARGEST_INT = 2**63 - 1


def read_json(path: Path) -> Any:
    """What a file holds.

    Raises:
        OSError: It cannot be read.
        ValueError: It is no JSON in UTF-8, has a key twice, goes too deep, or has texts that
            cannot be written again.
    """
    try:
        read = json.loads(path.read_text("utf-8"), object_pairs_hook=_object)
    except RecursionError as error:
        raise ValueError("nested too deep") from error
    _check(read, 0)
    return read


def read_as(kind: type[Fields], value: Any) -> Fields:
    """A dataclass from what JSON gave.

    Args:
        kind: The dataclass; fields without a default have to be there. Annotations as of
            `is_of_kind`, and lists serve as tuples.
        value: What `read_json` returns.

    Raises:
        ValueError: It is no object, or a field is missing, unknown or of another kind.
    """
    if not isinstance(value, dict):
        raise ValueError("it holds no object with fields")
    fields = {field.name: field for field in dataclasses.fields(kind)}
    for name in value:
        if name not in fields:
            raise ValueError(f"no field {reprlib.repr(name)} is known")
    annotations, read = typing.get_type_hints(kind), {}
    for name, field in fields.items():
        if name in value:
            read[name] = _with_tuples(value[name], annotations[name])
            if not is_of_kind(read[name], annotations[name]):
                raise ValueError(f"'{name}' is of another kind")
        elif field.default is field.default_factory is dataclasses.MISSING:
            raise ValueError(f"the field '{name}' is missing")
    return kind(**read)


def is_of_kind(value: Any, kind: Any) -> bool:
    """Whether the value is of the kind: `str`, `bool`, `int`, `float`, or a container of such.

    Args:
        value: What JSON gave.
        kind: The annotation; of containers `list[K]`, `tuple[K, ...]` and `dict[K, V]`, or
            `K | None`, or `Any`. A whole number serves as `float`; one that is infinite, NaN, or
            larger than 64 bits have room for does not.
    """
    if kind is Any:
        return True
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
        largest = _LARGEST_INT if kind is int else sys.float_info.max
        return is_number and not isinstance(value, bool) and abs(value) <= largest
    return isinstance(value, kind)


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """An object, none of whose keys is there twice: readers differ in which one they take."""
    fields = dict(pairs)
    if len(fields) < len(pairs):
        keys = [key for key, _ in pairs]
        twice = next(key for key in fields if keys.count(key) > 1)
        raise ValueError(f"the key {reprlib.repr(twice)} is there twice")
    return fields


def _check(value: Any, depth: int) -> None:
    """Refuse what is nested too deep and, as a ValueError too, texts with half a character."""
    if depth > _DEEPEST:
        raise ValueError("nested too deep")
    if isinstance(value, str):
        value.encode()
    elif isinstance(value, dict):
        for key, item in value.items():
            key.encode()
            _check(item, depth + 1)
    elif isinstance(value, list):
        for item in value:
            _check(item, depth + 1)


def _with_tuples(value: Any, kind: Any) -> Any:
    """The value, a list being a tuple where the annotation has one."""
    kinds = typing.get_args(kind) if typing.get_origin(kind) is types.UnionType else (kind,)
    has_tuple = any(typing.get_origin(item) is tuple for item in kinds)
    return tuple(value) if has_tuple and isinstance(value, list) else value
