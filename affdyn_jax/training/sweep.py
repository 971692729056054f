"""The lanes of one hidden size trained together, and asked for predictions."""

import logging
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import numpy as np

from affdyn_jax.dataset.dataset import Dataset
from affdyn_jax.method.model import Weights
from affdyn_jax.system import progress
from affdyn_jax.system.processes import wait_for_all
from affdyn_jax.training.arithmetic import arithmetic
from affdyn_jax.training.checkpoints import Checkpoints
from affdyn_jax.training.devices import lane_mesh
from affdyn_jax.training.lane_settings import lane_settings, parts_of
from affdyn_jax.training.lanes import Lane
from affdyn_jax.training.loop import (
    Epoch,
    TrainingState,
    new_training,
    predict_lanes,
    train_lanes,
)
from affdyn_jax.training.parts import Parts
from affdyn_jax.training.repetitions import TrainingData, repetitions_of, rows_of
from affdyn_jax.training.scored_epochs import ScoredEpoch, ScoredEpochs
from affdyn_jax.training.settings import TrainingSettings
from affdyn_jax.training.trained_lanes import EndStates, TrainedLanes
from affdyn_jax.training.watch import Watch

log = logging.getLogger(__name__)


def train_together(
    lanes: tuple[Lane, ...],
    dataset: Dataset,
    settings: TrainingSettings,
    checkpoints_folder: Path,
    tell: Callable[[ScoredEpoch], None] = lambda _: None,
) -> TrainedLanes:
    """Train all lanes of one hidden size, and predict dev and test with each one's best epoch.

    Args:
        lanes: One of the groups of `lanes.lanes_by_hidden_size`.
        dataset: Has the partitions `train` and `dev`.
        settings: How they are trained. The last epoch has a checkpoint, too.
        checkpoints_folder: Of this hidden size. Training resumes from what lies there.
        tell: Takes each epoch's scores, those of epochs before an interruption first.

    Raises:
        RunError: Checkpoints cannot be written, or come from other data.
        Stopped: The program is asked to stop; the epoch was finished and kept.
    """
    started = time.perf_counter()
    data, parts = training_data(lanes, dataset), parts_of(lanes, settings, dataset)
    with progress.waiting(f"making {len(lanes)} lanes"):
        new = new_lanes(lanes, dataset, settings)
    title = f"training H = {lanes[0].hidden_size}, {len(lanes)} lanes"
    computed_by = arithmetic(lane_mesh(len(lanes) // len(data.repetitions)).size)
    with Checkpoints(checkpoints_folder, new, data, computed_by) as checkpoints:
        start, seconds_before = checkpoints.latest()
        started -= seconds_before
        if start.epoch:
            log.info("%s: continuing after epoch %d", title, start.epoch)
        scored = ScoredEpochs(lanes, dataset.tasks, start, tell)
        with progress.stage(title, settings.max_epochs, "epochs", start.epoch) as advance:
            watch = Watch(
                lanes,
                new.lane_states.settings.task_weights,
                advance,
                checkpoints,
                settings.checkpoint_every,
                started,
            )

            def after_epoch(epoch: Epoch) -> None:
                scored(epoch)
                watch(epoch)

            trained = train_lanes(start, data, parts, after_epoch)
        if trained.epoch > start.epoch and trained.epoch % settings.checkpoint_every:
            checkpoints.save(trained, time.perf_counter() - started)
    wait_for_all()
    lane_states = EndStates.of(trained.lane_states)
    predictions = _predictions(lane_states.best_weights, dataset, data, parts)
    return TrainedLanes(
        lanes=lanes,
        lane_states=_without_infinite(lanes, lane_states, predictions),
        history=trained.history,
        predictions=predictions,
        seconds=time.perf_counter() - started,
        changes=checkpoints.changes,
    )


def _predictions(
    best_weights: Weights, dataset: Dataset, data: TrainingData, parts: Parts
) -> dict[str, np.ndarray]:
    """Predictions of all lanes for dev and test."""
    predicted = {name: each for name, each in dataset.examples.items() if name != "train"}
    predictions = {}
    with progress.waiting("predicting", len(predicted), "partitions") as line:
        for partition, examples in predicted.items():
            predictions[partition] = predict_lanes(
                best_weights,
                examples,
                parts.settings.recurrence,
                rows_of(data.repetitions, partition),
                parts.low_pass,
            )
            line.advance(partition)
    return predictions


def new_lanes(lanes: Sequence[Lane], dataset: Dataset, settings: TrainingSettings) -> TrainingState:
    """All lanes of one hidden size before their first epoch."""
    return new_training(
        lane_settings(lanes, dataset.dimensions, settings),
        training_data(lanes, dataset),
        lanes[0].hidden_size,
        parts_of(lanes, settings, dataset),
    )


def training_data(lanes: Sequence[Lane], dataset: Dataset) -> TrainingData:
    """What the lanes are trained on: their seeds on the dataset's splits, in their order."""
    seeds = list(dict.fromkeys(lane.seed for lane in lanes))
    train, dev = dataset.examples["train"], dataset.examples["dev"]
    return TrainingData(train, dev, repetitions_of(seeds, dataset.splits))


def _without_infinite(
    lanes: Sequence[Lane], lane_states: EndStates, predictions: Mapping[str, np.ndarray]
) -> EndStates:
    """Finite weights may be so large that predictions are not: such a lane has diverged too."""
    diverged_l = lane_states.diverged.copy()
    for partition, predictions_lntk in predictions.items():
        is_finite_l = np.isfinite(predictions_lntk).all(axis=(1, 2, 3))
        for index in np.flatnonzero(~is_finite_l & ~diverged_l):
            log.warning(
                "%s diverged: its predictions for %s became infinite or NaN",
                lanes[index].name,
                partition,
            )
        diverged_l |= ~is_finite_l
    return lane_states._replace(diverged=diverged_l)
