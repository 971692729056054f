"""One writer for each run's folder."""

import contextlib
import json
import logging
import os
import socket
from collections.abc import Iterator
from pathlib import Path

from filelock import FileLock, Timeout

from affdyn_jax.errors import RunError, reason

_NAME = ".lock"

log = logging.getLogger(__name__)


@contextlib.contextmanager
def only_writer(folder: Path) -> Iterator[None]:
    """Hold a folder, so that no other process writes there meanwhile.

    The system gives the lock free when the process ends, however it ends. The lock file stays,
    and names the process for as long as it holds it.

    Args:
        folder: Made if missing.

    Raises:
        RunError: Another process holds it, or the folder cannot be written.
    """
    path = folder / _NAME
    try:
        folder.mkdir(parents=True, exist_ok=True)
        lock = FileLock(path, blocking=False)
        lock.acquire()
        left_by = path.read_text("utf-8", errors="replace").strip()
        path.write_text(json.dumps({"process": os.getpid(), "host": socket.gethostname()}), "utf-8")
    except Timeout as error:
        raise RunError(
            f"{folder}: in use by {_holder(path)}; wait for its end, or name another --workdir"
        ) from error
    except OSError as error:
        raise RunError(
            f"{folder}: cannot be written ({reason(error)}); name another --workdir"
        ) from error
    if left_by:
        log.info("%s: %s has ended without giving it free", folder, _described(left_by))
    try:
        yield
    finally:
        with contextlib.suppress(OSError):
            path.write_text("")
        lock.release()


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
