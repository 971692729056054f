"""JSON that may come from anybody, as a dataclass that its annotations have checked."""

import functools
import json
import reprlib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, TypeVar

import pydantic

from affdyn_jax.system.field_words import fault, whole_schema

Fields = TypeVar("Fields")

# Levels of lists and objects; what is deeper is no file of ours.
_DEEPEST = 50


def read_json(path: Path) -> Any:
    """What a file holds.

    Raises:
        OSError: It cannot be read.
        ValueError: It is no JSON in UTF-8, has a key twice, goes too deep, or has texts that
            cannot be written again.
    """
    try:
        read = json.loads(path.read_text("utf-8"), object_pairs_hook=_object)
        _check(read, 0)
    except RecursionError as error:
        raise ValueError("nested too deep") from error
    return read


def read_as(kind: type[Fields], value: Any) -> Fields:
    """A dataclass from what JSON gave; nothing is taken for something else, e.g. `"1"` for 1.

    Args:
        kind: The dataclass; fields without a default have to be there.
        value: Objects, lists, texts, numbers, truth values and None.

    Raises:
        ValueError: A field is missing, unknown or not as annotated; the message names it, in one
            line.
    """
    try:
        # Checked as JSON, in which lists are tuples and objects dataclasses.
        return _adapter(kind).validate_json(json.dumps(value), strict=True, extra="forbid")
    except pydantic.ValidationError as error:
        raise ValueError(fault(error, schema_of(kind))) from error


@functools.cache
def schema_of(kind: type) -> dict[str, Any]:
    """The JSON schema of a dataclass, for `field_words`."""
    return whole_schema(_adapter(kind).json_schema())


def leaves(value: Any, prefix: str = "") -> Iterator[tuple[str, Any]]:
    """All that objects within objects hold, by names such as `training.patience`."""
    if not isinstance(value, Mapping):
        yield prefix, value
        return
    for name, item in value.items():
        yield from leaves(item, f"{prefix}.{name}".lstrip("."))


@functools.cache
def _adapter(kind: type) -> pydantic.TypeAdapter:
    return pydantic.TypeAdapter(kind)


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
