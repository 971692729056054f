"""Names of recordings and dimensions, after which files and columns are named."""

import unicodedata
from collections.abc import Iterable
from pathlib import Path

# Characters that end a field of a table, or lead to another folder.
_SEPARATORS = ";'\"/\\"

# In bytes: file systems take 255, and `trajectories_<name>.svg` is the longest that is written.
_LONGEST = 255 - len("trajectories_.svg")


def fault_of(name: str) -> str:
    """What keeps a name from being written and read again; empty where nothing does."""
    if not name.strip():
        return "is empty"
    if not name.isprintable():  # as surrogates are not, which stand for bytes that are not UTF-8
        return "is no printable text in UTF-8"
    if separators := [character for character in name if character in _SEPARATORS]:
        return f"has {separators[0]}, which divides the fields of tables or folders"
    if name != name.strip():
        return "begins or ends with a blank"
    if name.startswith("."):
        return "begins with a dot, as hidden files do"
    if len(name.encode()) > _LONGEST:
        return f"is longer than the {_LONGEST} bytes that are left for it in names of files"
    return ""


def one_file(names: Iterable[str]) -> tuple[str, str] | None:
    """The first two names that mean one file where neither case nor Unicode's form counts."""
    first_of: dict[str, str] = {}
    for name in names:
        first = first_of.setdefault(unicodedata.normalize("NFC", name.casefold()), name)
        if first != name:
            return first, name
    return None


def in_one_line(path: Path) -> str:
    """A path for a message: quoted with escapes where it is no printable text."""
    return str(path) if str(path).isprintable() else repr(str(path))
