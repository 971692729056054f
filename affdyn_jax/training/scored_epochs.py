"""The scores of each epoch, told lane by lane to whoever follows the training."""

from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

import numpy as np

from affdyn_jax.method.tasks import Task
from affdyn_jax.training.lane_state import EpochScores
from affdyn_jax.training.lanes import Lane
from affdyn_jax.training.loop import Epoch, TrainingState


class ScoredEpoch(NamedTuple):
    """An epoch of the lanes of one hidden size that trained in it.

    Attributes:
        number: From 1.
        lanes: These lanes.
        columns: Their scores by the names that `history.csv` has, each of shape (lanes,).
    """

    number: int
    lanes: tuple[Lane, ...]
    columns: Mapping[str, np.ndarray]


class ScoredEpochs:
    """Tells each epoch of a training, those before an interruption first.

    Args:
        lanes: The L lanes.
        tasks: The K tasks.
        start: Where training starts.
        tell: Takes each epoch.
    """

    def __init__(
        self,
        lanes: Sequence[Lane],
        tasks: Sequence[Task],
        start: TrainingState,
        tell: Callable[[ScoredEpoch], None],
    ):
        self._lanes, self._tasks, self._tell_one = lanes, tasks, tell
        for number, scores in enumerate(zip(*start.history, strict=True), start=1):
            self._tell(number, start.lane_states.epochs >= number, EpochScores(*scores))
        self._trains_l = ~start.lane_states.stopped

    def __call__(self, epoch: Epoch) -> None:
        """To be called after each epoch of `train_lanes`."""
        self._tell(epoch.number, self._trains_l, epoch.scores)
        self._trains_l = ~epoch.stopped_l

    def _tell(self, number: int, trained_l: np.ndarray, scores: EpochScores) -> None:
        lanes = tuple(lane for lane, trained in zip(self._lanes, trained_l, strict=True) if trained)
        columns = epoch_columns(scores, self._tasks, self._lanes[0])
        self._tell_one(ScoredEpoch(number, lanes, {n: c[trained_l] for n, c in columns.items()}))


def epoch_columns(scores: EpochScores, tasks: Sequence[Task], lane: Lane) -> dict[str, np.ndarray]:
    """Scores by the names that `history.csv` has, of the shape that losses have.

    Args:
        scores: With any leading axes.
        tasks: The K tasks.
        lane: Any of the sweep, which says whether rules move w in it.
    """
    columns = {"train_loss": scores.train_loss, "dev_loss": scores.dev_loss}
    if "weighting" in dict(lane.swept):
        columns["epoch_w"] = scores.w
    of_tasks = {f"dev_ccc_{task.column}": scores.dev_ccc_k[..., k] for k, task in enumerate(tasks)}
    return columns | of_tasks
