"""The last words of a process that is not able to say them itself."""

import contextlib
import subprocess
import sys
from collections.abc import Iterator

_REPORTER = "import sys; sys.stdin.read() or print(sys.argv[1], file=sys.stderr, flush=True)"


@contextlib.contextmanager
def last_words(line: str) -> Iterator[None]:
    """Say a line on standard error should the process be killed, or abort, within the block.

    Another process waits for that; it is told when the block is over, in whatever way.
    """
    reporter = subprocess.Popen(
        [sys.executable, "-I", "-c", _REPORTER, line],
        stdin=subprocess.PIPE,
        start_new_session=True,  # an interrupt from the keyboard is not meant for it
    )
    try:
        yield
    finally:
        with contextlib.suppress(BrokenPipeError):
            reporter.communicate(b"over")
