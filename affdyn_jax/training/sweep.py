"""The lanes of one hidden size: trained together, watched, and asked for predictions."""

import dataclasses
import logging
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

import jax
import numpy as np
import optax

from affdyn_jax.dataset.dataset import Dataset
from affdyn_jax.method.tasks import task_weights
from affdyn_jax.system import progress
from affdyn_jax.system.processes import agreed_request, wait_for_all
from affdyn_jax.training.arithmetic import arithmetic
from affdyn_jax.training.checkpoints import Checkpoints
from affdyn_jax.training.devices import lane_mesh
from affdyn_jax.training.epoch import EpochScores
from affdyn_jax.training.lanes import Lane
from affdyn_jax.training.loop import (
    Epoch,
    TrainingState,
    epoch_program,
    new_training,
    predict_lanes,
    train_lanes,
)
from affdyn_jax.training.timing import EpochSeconds, seconds_in_turns, together_and_alone

log = logging.getLogger(__name__)

# The w of the dev loss that early stopping goes by: the lane's own, or that of one target.
MONITORS = {"loss": None, "state": 0.0, "dynamics": 1.0}


@dataclasses.dataclass(frozen=True, eq=False)
class TrainedLanes:
    """The L lanes of one hidden size after training.

    Attributes:
        lanes: The lanes.
        trained: Their best weights and their history.
        predictions: Of `dev` and, if there is one, `test`, shape (L, N, T, K); all finite but
            for lanes that diverged.
        seconds: Wall time of it all, with what was spent before an interruption.
        changes: In what the arithmetic was another one after an interruption than before.
        epoch_seconds: What an epoch takes, where it was measured (`time_epochs`).
    """

    lanes: tuple[Lane, ...]
    trained: TrainingState = dataclasses.field(repr=False)
    predictions: dict[str, np.ndarray] = dataclasses.field(repr=False)
    seconds: float
    changes: Sequence[str] = ()
    epoch_seconds: EpochSeconds | None = None


