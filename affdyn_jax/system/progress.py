"""Progress and log lines of a run: a bar on a terminal, plain lines elsewhere."""

import contextlib
import datetime
import logging
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from rich.console import Console
from rich.logging import RichHandler
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from affdyn_jax.errors import RunError, reason
from affdyn_jax.system.processes import is_first

_SECONDS_BETWEEN_LINES = 10.0

log = logging.getLogger("affdyn_jax")
_console = Console(stderr=True)


@contextlib.contextmanager
def logging_to(file: Path | None = None) -> Iterator[None]:
    """Show the program's log lines on standard error, and append them to a file if given.

    Of several processes the first one does so; the others show warnings only.

    Raises:
        RunError: The file cannot be written.
    """
    lines = logging.Formatter("%(asctime)s %(levelname)s %(message)s")
    if _console.is_terminal:
        handlers = [RichHandler(console=_console, show_path=False)]
    else:
        handlers = [logging.StreamHandler()]
        handlers[0].setFormatter(lines)
    if file is not None and is_first():
        try:
            file.parent.mkdir(parents=True, exist_ok=True)
            # A file may have a name that is not UTF-8, which a line then shows with escapes.
            handlers.append(_LogFile(file, encoding="utf-8", errors="backslashreplace"))
        except OSError as error:
            raise RunError(
                f"{file}: cannot be written ({error.strerror}); name another --workdir"
            ) from error
        handlers[-1].setFormatter(lines)
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
    """Show how far a stage of the run has come.

    Args:
        title: What is done.
        total: How many units there are at most.
        unit: What is counted, e.g. `recordings`.
        done_before: How many units an interrupted run had done.

    Yields:
        A function to call after each unit, with a note on the state of things.
    """
    started = last_line = time.monotonic()
    done, last_note = done_before, ""
    bar = Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("{task.fields[unit]}  {task.fields[note]}"),
        TimeRemainingColumn(),
        console=_console,
        disable=not (_console.is_terminal and log.isEnabledFor(logging.INFO)),
        transient=True,
    )
    with bar:
        task = bar.add_task(title, total=total, completed=done, unit=unit, note="")

        def advance(note: str) -> None:
            nonlocal done, last_note, last_line
            done, last_note = done + 1, note
            bar.update(task, completed=done, note=note)
            now = time.monotonic()
            if bar.disable and now - last_line > _SECONDS_BETWEEN_LINES and done < total:
                last_line = now
                of_each = (now - started) / (done - done_before)
                left = datetime.timedelta(seconds=round(of_each * (total - done)))
                log.info("%s: %d/%d %s, %s, at most %s left", title, done, total, unit, note, left)

        yield advance
    seconds = time.monotonic() - started
    note = last_note or "nothing to do"
    log.info("%s: %d %s in %.1f s, %s", title, done - done_before, unit, seconds, note)
