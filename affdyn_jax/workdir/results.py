"""What a trained sweep leaves on disk: scores, choice of w, predictions, weights."""

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd

from affdyn_jax.dataset.dataset import Dataset
from affdyn_jax.errors import RunError
from affdyn_jax.evaluation.comparison import compare_with_w0
from affdyn_jax.evaluation.doubtful_ratings import doubts_about_ratings
from affdyn_jax.evaluation.lane_columns import has_fixed_w, lane_columns
from affdyn_jax.evaluation.pooling import PooledLanes, over_folds, pool_folds
from affdyn_jax.evaluation.scores import lane_scores
from affdyn_jax.evaluation.selection import best_lanes, over_seeds, select_w
from affdyn_jax.evaluation.subsets import score_subsets
from affdyn_jax.evaluation.weightings import compare_weightings
from affdyn_jax.method.model import Weights
from affdyn_jax.method.tasks import Task
from affdyn_jax.training.lane_state import EpochScores
from affdyn_jax.training.scored_epochs import epoch_columns
from affdyn_jax.training.trained_lanes import TrainedLanes
from affdyn_jax.workdir import files
from affdyn_jax.workdir.fold_standardisations import save_fold_standardisations
from affdyn_jax.workdir.layer_weights import LAYER_WEIGHTS, layer_weights
from affdyn_jax.workdir.standardisation_table import write_standardisation
from affdyn_jax.workdir.weights import for_standardisation, save_weights


class Found(NamedTuple):
    """What a sweep has found besides its tables.

    Attributes:
        predicting_lanes: The name of the lane that made each column of the predictions (see
            `selection.best_lanes`), of folds that of the pooled one: columns in the order of
            `Dataset.tasks`, those that no lane trains left out.
        doubts: Whether these predictions speak against the ratings of dev, or of all recordings
            where there are folds (see `doubtful_ratings`).
    """

    predicting_lanes: dict[str, str]
    doubts: list[str]


def write_results(run_folder: Path, dataset: Dataset, sweep: Sequence[TrainedLanes]) -> Found:
    """Score all lanes, choose among them, and write all that the run has found.

    Args:
        run_folder: The run's workdir.
        dataset: What the lanes were trained on. Predictions are written on its rating scale,
            with the times of the ratings that they are to be compared with.
        sweep: All trained lanes.

    Raises:
        RunError: All lanes diverged, or the folder cannot be written.
    """
    scores = score_sweep(sweep, dataset)
    files.write_table(run_folder, "lanes.csv", scores)
    files.write_table(run_folder, "history.csv", learning_curves(sweep, dataset.tasks))
    write_standardisation(run_folder, dataset.feature_names, dataset.standardisation)
    for group in sweep:
        folder = files.weights_folder(run_folder, group.hidden_size)
        save_weights(folder, _for_one_standardisation(group, dataset))
    if dataset.summed_layers and dataset.has_folds:
        save_fold_standardisations(run_folder, [fold.standardisation for fold in dataset.folds])
    if dataset.summed_layers:
        shares = layer_weights(sweep, dataset.summed_layers)
        files.write_table(run_folder, LAYER_WEIGHTS, shares)

    if scores["diverged"].all():
        raise RunError(
            f"{run_folder / 'lanes.csv'}: all {len(scores['lane'].unique())} lanes diverged, so "
            "there is nothing to choose from; lower training.learning_rate"
        )
    pooled = [pool_folds(group.lanes, group.predictions, dataset) for group in sweep]
    scores = over_folds(scores, _scores(pooled, dataset))
    if dataset.has_folds:
        files.write_table(run_folder, files.POOLED, scores)
    by_lane = {partition: _by_lane(pooled, partition) for partition in ("dev", "test")}
    chosen = select_w(over_seeds(scores))
    selection = compare_with_w0(chosen, scores, by_lane["test"], dataset)
    files.write_table(run_folder, "selection.csv", selection)
    if dataset.subsets:
        subsets = score_subsets(chosen, scores, by_lane, dataset)
        files.write_table(run_folder, files.SUBSETS, subsets)
    if not has_fixed_w(scores).all():
        weightings = compare_weightings(chosen, scores, by_lane["test"], dataset)
        files.write_table(run_folder, files.WEIGHTINGS, weightings)

    best = {
        Task(row.dimension, row.target): row.lane
        for row in best_lanes(scores).itertuples(index=False)
    }
    predicting_lanes = {task: best[task] for task in dataset.tasks if task in best}
    for partition in dataset.names:
        if by_lane.get(partition):
            _write_traces(run_folder, dataset, partition, predicting_lanes, by_lane[partition])
    partition = "test" if dataset.has_folds else "dev"  # of folds, test has all recordings once
    predictions = {
        task: by_lane[partition][lane][..., dataset.tasks.index(task)]
        for task, lane in predicting_lanes.items()
    }
    return Found(
        {task.column: lane for task, lane in predicting_lanes.items()},
        doubts_about_ratings(predictions, partition, dataset),
    )


