"""The end of standard output: it may be a pipe that nobody reads to its end, or a full disk."""

import contextlib
import os
import sys
from collections.abc import Iterator

from affdyn_jax.errors import MachineError, reason

_READER_IS_GONE = 141  # what a shell gives for a command that SIGPIPE has ended


@contextlib.contextmanager
def written_to_its_end() -> Iterator[None]:
    """Write all that the block prints; end the process quietly where the reader is gone.

    It is gone once `… | head` has enough. Any broken pipe that leaves the block is taken for it.

    Raises:
        MachineError: It cannot be written for another reason.
    """
    try:
        try:
            yield
        finally:
            _flush()
    except BrokenPipeError:
        _leave_the_rest()
        sys.exit(_READER_IS_GONE)


def _flush() -> None:
    try:
        print(end="", flush=True)
    except BrokenPipeError:
        raise
    except OSError as error:
        _leave_the_rest()
        raise MachineError(f"standard output cannot be written ({reason(error)})") from error


def _leave_the_rest() -> None:
    """Keep Python from trying once more when it ends, and complaining."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