def train_together(
    lanes: tuple[Lane, ...],
    dataset: Dataset,
    dimensions: Sequence[str],
    optimiser: optax.GradientTransformation,
    max_epochs: int,
    patience: int,
    monitor: str,
    checkpoints_folder: Path,
    checkpoint_every: int,
) -> TrainedLanes:
    """Train all lanes of one hidden size, and predict dev and test with each one's best epoch.

    Args:
        lanes: One of the groups of `lanes.lanes_by_hidden_size`.
        dataset: Has the partitions `train` and `dev`.
        dimensions: The D dimensions.
        optimiser: From `loop.adam`.
        max_epochs: After which every lane is over (§4.2).
        patience: Epochs without improvement after which a lane is over (§4.2).
        monitor: A key of `MONITORS`.
        checkpoints_folder: Of this hidden size. Training goes on from what lies there.
        checkpoint_every: Epochs from one checkpoint to the next; the last epoch has one, too.

    Raises:
        RunError: Checkpoints cannot be written, or come from other data.
        Stopped: The program is asked to stop; the epoch was finished and kept.
    """
    started = time.perf_counter()
    seeds = _seeds(lanes)
    train, dev = dataset.examples["train"], dataset.examples["dev"]
    task_weights_lk = _task_weights(lanes, dimensions)
    new = _new_training(lanes, dataset, dimensions, optimiser, monitor)
    title = f"training H = {lanes[0].hidden_size}, {len(lanes)} lanes"
    computed_by = arithmetic(lane_mesh(len(lanes) // len(seeds)).size)
    with Checkpoints(checkpoints_folder, new, train, dev, computed_by) as checkpoints:
        start, seconds_before = checkpoints.latest()
        if start.epoch:
            log.info("%s: going on after epoch %d", title, start.epoch)

        def seconds() -> float:
            return seconds_before + time.perf_counter() - started

        with progress.stage(title, max_epochs, "epochs", start.epoch) as advance:
            best = -np.inf

            def on_epoch(epoch: Epoch) -> None:
                nonlocal best
                dev_ccc_lk = epoch.scores.dev_ccc_k
                for index in np.flatnonzero(epoch.diverging_l):
                    log.warning(
                        "%s diverged in epoch %d: its %s became infinite or NaN",
                        lanes[index].name,
                        epoch.number,
                        _what_diverged(epoch.scores, index),
                    )
                is_trained_lk = (task_weights_lk > 0) & np.isfinite(dev_ccc_lk)
                best = max(best, np.max(dev_ccc_lk, initial=best, where=is_trained_lk))
                training = np.sum(~epoch.stopped_l)
                advance(f"{training} lanes training, best dev CCC so far {best:.3f}")
                if agreed_request() is not None or epoch.number % checkpoint_every == 0:
                    checkpoints.save(epoch.state(), seconds())
                    wait_for_all()

            trained = train_lanes(
                start, seeds, train, dev, optimiser, max_epochs, patience, on_epoch
            )
        if trained.epoch > start.epoch and trained.epoch % checkpoint_every:
            checkpoints.save(trained, seconds())
    wait_for_all()
    predictions = {
        partition: predict_lanes(trained.lanes.best_weights, examples)
        for partition, examples in dataset.examples.items()
        if partition != "train"
    }
    trained = _without_infinite(lanes, trained, predictions)
    return TrainedLanes(lanes, trained, predictions, seconds(), checkpoints.changes)


def seconds_of_an_epoch(
    lanes: tuple[Lane, ...],
    dataset: Dataset,
    dimensions: Sequence[str],
    optimiser: optax.GradientTransformation,
    patience: int,
    monitor: str,
) -> float:
    """How long an epoch of all lanes of one hidden size takes, measured on new ones.

    Args:
        lanes: All arguments as `train_together` takes them.
        dataset: The same.
        dimensions: The same.
        optimiser: The same.
        patience: The same.
        monitor: The same.

    Returns:
        Seconds, the median of several epochs without compilation. Nothing is kept.
    """
    new = _new_training(lanes, dataset, dimensions, optimiser, monitor)
    train, dev = dataset.examples["train"], dataset.examples["dev"]
    epoch = epoch_program(new.lanes, _seeds(lanes), train, dev, optimiser, patience)
    return float(np.median(seconds_in_turns([epoch])))


def time_epochs(
    group: TrainedLanes, dataset: Dataset, optimiser: optax.GradientTransformation, patience: int
) -> TrainedLanes:
    """The lanes with what an epoch takes of all of them together, and of one alone.

    Of several processes all have to call it, since all hold some of the lanes.

    Args:
        group: From `train_together`.
        dataset: As in `train_together`.
        optimiser: The same.
        patience: The same.
    """
    together, seeds = group.trained.lanes, _seeds(group.lanes)
    alone = jax.tree.map(lambda leaf: leaf[:1], together)
    train, dev = dataset.examples["train"], dataset.examples["dev"]
    programs = [
        epoch_program(lanes, of_lanes, train, dev, optimiser, patience)
        for lanes, of_lanes in ((together, seeds), (alone, seeds[:1]))
    ]
    return dataclasses.replace(group, epoch_seconds=together_and_alone(*programs))


def _new_training(
    lanes: Sequence[Lane],
    dataset: Dataset,
    dimensions: Sequence[str],
    optimiser: optax.GradientTransformation,
    monitor: str,
) -> TrainingState:
    """All lanes before their first epoch."""
    return new_training(
        _task_weights(lanes, dimensions),
        _task_weights(lanes, dimensions, MONITORS[monitor]),
        _seeds(lanes),
        lanes[0].hidden_size,
        dataset.examples["train"],
        optimiser,
    )


def _seeds(lanes: Sequence[Lane]) -> list[int]:
    """The lanes' seeds, in their order."""
    return list(dict.fromkeys(lane.seed for lane in lanes))


def _task_weights(
    lanes: Sequence[Lane], dimensions: Sequence[str], w: float | None = None
) -> np.ndarray:
    """Task weights of all lanes, shape (L, K), by the lane's own w unless one is given."""
    return np.stack(
        [task_weights(lane.dimensions, lane.w if w is None else w, dimensions) for lane in lanes]
    )


def _what_diverged(scores: EpochScores, index: int) -> str:
    """What is not finite of a lane that has just diverged."""
    for name, loss_l in (("training loss", scores.train_loss), ("dev loss", scores.dev_loss)):
        if not np.isfinite(loss_l[index]):
            return name
    return "weights"


def _without_infinite(
    lanes: Sequence[Lane], trained: TrainingState, predictions: Mapping[str, np.ndarray]
) -> TrainingState:
    """Finite weights may be so large that predictions are not: such a lane has diverged too."""
    diverged_l = trained.lanes.diverged.copy()
    for partition, predictions_lntk in predictions.items():
        is_finite_l = np.isfinite(predictions_lntk).all(axis=(1, 2, 3))
        for index in np.flatnonzero(~is_finite_l & ~diverged_l):
            log.warning(
                "%s diverged: its predictions for %s became infinite or NaN",
                lanes[index].name,
                partition,
            )
        diverged_l |= ~is_finite_l
    return trained._replace(lanes=trained.lanes._replace(diverged=diverged_l))
