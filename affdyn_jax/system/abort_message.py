"""Last words: a line on standard error for a process that can no longer write one."""

import contextlib
import subprocess
import sys
from collections.abc import Iterator

_REPORTER = "import sys; sys.stdin.read() or print(sys.argv[1], file=sys.stderr, flush=True)"


@contextlib.contextmanager
def abort_message(line: str) -> Iterator[None]:
    """Print a line on standard error if the process is killed or aborts within the block.

    Another process waits for that, until this one tells it that the block is over.
    """
    reporter = subprocess.Popen(
        [sys.executable, "-I", "-c", _REPORTER, line],
        stdin=subprocess.PIPE,
        start_new_session=True,  # an interrupt from the keyboard must not end it
    )
    try:
        yield
    finally:
        with contextlib.suppress(BrokenPipeError):
            reporter.communicate(b"over")
