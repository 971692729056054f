"""Progress and log lines of a run: a bar on a terminal, plain lines elsewhere."""

import contextlib
import logging
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from rich.console import Console
from rich.highlighter import NullHighlighter
from rich.live import Live
from rich.logging import RichHandler

from affdyn_jax.errors import RunError, reason
from affdyn_jax.system.compilation import WorkClock
from affdyn_jax.system.processes import is_first
from affdyn_jax.system.stage_line import StageLine

_SECONDS_BETWEEN_LINES = 10.0
_REFRESHES_PER_SECOND = 4
_CLOCK = "%H:%M:%S"

log = logging.getLogger("affdyn_jax")
_console = Console(stderr=True)


@contextlib.contextmanager
def logging_to(file: Path | None = None) -> Iterator[None]:
    """Show the program's log lines on standard error, and append them to a file if given.

    Of several processes the first one does so; the others show warnings only.

    Raises:
        RunError: The file cannot be written.
    """
    handlers = [_shown_lines()]
    if file is not None and is_first():
        try:
            file.parent.mkdir(parents=True, exist_ok=True)
            # A file may have a name that is not UTF-8, which a line then shows with escapes.
            handlers.append(_LogFile(file, encoding="utf-8", errors="backslashreplace"))
        except OSError as error:
            raise RunError(
                f"{file}: cannot be written ({error.strerror}); name another --workdir"
            ) from error
        handlers[-1].setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(message)s"))
    level, propagate = log.level, log.propagate
    log.setLevel(logging.INFO if is_first() else logging.WARNING)
    log.propagate = False  # absl's own handler would print each line once more
    for handler in handlers:
        log.addHandler(handler)
    try:
        yield
    finally:
        log.setLevel(level)
        log.propagate = propagate
        for handler in handlers:
            log.removeHandler(handler)
            with contextlib.suppress(OSError):  # of unwritten lines, which was reported before
                handler.close()


def _shown_lines() -> logging.Handler:
    """Lines as they are shown: the time of day, and a level only where it is not the usual one."""
    if not _console.is_terminal:
        handler = logging.StreamHandler()
        handler.setFormatter(_WithLevel("%(asctime)s %(level)s%(message)s", _CLOCK))
        return handler
    handler = RichHandler(
        console=_console,
        show_level=False,
        show_path=False,
        omit_repeated_times=False,
        highlighter=NullHighlighter(),
    )
    handler.setFormatter(_WithLevel("%(level)s%(message)s", _CLOCK))
    return handler


class _WithLevel(logging.Formatter):
    """Knows the word before a line that is no mere information, `warning: `."""

    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802 - the base class's name
        is_usual = record.levelno == logging.INFO
        record.level = "" if is_usual else f"{record.levelname.lower()}: "
        return super().formatMessage(record)


class _LogFile(logging.FileHandler):
    """The log file; a run continues without it where the disk is full, and says so once.

    Lines are written again as soon as there is room.
    """

    _told = False

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802 - the base class's name
        """Report an error of the system in one line, others with a traceback."""
        error = sys.exc_info()[1]
        if not isinstance(error, OSError):
            super().handleError(record)
        elif not self._told:
            self._told = True
            log.warning(
                "%s: cannot be written (%s); the run continues without it, so make room",
                self.baseFilename,
                reason(error),
            )


@contextlib.contextmanager
def stage(
    title: str, total: int, unit: str, done_before: int = 0
) -> Iterator[Callable[[str], None]]:
    """Show how far a stage of the run has come, and log how it has ended.

    Args:
        title: What is done.
        total: How many units there are at most.
        unit: What is counted, e.g. `recordings`.
        done_before: How many units an interrupted run had done.

    Yields:
        A function to call after each unit, with a note on the state of things.
    """
    started = time.monotonic()
    with waiting(title, total, unit, done_before) as line:
        yield line.advance
    seconds, note = time.monotonic() - started, line.note or "nothing to do"
    log.info("%s: %d %s in %.1f s, %s", title, line.done - done_before, unit, seconds, note)


@contextlib.contextmanager
def waiting(
    title: str, total: int | None = None, unit: str = "", done_before: int = 0
) -> Iterator[StageLine]:
    """Show how far something has come while it lasts; for what only matters when it is long.

    Without a terminal nothing is logged unless it takes long.

    Args:
        title: All arguments as of `stage`.
        total: The same; None for something without units.
        unit: The same.
        done_before: The same.

    Yields:
        The line, to be told of each unit.
    """
    clock = WorkClock()
    with clock.running():
        line = StageLine(title, total, unit, done_before, clock)
        with _shown(line):
            yield line


@contextlib.contextmanager
def _shown(line: StageLine) -> Iterator[None]:
    """Keep a line on the terminal, or log it as often as nobody should wait longer for it."""
    if _console.is_terminal:
        with _live(line) if log.isEnabledFor(logging.INFO) else contextlib.nullcontext():
            yield
        return
    is_over = threading.Event()

    def tell() -> None:
        while not is_over.wait(_SECONDS_BETWEEN_LINES):
            log.info("%s", line)

    teller = threading.Thread(target=tell, daemon=True, name="progress")
    teller.start()
    try:
        yield
    finally:
        is_over.set()
        teller.join()


def _live(line: StageLine) -> Live:
    return Live(line, console=_console, refresh_per_second=_REFRESHES_PER_SECOND, transient=True)
