"""What a trained sweep leaves on disk: scores, choice of w, predictions, weights."""

import os
import platform
from collections.abc import Mapping, Sequence
from importlib import metadata
from pathlib import Path

import jax
import numpy as np

from affdyn_jax import workdir
from affdyn_jax.checkpoints import save_weights
from affdyn_jax.dataset import Dataset
from affdyn_jax.errors import RunError
from affdyn_jax.lanes import Task, tasks_of
from affdyn_jax.selection import best_lanes, over_seeds, select_w
from affdyn_jax.sweep import TrainedLanes, learning_curves, score_sweep

_PACKAGES = ("affdyn_jax", "jax", "jaxlib", "flax", "optax", "numpy", "librosa")


def write_results(
    run_folder: Path,
    sweep: Sequence[TrainedLanes],
    dataset: Dataset,
    feature_names: Sequence[str],
    dimensions: Sequence[str],
    frame_rate: float,
) -> dict[str, str]:
    """Score all lanes, choose among them, and write all that the run has found.

    Args:
        run_folder: The run's workdir.
        sweep: All trained lanes.
        dataset: What they were trained on.
        feature_names: Names of the F features.
        dimensions: The D dimensions.
        frame_rate: Of the frames, in Hz.

    Returns:
        The name of the lane that made each column of the predictions, the best one on dev.

    Raises:
        RunError: All lanes diverged, or the folder cannot be written.
    """
    tasks = tasks_of(dimensions)
    scores = score_sweep(sweep, dataset, dimensions)
    workdir.write_table(run_folder, "lanes.csv", scores)
    workdir.write_table(run_folder, "history.csv", learning_curves(sweep, tasks))
    workdir.write_standardisation(run_folder, feature_names, dataset.standardisation)
    for group in sweep:
        folder = run_folder / "checkpoints" / f"hidden_{group.lanes[0].hidden_size}"
        save_weights(folder, group.trained.weights)

    if scores["diverged"].all():
        raise RunError(
            f"{run_folder / 'lanes.csv'}: all {len(scores['lane'].unique())} lanes diverged, so "
            "there is nothing to choose from; lower training.learning_rate"
        )
    workdir.write_table(run_folder, "selection.csv", select_w(over_seeds(scores)))

    best = best_lanes(scores)
    predicting_lanes = {
        Task(row.dimension, row.target): row.lane for row in best.itertuples(index=False)
    }
    for partition, names in dataset.names.items():
        if partition != "train":
            predictions = _predictions(sweep, predicting_lanes, tasks, partition)
            for n, recording in enumerate(names):
                _write_recording(
                    run_folder, partition, recording, n, predictions, dataset, tasks, frame_rate
                )
    return {workdir.column_name(task): lane for task, lane in predicting_lanes.items()}


def versions() -> dict[str, str]:
    """Of Python and of the packages that the numbers depend on."""
    return {"python": platform.python_version()} | {
        package: metadata.version(package) for package in _PACKAGES
    }


def hardware() -> str:
    """The devices that JAX computes on, and the machine's processor."""
    devices = jax.devices()
    return (
        f"{len(devices)} {devices[0].platform} device(s) ({devices[0].device_kind}), "
        f"{os.cpu_count()} {platform.machine()} processor(s)"
    )


def _predictions(
    sweep: Sequence[TrainedLanes],
    predicting_lanes: Mapping[Task, str],
    tasks: Sequence[Task],
    partition: str,
) -> dict[Task, np.ndarray]:
    """Predictions, shape (N, T), of each task that has a lane: not if all of its diverged."""
    by_lane = {
        lane.name: group.predictions[partition][index]
        for group in sweep
        for index, lane in enumerate(group.lanes)
    }
    return {task: by_lane[lane][..., tasks.index(task)] for task, lane in predicting_lanes.items()}


def _write_recording(
    run_folder: Path,
    partition: str,
    recording: str,
    n: int,
    predictions: Mapping[Task, np.ndarray],
    dataset: Dataset,
    tasks: Sequence[Task],
    frame_rate: float,
) -> None:
    """Predictions and, where there is one, the gold standard of the n-th recording."""
    examples = dataset.examples[partition]
    frames = slice(0, int(examples.frames_n[n]))
    workdir.write_predictions(
        run_folder,
        partition,
        recording,
        {
            workdir.column_name(task): values_nt[n, frames]
            for task, values_nt in predictions.items()
        },
        frame_rate,
    )
    if partition in dataset.labelled:
        gold_tk = np.where(examples.valid_ntk[n], examples.gold_ntk[n], np.nan)[frames]
        workdir.write_gold_standard(
            run_folder,
            partition,
            recording,
            {workdir.column_name(task): gold_tk[:, k] for k, task in enumerate(tasks)},
            frame_rate,
        )
