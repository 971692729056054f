"""Files that appear under their final name only when they are whole."""

import contextlib
import os
import uuid
from collections.abc import Iterator
from pathlib import Path

_EVERYONE, _OWNER = 0o666, 0o600  # before the user's umask


@contextlib.contextmanager
def replacing(path: Path, *, private: bool = False) -> Iterator[Path]:
    """A temporary path beside `path` that takes its place when the block ends well.

    The temporary file lies in the same folder, since only within one file system is a
    rename atomic; it is gone when the block raises, and `path` is then as it was.

    Args:
        path: The file to be; its folder is made.
        private: Whether only the user may read it, as befits what is known of a person.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.stem}-{uuid.uuid4().hex}{path.suffix}")
    temporary.touch(_OWNER if private else _EVERYONE, exist_ok=False)
    try:
        yield temporary
        with temporary.open("rb") as written:
            os.fsync(written.fileno())
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)