def score_sweep(sweep: Sequence[TrainedLanes], dataset: Dataset) -> pd.DataFrame:
    """The table `lanes.csv`: scores (see `_scores`), and how each lane trained."""
    how_they_trained = pd.concat([_how_they_trained(group) for group in sweep])
    return _scores(sweep, dataset).merge(how_they_trained, on="lane")


def _scores(sweep: Iterable[TrainedLanes | PooledLanes], dataset: Dataset) -> pd.DataFrame:
    """Scores (see `scores.lane_scores`), and where dynamics are smoothed those without that.

    A smoother target is an easier one: by their own targets, models of several smoothings cannot
    be compared.
    """

    def by_gold_of(dataset: Dataset) -> pd.DataFrame:
        return pd.concat([lane_scores(g.lanes, g.predictions, dataset) for g in sweep])

    scores = by_gold_of(dataset).reset_index(drop=True)
    if not dataset.dynamics_settings.is_smoothed:
        return scores
    unsmoothed = by_gold_of(dataset.unsmoothed).reset_index(drop=True)
    return scores.assign(
        dev_ccc_unsmoothed=unsmoothed["dev_ccc"], test_ccc_unsmoothed=unsmoothed["test_ccc"]
    )


def _how_they_trained(group: TrainedLanes) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "lane": [lane.name for lane in group.lanes],
            "best_epoch": group.lane_states.best_epoch,
            "epochs": group.lane_states.epochs,
            "diverged": group.lane_states.diverged,
        }
    )


def learning_curves(sweep: Sequence[TrainedLanes], tasks: Sequence[Task]) -> pd.DataFrame:
    """The table `history.csv`: a row for each lane and epoch that it trained."""
    curves = []
    for group in sweep:
        history = group.history
        for index, lane in enumerate(group.lanes):
            trained = slice(0, int(group.lane_states.epochs[index]))
            scores = EpochScores(*(leaf[trained, index] for leaf in history))
            curve = {
                **lane_columns(lane),
                "epoch": np.arange(1, trained.stop + 1),
                **epoch_columns(scores, tasks, lane),
            }
            curves.append(pd.DataFrame(curve))
    return pd.concat(curves, ignore_index=True)


def _by_lane(pooled: Sequence[PooledLanes], partition: str) -> dict[str, np.ndarray]:
    """Predictions of each lane by its name, shape (N, T, K); nothing without the partition."""
    return {
        lane.name: group.predictions[partition][index]
        for group in pooled
        if partition in group.predictions
        for index, lane in enumerate(group.lanes)
    }


def _for_one_standardisation(group: TrainedLanes, dataset: Dataset) -> Weights:
    """The lanes' best weights, all for features that `standardisation.csv` standardises.

    Those on a sum of layers are for the fold's own (see `fold_standardisations`).
    """
    weights = group.lane_states.best_weights
    if not dataset.has_folds or dataset.summed_layers:
        return weights
    own = [dataset.heard_by(lane.layer, lane.fold).standardisation for lane in group.lanes]
    common = [dataset.standardisation_of(lane.layer) for lane in group.lanes]
    return for_standardisation(weights, own, common)


def _write_traces(
    run_folder: Path,
    dataset: Dataset,
    partition: str,
    predicting_lanes: Mapping[Task, str],
    by_lane: Mapping[str, np.ndarray],
) -> None:
    """Write the predictions of a partition's recordings, and their gold standards if any."""
    examples, tasks, scale = dataset.examples[partition], dataset.tasks, dataset.rating_scale
    predictions_ntc = np.stack(
        [by_lane[lane][..., tasks.index(task)] for task, lane in predicting_lanes.items()], axis=-1
    )
    predictions_ntc = scale.from_unit(predictions_ntc, predicting_lanes)
    gold_ntk = np.where(examples.valid_ntk, examples.gold_ntk, np.nan)
    gold_ntk = scale.from_unit(gold_ntk, tasks)
    for n, recording in enumerate(dataset.names[partition]):
        frames = slice(0, int(examples.frames_n[n]))
        of_recording = run_folder, partition, recording
        times_t = np.arange(frames.stop) / dataset.frame_rate + dataset.annotation_delay
        predicted = _columns(predictions_ntc[n, frames], predicting_lanes)
        files.write_predictions(*of_recording, times_t, predicted)
        if partition in dataset.labelled:
            gold = _columns(gold_ntk[n, frames], tasks)
            files.write_gold_standard(*of_recording, times_t, gold)


def _columns(values_tc: np.ndarray, tasks: Iterable[Task]) -> dict[str, np.ndarray]:
    """Each task's values, shape (T,), by the name of its column."""
    return {task.column: values_t for task, values_t in zip(tasks, values_tc.T, strict=True)}
