"""Requests to stop: SIGTERM and SIGINT end the program where nothing is lost.

Files appear whole or not at all, so a request may interrupt immediately almost everywhere. Only
training has something to save first: it looks for a request after each epoch.
"""

import contextlib
import os
import signal
import sys
import threading
from collections.abc import Iterator

_SIGNALS = (signal.SIGTERM, signal.SIGINT)


class Stopped(BaseException):  # like KeyboardInterrupt, it is no error
    """The program stops as requested.

    Not an `Exception`, so that no handler of errors catches it on its way out.

    Attributes:
        signal: The request.
        is_agreed: Whether all processes of the run stop for it already.
    """

    def __init__(self, number: int, is_agreed: bool = False):
        super().__init__(number)
        self.signal = signal.Signals(number)
        self.is_agreed = is_agreed


_requested: signal.Signals | None = None
_may_interrupt = False


def listen() -> None:
    """Take SIGTERM and SIGINT as requests to stop; a second one ends the process immediately.

    To be called once, in the main thread. Python runs signal handlers between two steps of the
    main thread, which may compile or compute for minutes; a thread that learns of signals
    through a pipe does what must not wait for that.
    """
    heard, told = os.pipe()
    os.set_blocking(told, False)
    signal.set_wakeup_fd(told, warn_on_full_buffer=False)
    for number in _SIGNALS:
        signal.signal(number, _on_signal)
    threading.Thread(target=_watch, args=(heard,), daemon=True, name="signals").start()


def requested() -> signal.Signals | None:
    """The signal that asked the program to stop, if one did."""
    return _requested


@contextlib.contextmanager
def interruptible(allowed: bool = True) -> Iterator[None]:
    """Let a request to stop interrupt the block, or keep it from doing so.

    Raises:
        Stopped: The program was or is asked to stop.
    """
    global _may_interrupt
    before, _may_interrupt = _may_interrupt, allowed
    try:
        _interrupt()
        yield
        _interrupt()
    finally:
        _may_interrupt = before
    _interrupt()


def _on_signal(number: int, _frame: object) -> None:
    global _requested
    _requested = _requested or signal.Signals(number)
    _interrupt()


def _interrupt() -> None:
    if _may_interrupt and _requested is not None:
        raise Stopped(_requested)


def _watch(heard: int) -> None:
    """Announce the first request, and end the process at the second."""
    print(
        f"{_next(heard).name}: stopping as soon as nothing is lost; once more stops at once",
        file=sys.stderr,
        flush=True,
    )
    os._exit(128 + _next(heard))


def _next(heard: int) -> signal.Signals:
    """Wait for the next request; other signals arrive by the pipe, too."""
    while (number := os.read(heard, 1)[0]) not in _SIGNALS:
        pass
    return signal.Signals(number)
