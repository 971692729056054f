"""One line on how far a stage of a run has come, as wide as the terminal or as a log line."""

from collections import deque

from rich.console import Console, ConsoleOptions, RenderResult
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from affdyn_jax.system.compilation import WorkClock

_UNITS_OF_ESTIMATE = 30  # the last ones: lanes that stop make epochs shorter
_SHORTEST_BAR, _LONGEST_BAR = 8, 30


class StageLine:
    """How far a stage has come.

    Args:
        title: What is done.
        total: How many units there are at most; None for something that has none.
        unit: What is counted.
        done: How many units an interrupted run had done.
        clock: Counts the seconds that the estimate of the time left goes by.
    """

    def __init__(self, title: str, total: int | None, unit: str, done: int, clock: WorkClock):
        self._title, self._total, self._unit, self._clock = title, total, unit, clock
        self.done, self.note = done, ""
        self._units = deque([clock()], maxlen=_UNITS_OF_ESTIMATE + 1)

    def advance(self, note: str) -> None:
        """A unit is done, and this is how things stand."""
        self.done, self.note = self.done + 1, note
        self._units.append(self._clock())

    def __str__(self) -> str:
        """The line for a log."""
        parts = [f"{self._title}: {self._count}", self.note, self._time_left("at most ")]
        return ", ".join(part for part in parts if part)

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        """The line for a terminal: where it is narrow the note goes first, then bar and title."""
        count, left = self._count, self._time_left("")
        room = options.max_width - len(count) - len(left) - 2
        title = Text(self._title, no_wrap=True, overflow="ellipsis")
        title.truncate(max(room, 0))
        room -= title.cell_len + 1
        note = self._note_within(room - _SHORTEST_BAR - 1)
        room -= len(note) + 1 if note else 0
        bar = ProgressBar(self._total, self.done, width=min(room, _LONGEST_BAR))
        line = Table.grid(padding=(0, 1, 0, 0))
        line.add_row(
            title,
            *([bar] if room >= _SHORTEST_BAR else []),
            Text(count, "cyan"),
            *([Text(left)] if left else []),
            *([Text(note, "dim")] if note else []),
        )
        yield line

    @property
    def _count(self) -> str:
        if self._total is None:
            return f"{_minutes(self._clock() - self._units[0])} so far"
        return f"{self.done}/{self._total} {self._unit}"

    def _time_left(self, before: str) -> str:
        """What is known of it: nothing before the first unit is done."""
        if self._clock.is_compiling:
            return "compiling"
        if len(self._units) == 1:
            return ""
        of_each = (self._units[-1] - self._units[0]) / (len(self._units) - 1)
        since_last = self._clock() - self._units[-1]
        left = max(of_each * (self._total - self.done) - since_last, 0)
        return f"{before}{_minutes(left)} left"

    def _note_within(self, width: int) -> str:
        """As many of the note's parts as fit."""
        note = self.note
        while len(note) > width:
            note, _, _ = note.rpartition(", ")
            if not note:
                return ""
        return note


def _minutes(seconds: float) -> str:
    """`0:07`, `12:30`, `2:05:00`."""
    minutes, seconds = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02d}:{seconds:02d}" if hours else f"{minutes}:{seconds:02d}"
