"""What a trained sweep leaves on disk: scores, choice of w, predictions, weights."""

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from affdyn_jax.corpora.corpus import Corpus
from affdyn_jax.dataset.dataset import Dataset
from affdyn_jax.errors import RunError
from affdyn_jax.evaluation.comparison import compare_with_w0
from affdyn_jax.evaluation.scores import lane_scores
from affdyn_jax.evaluation.selection import best_lanes, over_seeds, select_w
from affdyn_jax.method.tasks import Task, tasks_of
from affdyn_jax.training.sweep import TrainedLanes
from affdyn_jax.workdir import files
from affdyn_jax.workdir.weights import save_weights


def write_results(
    run_folder: Path,
    sweep: Sequence[TrainedLanes],
    dataset: Dataset,
    feature_names: Sequence[str],
    corpus: Corpus,
    frame_rate: float,
    annotation_delay: float,
) -> dict[str, str]:
    """Score all lanes, choose among them, and write all that the run has found.

    Args:
        run_folder: The run's workdir.
        sweep: All trained lanes.
        dataset: What they were trained on.
        feature_names: Names of the F features.
        corpus: Its dimensions, and the scale on which predictions and gold standards are written.
        frame_rate: Of the frames, in Hz.
        annotation_delay: Seconds by which the gold standards were moved earlier. Predictions
            are written with the times of the ratings that they are to be compared with.

    Returns:
        The name of the lane that made each column of the predictions (see
        `selection.best_lanes`): columns in the order of `tasks_of`, those that no lane trains
        left out.

    Raises:
        RunError: All lanes diverged, or the folder cannot be written.
    """
    tasks = tasks_of(corpus.dimensions)
    scores = score_sweep(sweep, dataset, corpus.dimensions)
    files.write_table(run_folder, "lanes.csv", scores)
    files.write_table(run_folder, "history.csv", learning_curves(sweep, tasks))
    files.write_standardisation(run_folder, feature_names, dataset.standardisation)
    for group in sweep:
        folder = files.weights_folder(run_folder, group.lanes[0].hidden_size)
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
    files.write_table(run_folder, "selection.csv", selection)

    best = {
        Task(row.dimension, row.target): row.lane
        for row in best_lanes(scores).itertuples(index=False)
    }
    predicting_lanes = {task: best[task] for task in tasks if task in best}
    scale = corpus.rating_scale
    for partition, names in dataset.names.items():
        if partition == "train":
            continue
        examples = dataset.examples[partition]
        predictions_ntc = _predictions(sweep, predicting_lanes, tasks, partition)
        predictions_ntc = scale.from_unit(predictions_ntc, predicting_lanes)
        gold_ntk = np.where(examples.valid_ntk, examples.gold_ntk, np.nan)
        gold_ntk = scale.from_unit(gold_ntk, tasks)
        for n, recording in enumerate(names):
            frames = slice(0, int(examples.frames_n[n]))
            of_recording = run_folder, partition, recording
            times_t = np.arange(frames.stop) / frame_rate + annotation_delay
            predicted = _columns(predictions_ntc[n, frames], predicting_lanes)
            files.write_predictions(*of_recording, times_t, predicted)
            if partition in dataset.labelled:
                gold = _columns(gold_ntk[n, frames], tasks)
                files.write_gold_standard(*of_recording, times_t, gold)
    return {task.column: lane for task, lane in predicting_lanes.items()}


def score_sweep(
    sweep: Sequence[TrainedLanes], dataset: Dataset, dimensions: Sequence[str]
) -> pd.DataFrame:
    """The table `lanes.csv` of all hidden sizes (see `scores.lane_scores`)."""
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
) -> np.ndarray:
    """Predictions of the C tasks that have a lane, shape (N, T, C)."""
    by_lane = _by_lane(sweep, partition)
    return np.stack(
        [by_lane[lane][..., tasks.index(task)] for task, lane in predicting_lanes.items()], axis=-1
    )


def _columns(values_tc: np.ndarray, tasks: Iterable[Task]) -> dict[str, np.ndarray]:
    """Each task's values, shape (T,), by the name of its column."""
    return {task.column: values_t for task, values_t in zip(tasks, values_tc.T, strict=True)}
