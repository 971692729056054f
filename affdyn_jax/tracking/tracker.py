"""The one interface of all trackers, and what keeps their failures away from a run."""

import logging
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import ClassVar

from affdyn_jax.errors import reason
from affdyn_jax.training.scored_epochs import ScoredEpoch

log = logging.getLogger(__name__)


class Tracker:
    """What follows a run; does nothing at a point that it does not care for.

    It sees a run from its first epoch to its end, also where the run was interrupted: epochs of
    before are told again. What it says of them then replaces what it said before.

    Attributes:
        name: Stands in messages.
    """

    name: ClassVar[str]

    def on_epoch(self, epoch: ScoredEpoch) -> None:
        """Take the scores of an epoch, while the sweep trains."""

    def on_end(self, run_folder: Path) -> None:
        """Take the results, when all is on disk, the report too."""


class Trackers:
    """The trackers of a run. One that fails is left out from then on, in a line of the log."""

    def __init__(self, trackers: Iterable[Tracker] = ()):
        self._trackers = list(trackers)

    def on_epoch(self, epoch: ScoredEpoch) -> None:
        """As `Tracker.on_epoch`."""
        self._tell(lambda tracker: tracker.on_epoch(epoch))

    def on_end(self, run_folder: Path) -> None:
        """As `Tracker.on_end`."""
        self._tell(lambda tracker: tracker.on_end(run_folder))

    def _tell(self, call: Callable[[Tracker], None]) -> None:
        for tracker in tuple(self._trackers):
            try:
                call(tracker)
            # Any error of libraries and servers that are not ours; a request to stop is none.
            except Exception as error:
                self._trackers.remove(tracker)
                log.warning(
                    "%s: failed (%s: %s); the run continues without it",
                    *(tracker.name, type(error).__name__, reason(error)),
                )
