"""Types of settings that a command line or a file of anybody's may fill.

For annotations of dataclasses that pydantic checks. The parser of flags does not look into lists,
and cannot tell one value from a list of one.
"""

from pathlib import Path
from typing import Annotated, Any

from pydantic import AfterValidator, BeforeValidator

# In bytes; file systems take no more, and names of recordings and folders are files'.
_LONGEST_NAME = 255


def _one_line(text: str) -> str:
    if not text.isprintable():
        raise ValueError("it has to be a text of one line")
    return text


def _possible_path(text: str) -> str:
    try:
        Path(_one_line(text)).exists()
    except OSError as error:
        raise ValueError(f"no path ({error.strerror}); name a file or folder") from error
    return text


def _name(text: str) -> str:
    if not _one_line(text):
        raise ValueError("an empty name; give each a name")
    if len(text.encode()) > _LONGEST_NAME:
        raise ValueError("too long for a name")
    return text


def _several(value: Any) -> Any:
    if isinstance(value, list | tuple):
        return tuple(value)
    return (value,)


def _split_at_commas(value: Any) -> Any:
    return tuple(
        part.strip() if isinstance(part, str) else part
        for entry in _several(value)
        for part in (entry.split(",") if isinstance(entry, str) else (entry,))
    )


# A text of one line, which may be empty.
OneLine = Annotated[str, AfterValidator(_one_line)]

# What a file or folder may be called; it may be empty, and need not exist.
PathText = Annotated[str, AfterValidator(_possible_path)]

Name = Annotated[str, AfterValidator(_name)]

# Names; a text may hold several of them, separated by commas.
Names = Annotated[tuple[Name, ...], BeforeValidator(_split_at_commas)]

# Before the type of a tuple: one value may come alone.
Several = BeforeValidator(_several)
