"""What a trained sweep leaves on disk: scores, choice of w, predictions, weights."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from affdyn_jax import workdir
from affdyn_jax.comparison import compare_with_w0
from affdyn_jax.dataset import Dataset
from affdyn_jax.errors import RunError
from affdyn_jax.evaluation import lane_scores
from affdyn_jax.lanes import Task, tasks_of
from affdyn_jax.selection import best_lanes, over_seeds, select_w
from affdyn_jax.sweep import TrainedLanes
from affdyn_jax.trained_weights import save_weights


def write_results(
    run_folder: Path,
    sweep: Sequence[TrainedLanes],
    dataset: Dataset,
    feature_names: Sequence[str],
    dimensions: Sequence[str],
    frame_rate: float,
    annotation_delay: float,
) -> dict[str, str]:
    """Score all lanes, choose among them, and write all that the run has found.

    Args:
        run_folder: The run's workdir.
        sweep: All trained lanes.
        dataset: What they were trained on.
        feature_names: Names of the F features.
        dimensions: The D dimensions.
        frame_rate: Of the frames, in Hz.
        annotation_delay: Seconds by which the gold standards were moved earlier. Predictions
            are written with the times of the ratings that they are to be compared with.

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
        folder = workdir.weights_folder(run_folder, group.lanes[0].hidden_size)
        save_weights(folder, group.trained.lanes.best_weights)

    if scores["diverged"].all():
        raise RunError(
            f"{run_folder / 'lanes.csv'}: all {len(scores['lane'].unique())} lanes diverged, so "
            "there is nothing to choose from; lower training.learning_rate"
        )
    selection = compare_with_w0(
        select_w(over_seeds(scores)),
        scores,
        _by_lane(sweep, "test"),
        dataset.gold.get("test"),
        tasks,
    )
    workdir.write_table(run_folder, "selection.csv", selection)

    best = best_lanes(scores)
    predicting_lanes = {
        Task(row.dimension, row.target): row.lane for row in best.itertuples(index=False)
    }
    for partition, names in dataset.names.items():
        if partition != "train":
            predictions = _predictions(sweep, predicting_lanes, tasks, partition)
            for n, recording in enumerate(names):
                frame_count = int(dataset.examples[partition].frames_n[n])
                times_t = np.arange(frame_count) / frame_rate + annotation_delay
                _write_recording(
                    run_folder, partition, recording, n, times_t, predictions, dataset, tasks
                )
    return {task.column: lane for task, lane in predicting_lanes.items()}


def score_sweep(
    sweep: Sequence[TrainedLanes], dataset: Dataset, dimensions: Sequence[str]
) -> pd.DataFrame:
    """The table `lanes.csv` of all hidden sizes (see `evaluation.lane_scores`)."""
    return pd.concat(
        [
            lane_scores(
                group.lanes,
                tasks_of(dimensions),
                group.predictions,
                dataset.gold,
                group.trained.lanes.best_epoch,
                group.trained.lanes.epochs,
                group.trained.lanes.diverged,
            )
            for group in sweep
        ],
        ignore_index=True,
    )


def learning_curves(sweep: Sequence[TrainedLanes], tasks: Sequence[Task]) -> pd.DataFrame:
    """The table `history.csv`: a row for each lane and epoch that it trained."""
    curves = []
    for group in sweep:
        history = group.trained.history
        for index, lane in enumerate(group.lanes):
            trained = slice(0, int(group.trained.lanes.epochs[index]))
            curve = {
                "lane": lane.name,
                "setup": lane.setup,
                "hidden_size": lane.hidden_size,
                "w": lane.w,
                "seed": lane.seed,
                "epoch": np.arange(1, trained.stop + 1),
                "train_loss": history.train_loss[trained, index],
                "dev_loss": history.dev_loss[trained, index],
            }
            for k, task in enumerate(tasks):
                curve[f"dev_ccc_{task.column}"] = history.dev_ccc_k[trained, index, k]
            curves.append(pd.DataFrame(curve))
    return pd.concat(curves, ignore_index=True)


def _by_lane(sweep: Sequence[TrainedLanes], partition: str) -> dict[str, np.ndarray]:
    """Predictions of each lane by its name, shape (N, T, K); nothing without the partition."""
    return {
        lane.name: group.predictions[partition][index]
        for group in sweep
        if partition in group.predictions
        for index, lane in enumerate(group.lanes)
    }


def _predictions(
    sweep: Sequence[TrainedLanes],
    predicting_lanes: Mapping[Task, str],
    tasks: Sequence[Task],
    partition: str,
) -> dict[Task, np.ndarray]:
    """Predictions, shape (N, T), of each task that has a lane: not if all of its diverged."""
    by_lane = _by_lane(sweep, partition)
    return {task: by_lane[lane][..., tasks.index(task)] for task, lane in predicting_lanes.items()}


def _write_recording(
    run_folder: Path,
    partition: str,
    recording: str,
    n: int,
    times_t: np.ndarray,
    predictions: Mapping[Task, np.ndarray],
    dataset: Dataset,
    tasks: Sequence[Task],
) -> None:
    """Predictions and, where there is one, the gold standard of the n-th recording."""
    frames = slice(0, len(times_t))
    predicted = {task.column: values_nt[n, frames] for task, values_nt in predictions.items()}
    workdir.write_predictions(run_folder, partition, recording, times_t, predicted)
    if partition in dataset.labelled:
        examples = dataset.examples[partition]
        gold_tk = np.where(examples.valid_ntk[n], examples.gold_ntk[n], np.nan)[frames]
        gold = {task.column: gold_tk[:, k] for k, task in enumerate(tasks)}
        workdir.write_gold_standard(run_folder, partition, recording, times_t, gold)
