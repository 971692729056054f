"""Types of fields that a command line or a file of anybody's may fill, checked by pydantic.

A validator's error is a predicate of the value that it refuses: "is no path", "has a value twice"
(see `field_words.fault`).
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any

from pydantic import AfterValidator, BeforeValidator, WithJsonSchema

# In bytes; file systems take no more, and names of recordings and folders are files'.
_LONGEST_NAME = 255


def _one_line(text: str) -> str:
    if not text.isprintable():
        raise ValueError("is not a text of one line")
    return text


def _possible_path(text: str) -> str:
    try:
        Path(_one_line(text)).exists()
    except OSError as error:
        raise ValueError(f"is no path ({error.strerror}); name a file or folder") from error
    return text


def _name(text: str) -> str:
    if not _one_line(text):
        raise ValueError("is empty; give each a name")
    if len(text.encode()) > _LONGEST_NAME:
        raise ValueError("is too long for a name")
    return text


def _label(text: str) -> str:
    if not text.isidentifier():
        raise ValueError("is part of flags and of folders' names; use letters and digits")
    return text


def _several(value: Any) -> tuple:
    # The parser of flags cannot tell one value from a list of one.
    return tuple(value) if isinstance(value, list | tuple) else (value,)


def _several_or_word(value: Any) -> Any:
    return value if isinstance(value, str) else _several(value)


def _split_at_commas(value: Any) -> tuple:
    # Nor does it split texts.
    return tuple(
        part.strip() if isinstance(part, str) else part
        for entry in _several(value)
        for part in (entry.split(",") if isinstance(entry, str) else (entry,))
    )


def _distinct(values: Sequence) -> Sequence:
    if len(set(values)) < len(values):
        raise ValueError("has a value twice; give each once")
    return values


# A text of one line, which may be empty.
OneLine = Annotated[str, AfterValidator(_one_line)]

# What a file or folder may be called; it may be empty, and need not exist.
PathText = Annotated[
    str, AfterValidator(_possible_path), WithJsonSchema({"type": "string", "format": "path"})
]

Name = Annotated[str, AfterValidator(_name), WithJsonSchema({"type": "string", "format": "name"})]

# What a section or a value is called that the config's author adds.
Label = Annotated[str, AfterValidator(_label)]

# Before the type of a tuple: one value may come alone.
Several = BeforeValidator(_several)

# The same where a word may stand for all of them.
SeveralOrWord = BeforeValidator(_several_or_word)

# The same for names; a text may hold several of them, separated by commas.
SeveralNames = BeforeValidator(_split_at_commas)

Names = Annotated[tuple[Name, ...], SeveralNames]

# Of a tuple: no value is there twice.
Distinct = AfterValidator(_distinct)
