"""Tables that list files, a recording a row: manifests, and lists of audio.

Semicolons, tabs or commas; columns in any case and order. Paths are relative to the table.
"""

import csv
import re
import reprlib
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from typing import NamedTuple

from affdyn_jax.corpora.text_lines import read_lines
from affdyn_jax.errors import CorpusError

_SEPARATORS = (";", "\t", ",")

# Predictions are files named after the recording.
_RECORDING_NAME = re.compile(r"\w[\w .-]*")


class FileList(NamedTuple):
    """The names of the columns as they are written, and the rows as they are."""

    path: Path
    header: list[str]
    rows: list[tuple[int, list[str]]]

    def row(self, line: int, fields: Sequence[str]) -> tuple[str, dict[str, str]]:
        """Where a row stands, and its fields by the columns' names in lower case.

        Raises:
            CorpusError: It has not as many fields as the header.
        """
        where = f"{self.path}:{line}"
        if len(fields) != len(self.header):
            raise CorpusError(
                f"{where}: {len(fields)} fields, the first line has {len(self.header)}: "
                f"{', '.join(self.header)}"
            )
        names = [name.casefold() for name in self.header]
        return where, dict(zip(names, fields, strict=True))


def read_list(path: Path, required: Sequence[str]) -> FileList:
    """Read a table that lists files.

    Args:
        path: The table.
        required: Columns that it has to have, in lower case.

    Raises:
        CorpusError: It is malformed, lacks a column or has one twice.
    """
    with closing(read_lines(path)) as lines:
        first = next(lines, "")
    separator = next((s for s in _SEPARATORS if s in first), ",")
    with closing(read_lines(path)) as lines:
        reader = csv.reader(lines, delimiter=separator, strict=True)
        try:
            rows = [(reader.line_num, [f.strip() for f in fields]) for fields in reader]
        except csv.Error as error:
            raise CorpusError(f"{path}:{reader.line_num}: not a CSV: {error}") from error
    rows = [(line, fields) for line, fields in rows if any(fields)]
    if not rows:
        raise CorpusError(f"{path}: the file is empty")
    (line, header), *rows = rows
    names = [name.casefold() for name in header]
    for column in dict.fromkeys([*required, *filter(None, names)]):
        if names.count(column) != 1:
            raise CorpusError(
                f"{path}:{line}: {names.count(column)} columns {reprlib.repr(column)} in the first "
                f"line {reprlib.repr(separator.join(header))}; there has to be one"
            )
    return FileList(path, header, rows)


def read_audio_list(path: Path) -> dict[str, Path]:
    """The audio of the recordings that a CSV lists, e.g. a manifest, in its order.

    Args:
        path: It has the columns `recording` and `audio`, and maybe others.

    Returns:
        Only recordings that have audio.

    Raises:
        CorpusError: It is malformed, names a missing file, or lists a recording twice.
    """
    listed, audio = read_list(path, ("recording", "audio")), {}
    for where, fields in (listed.row(*row) for row in listed.rows):
        recording = recording_name(where, fields["recording"])
        if recording in audio:
            raise CorpusError(f"{where}: recording '{recording}' is listed twice; keep one")
        if fields["audio"]:
            audio[recording] = existing_file(path.parent / fields["audio"], where)
    return audio


def recording_name(where: str, name: str) -> str:
    """The name, if files can be named after it.

    Raises:
        CorpusError: They cannot.
    """
    if not _RECORDING_NAME.fullmatch(name):
        raise CorpusError(
            f"{where}: recording {reprlib.repr(name)} cannot name files; use letters, "
            "digits, '_', '-', '.' and blanks"
        )
    return name


def existing_file(file: Path, where: str) -> Path:
    """The file, if there is one.

    Raises:
        CorpusError: There is none.
    """
    if not _is_file(file):
        raise CorpusError(
            f"{where}: {reprlib.repr(str(file))} is no file; paths are relative to the manifest"
        )
    return file


def existing_files(folder: Path, pattern: str, where: str) -> tuple[Path, ...]:
    """The file of this name, or else the files of names like this pattern, in order.

    Args:
        folder: From which names begin.
        pattern: With `*`, `?` and `[…]` as in a shell.
        where: File and line, for messages.

    Raises:
        CorpusError: There is none.
    """
    if _is_file(folder / pattern) or not re.search(r"[*?\[]", pattern):
        return (existing_file(folder / pattern, where),)
    *parents, name = Path(pattern).parts
    try:
        files = sorted(path for path in folder.joinpath(*parents).glob(name) if path.is_file())
    except (OSError, ValueError):
        files = []
    if not files:
        raise CorpusError(
            f"{where}: no file is like {reprlib.repr(str(folder / pattern))}; paths are relative "
            "to the manifest"
        )
    return tuple(files)


def _is_file(file: Path) -> bool:
    try:
        return file.is_file()
    except (OSError, ValueError):  # longer than the file system takes, or with NUL
        return False
