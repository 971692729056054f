"""Files, and folders, that appear under their final name only when they are whole."""

import contextlib
import os
import re
import shutil
import uuid
from collections.abc import Iterator
from pathlib import Path

from filelock import FileLock

from affdyn_jax.errors import RunError, reason

# Before the user's umask.
_EVERYONE, _OWNER = 0o666, 0o600
_EVERYONES_FOLDER, _OWNERS_FOLDER = 0o777, 0o700

# Characters of a file's name in that of its temporary one, which may not be too long either.
_STEM = 40

_LEFTOVER = re.compile(r"\..+-[0-9a-f]{32}(\..*)?")


@contextlib.contextmanager
def replacing(path: Path, *, private: bool = False) -> Iterator[Path]:
    """A temporary path beside `path` that takes its place when the block succeeds.

    The temporary file lies in the same folder, since only within one file system is a
    rename atomic; it is gone when the block raises, and `path` is then as it was.

    Args:
        path: The file to be; its folder is made.
        private: Whether only the user may read it and look into the folders made for it, as
            for everything about single persons.
    """
    _make_folder(path.parent, _OWNERS_FOLDER if private else _EVERYONES_FOLDER)
    temporary = path.with_name(f".{path.stem[:_STEM]}-{uuid.uuid4().hex}{path.suffix}")
    temporary.touch(_OWNER if private else _EVERYONE, exist_ok=False)
    try:
        yield temporary
        with temporary.open("rb") as written:
            os.fsync(written.fileno())
        temporary.replace(path)
        sync_folder(path.parent)
    finally:
        temporary.unlink(missing_ok=True)


def write_whole(path: Path, content: bytes, way_out: str, *, private: bool = False) -> None:
    """Write a file, whole or not at all.

    Args:
        path: The file; its folder is made.
        content: Its bytes.
        way_out: What the user can do where it cannot be written.
        private: See `replacing`.

    Raises:
        RunError: It cannot be written.
    """
    try:
        with replacing(path, private=private) as temporary:
            temporary.write_bytes(content)
    except OSError as error:
        raise RunError(f"{path}: cannot be written ({reason(error)}); {way_out}") from error


@contextlib.contextmanager
def creating(folder: Path) -> Iterator[Path]:
    """A temporary folder beside `folder` that takes its name when the block succeeds.

    It is gone when the block raises. Those that killed processes left are removed first; one that
    another process is writing stays.

    Args:
        folder: The folder to be, which must not exist; the one above it is made.

    Raises:
        OSError: It cannot be written, or is there when the block ends.
    """
    folder.parent.mkdir(parents=True, exist_ok=True)
    of_killed = re.compile(rf"\.{re.escape(folder.name)}-[0-9a-f]{{32}}")
    for path in folder.parent.iterdir():
        if of_killed.fullmatch(path.name) and path.is_dir():
            # An error means that another process holds it or has removed it first.
            with contextlib.suppress(OSError), _held(path):
                shutil.rmtree(path)
    temporary = folder.with_name(f".{folder.name}-{uuid.uuid4().hex}")
    with _held(temporary):
        try:
            temporary.mkdir()
            yield temporary
            temporary.rename(folder)
        finally:
            shutil.rmtree(temporary, ignore_errors=True)


@contextlib.contextmanager
def _held(folder: Path) -> Iterator[None]:
    """Hold a temporary folder by a lock beside it, from before it exists until it is gone.

    The system frees the lock when the process is killed.
    """
    path = folder.with_name(f"{folder.name}.lock")
    with FileLock(path, blocking=False):
        try:
            yield
        finally:
            path.unlink(missing_ok=True)


def remove_leftovers(folder: Path) -> None:
    """Delete the temporary files that a killed process left in a folder.

    Only for folders that no other process is writing into.
    """
    for path in folder.rglob(".*"):
        if _LEFTOVER.fullmatch(path.name) and path.is_file():
            path.unlink(missing_ok=True)


def sync_folder(folder: Path) -> None:
    """Make a rename survive a power failure, where folders can be synchronised."""
    with contextlib.suppress(OSError):
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def _make_folder(folder: Path, mode: int) -> None:
    """Make a folder and those above it, all of one mode, which `Path.mkdir` does not do."""
    if not folder.is_dir():
        _make_folder(folder.parent, mode)
        folder.mkdir(mode, exist_ok=True)
