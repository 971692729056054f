"""Lines of text files, in the encodings that tables come in."""

import itertools
import reprlib
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

from affdyn_jax.errors import CorpusError

# In characters: 6373 features, the most that openSMILE's sets have, take about 80 000.
_LONGEST_LINE = 1 << 20

_HEAD_LINES = 20


def read_lines(path: Path) -> Iterator[str]:
    r"""The lines of a file in UTF-8, or in UTF-16 with its byte order mark, each ending in `\n`.

    One line at a time is kept in memory. Lines may end in any way, the last one in none.

    Raises:
        CorpusError: The file is missing, unreadable or in another encoding, or a line is
            longer than any table's.
    """
    try:
        # A pipe or a device may block or never end.
        if path.exists() and not (path.is_file() or path.is_dir()):
            raise CorpusError(f"{path}: is no regular file; copy its content into one")
        # Bytes that are not UTF-8 become surrogates, which `_check_line` finds.
        with path.open(encoding=_encoding(path), errors="surrogateescape") as file:
            for number, line in enumerate(iter(lambda: file.readline(_LONGEST_LINE), ""), start=1):
                _check_line(f"{path}:{number}", line)
                yield line
    except FileNotFoundError as error:
        raise CorpusError(f"{path}: no such file") from error
    except OSError as error:
        raise CorpusError(f"{path}: cannot be read: {error.strerror}") from error
    except UnicodeDecodeError as error:  # only of UTF-16
        raise CorpusError(
            f"{path}: begins as UTF-16 does, but is none ({error.reason}); save the file as UTF-8 "
            "text"
        ) from error


def read_head(path: Path) -> str:
    """The first lines of a file, by which its format is told.

    Raises:
        CorpusError: As `read_lines` does.
    """
    with closing(read_lines(path)) as lines:
        return "".join(itertools.islice(lines, _HEAD_LINES))


def _encoding(path: Path) -> str:
    with path.open("rb") as file:
        start = file.read(2)
    return "utf-16" if start in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig"


def _check_line(where: str, line: str) -> None:
    """Refuse a line in another encoding, or one that is too long."""
    try:
        line.encode()
    except UnicodeEncodeError as error:
        raise CorpusError(
            f"{where}: byte 0x{ord(line[error.start]) & 0xFF:02x} is not UTF-8; save the file as "
            "UTF-8 text"
        ) from error
    if len(line) == _LONGEST_LINE:
        raise CorpusError(
            f"{where}: {reprlib.repr(line)} has {_LONGEST_LINE} characters or more, as no row of "
            "a table has; is this the right file?"
        )
