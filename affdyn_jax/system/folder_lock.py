"""A lock on a folder, so that it has one writer."""

import contextlib
import errno
import json
import logging
import os
import socket
from collections.abc import Iterator
from pathlib import Path

from filelock import FileLock, Timeout

from affdyn_jax.errors import RunError, reason

try:
    import fcntl
except ImportError:  # Windows
    fcntl = None

_NAME = ".lock"

# Errors of a file system that does not lock folders.
_UNSUPPORTED = (errno.EBADF, errno.EINVAL, errno.ENOLCK, errno.ENOSYS, errno.EOPNOTSUPP)

log = logging.getLogger(__name__)


@contextlib.contextmanager
def only_writer(folder: Path) -> Iterator[None]:
    """Hold a folder, so that no other process writes there within the block.

    The system frees the lock when the process ends, however it ends. The lock file stays, and
    names the process while it holds the lock.

    Both the file and the folder are locked: if somebody deletes the file, the next process would
    lock a new one. NFS and Windows do not lock folders: there the file alone counts, and must
    not be deleted by hand.

    Args:
        folder: Made if missing.

    Raises:
        RunError: Another process holds it, or the folder cannot be written.
    """
    with contextlib.ExitStack() as locks:
        _acquire(folder, locks)
        try:
            yield
        finally:
            with contextlib.suppress(OSError):
                (folder / _NAME).write_text("")


def _acquire(folder: Path, locks: contextlib.ExitStack) -> None:
    path = folder / _NAME
    try:
        folder.mkdir(parents=True, exist_ok=True)
        locks.enter_context(_folder_locked(folder))
        locks.enter_context(FileLock(path, blocking=False))
        left_by = path.read_text("utf-8", errors="replace").strip()
        path.write_text(json.dumps({"process": os.getpid(), "host": socket.gethostname()}), "utf-8")
    except (BlockingIOError, Timeout) as error:
        raise RunError(
            f"{folder}: in use by {_holder(path)}; wait for its end, or name another --workdir"
        ) from error
    except OSError as error:
        raise RunError(
            f"{folder}: cannot be written ({reason(error)}); name another --workdir"
        ) from error
    if left_by:
        log.info("%s: %s has ended without giving it free", folder, _described(left_by))


@contextlib.contextmanager
def _folder_locked(folder: Path) -> Iterator[None]:
    """Lock the folder itself where the system can.

    Raises:
        BlockingIOError: Another process has locked it.
    """
    if fcntl is None:
        yield
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            if error.errno not in _UNSUPPORTED:
                raise
        yield
    finally:
        os.close(descriptor)


def _holder(path: Path) -> str:
    try:
        return _described(path.read_text("utf-8", errors="replace"))
    except OSError:
        return "another process"


def _described(content: str) -> str:
    """The process that a lock file names."""
    try:
        holder = json.loads(content)
        return f"process {int(holder['process'])} on {holder['host']}"
    except (ValueError, TypeError, KeyError):  # it was killed while it wrote
        return "another process"
