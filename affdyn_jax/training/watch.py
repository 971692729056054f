"""A training watched from epoch to epoch: how it stands, lanes that diverge, checkpoints."""

import logging
import time
from collections.abc import Callable, Sequence

import numpy as np

from affdyn_jax.system.processes import agreed_request, wait_for_all
from affdyn_jax.training.checkpoints import Checkpoints
from affdyn_jax.training.lane_state import EpochScores
from affdyn_jax.training.lanes import Lane
from affdyn_jax.training.loop import Epoch

log = logging.getLogger(__name__)


class Watch:
    """To be called after each epoch of `train_lanes`.

    Args:
        lanes: The L lanes.
        task_weights_lk: Their task weights, shape (L, K).
        advance: Takes a line on how things stand.
        checkpoints: Where the training state is kept.
        checkpoint_every: Epochs from one checkpoint to the next.
        started: When training started, by `time.perf_counter`; earlier by what was spent
            before an interruption.
    """

    def __init__(
        self,
        lanes: Sequence[Lane],
        task_weights_lk: np.ndarray,
        advance: Callable[[str], None],
        checkpoints: Checkpoints,
        checkpoint_every: int,
        started: float,
    ):
        self._lanes = lanes
        self._is_trained_lk = task_weights_lk > 0
        self._advance = advance
        self._checkpoints = checkpoints
        self._checkpoint_every = checkpoint_every
        self._started = started
        self._best_dev_ccc = -np.inf

    def __call__(self, epoch: Epoch) -> None:
        """Tell of an epoch, and keep its state when a checkpoint is due or a stop requested.

        Raises:
            RunError: The checkpoint cannot be written.
            Stopped: The program is asked to stop; the state is kept.
        """
        for index in np.flatnonzero(epoch.diverging_l):
            log.warning(
                "%s diverged in epoch %d: its %s became infinite or NaN",
                self._lanes[index].name,
                epoch.number,
                _what_diverged(epoch.scores, index),
            )
        dev_ccc_lk, best = epoch.scores.dev_ccc_k, self._best_dev_ccc
        counts_lk = self._is_trained_lk & np.isfinite(dev_ccc_lk)
        self._best_dev_ccc = max(best, np.max(dev_ccc_lk, initial=best, where=counts_lk))
        training = np.sum(~epoch.stopped_l)
        self._advance(f"{training} lanes training, best dev CCC so far {self._best_dev_ccc:.3f}")
        if agreed_request() is not None or epoch.number % self._checkpoint_every == 0:
            self._checkpoints.save(epoch.state(), time.perf_counter() - self._started)
            wait_for_all()


def _what_diverged(scores: EpochScores, index: int) -> str:
    """What is not finite of a lane that has just diverged."""
    for name, loss_l in (("training loss", scores.train_loss), ("dev loss", scores.dev_loss)):
        if not np.isfinite(loss_l[index]):
            return name
    return "weights"
