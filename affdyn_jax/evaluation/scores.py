"""Scores of trained lanes: one row for each lane, dimension and target."""

import functools
from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from affdyn_jax.dataset.constant_ratings import is_constant
from affdyn_jax.dataset.dataset import Dataset
from affdyn_jax.dataset.examples import Examples
from affdyn_jax.evaluation.correlation_and_error import PEARSON_R, RMSE, pearson_r, rmse
from affdyn_jax.evaluation.lane_columns import lane_columns
from affdyn_jax.method.concordance import concordance
from affdyn_jax.training.lanes import Lane

_MEASURES = ("ccc", "ccc_per_recording", PEARSON_R, RMSE)


def agreement(
    predictions: np.ndarray, gold: np.ndarray, valid: np.ndarray, axis: int | tuple[int, ...] = 0
) -> np.ndarray:
    """CCC (Eq. 2) in double precision, NaN where the gold standard never changes.

    Args:
        predictions: Any shape.
        gold: The gold standard, the same shape.
        valid: Which entries count, the same shape, boolean.
        axis: The axis or axes over which agreement is measured.

    Returns:
        Of the input's shape without `axis`.
    """
    ccc = concordance(predictions.astype(np.float64), gold.astype(np.float64), valid, axis)
    return np.where(is_constant(gold, valid, axis), np.nan, ccc)


def concatenated_ccc(predictions_ntk: np.ndarray, examples: Examples) -> np.ndarray:
    """CCC of each task over all recordings concatenated, shape (K,), as AVEC scores it.

    Args:
        predictions_ntk: Predictions of one lane, shape (N, T, K).
        examples: The partition that was predicted.

    Returns:
        NaN where the gold standard never changes.
    """
    return agreement(predictions_ntk, examples.gold_ntk, examples.valid_ntk, axis=(0, 1))


def mean_recording_ccc(predictions_ntk: np.ndarray, examples: Examples) -> np.ndarray:
    """CCC of each task within each recording, averaged over recordings, shape (K,).

    Recordings whose gold standard never changes are left out; NaN where none is left.
    """
    ccc_nk = agreement(predictions_ntk, examples.gold_ntk, examples.valid_ntk, axis=1)
    changes_nk = ~is_constant(examples.gold_ntk, examples.valid_ntk, axis=1)
    count_k, sum_k = changes_nk.sum(axis=0), ccc_nk.sum(axis=0, where=changes_nk)
    return np.where(count_k > 0, sum_k / np.maximum(count_k, 1), np.nan)


def lane_scores(
    lanes: Sequence[Lane], predictions: Mapping[str, np.ndarray], dataset: Dataset
) -> pd.DataFrame:
    """Scores of each lane on each task that it was trained for.

    Args:
        lanes: The L lanes.
        predictions: For `dev` and `test` those of all lanes, (L, N, T, K), see `TrainedLanes`.
        dataset: What they were trained on. Without predictions or gold standards of a partition
            scores are left empty (NaN), as they are where a gold standard never changes.

    Returns:
        A row for each lane and task: the columns of `lane_columns`, `dimension`, `target`, and
        for both partitions `…_ccc`, `…_ccc_per_recording`, `…_pearson_r`, and `…_rmse` on the
        corpus's rating scale.
    """
    rows = []
    gold_in = functools.cache(dataset.gold_in)
    for index, lane in enumerate(lanes):
        scores = {}
        for partition in ("dev", "test"):
            of_partition = dict.fromkeys(_MEASURES, np.full(len(dataset.tasks), np.nan))
            if partition in predictions and partition in dataset.labelled:
                gold = gold_in(partition, lane.fold)
                predictions_ntk = predictions[partition][index][: len(gold.frames_n)]
                of_partition = _measured(predictions_ntk, gold, dataset)
            scores |= {f"{partition}_{name}": values for name, values in of_partition.items()}
        rows += [
            {
                **lane_columns(lane),
                "dimension": task.dimension,
                "target": task.target,
                **{column: score_k[k] for column, score_k in scores.items()},
            }
            for k, task in enumerate(dataset.tasks)
            if task.dimension in lane.dimensions
        ]
    return pd.DataFrame(rows)


def _measured(
    predictions_ntk: np.ndarray, examples: Examples, dataset: Dataset
) -> dict[str, np.ndarray]:
    """Each of the `_MEASURES` of one lane, shape (K,)."""
    traces = predictions_ntk, examples.gold_ntk, examples.valid_ntk
    units_k, _ = dataset.rating_scale.factors_and_offsets(dataset.tasks)
    measured = (
        concatenated_ccc(predictions_ntk, examples),
        mean_recording_ccc(predictions_ntk, examples),
        pearson_r(*traces, axis=(0, 1)),
        rmse(*traces, axis=(0, 1)) * units_k,
    )
    return dict(zip(_MEASURES, measured, strict=True))


def system_scores(features: Mapping[str, np.ndarray], dataset: Dataset) -> pd.DataFrame:
    """The table `systems.csv`: scores of features that are themselves predictions.

    Fusion learns from other systems' predictions; these are the scores that it has to beat,
    on the same frames as the lanes.

    Args:
        features: Features of each recording before standardisation, shape (T, F), on the
            corpus's scale.
        dataset: What they were joined to. Its `feature_names` are `<system>/<dimension>` where
            one is a prediction.

    Returns:
        A row for each system and dimension: `system`, `dimension`, `dev_ccc`, `test_ccc`.
    """
    rows = []
    for column, name in enumerate(dataset.feature_names):
        system, _, dimension = name.rpartition("/")
        if dimension in dataset.dimensions:
            predictions = {
                recording: dataset.rating_scale.to_unit(features_tf[:, column])
                for recording, features_tf in features.items()
            }
            scores = {
                f"{partition}_ccc": _system_ccc(predictions, dataset, partition, dimension)
                for partition in ("dev", "test")
            }
            rows.append({"system": system, "dimension": dimension} | scores)
    return pd.DataFrame(rows, columns=["system", "dimension", "dev_ccc", "test_ccc"])


def _system_ccc(
    predictions: Mapping[str, np.ndarray], dataset: Dataset, partition: str, dimension: str
) -> float:
    """CCC of predictions of a dimension, shape (T,) of each recording; NaN without gold.

    On dev of a cross-validation it is the mean over folds, as of lanes.
    """
    if partition not in dataset.labelled:
        return np.nan
    examples, k = dataset.examples[partition], dataset.dimensions.index(dimension)
    predictions_nt = np.zeros(examples.gold_ntk.shape[:2])
    for n, recording in enumerate(dataset.names[partition]):
        frames = slice(examples.frames_n[n])
        predictions_nt[n, frames] = predictions[recording][frames]
    gold_nt, valid_nt = examples.gold_ntk[..., k], examples.valid_ntk[..., k]
    every_rows = [slice(None)]
    if partition == "dev" and dataset.has_folds:
        every_rows = [split.dev_n for split in dataset.folds]
    return float(
        np.mean(
            [
                agreement(predictions_nt[rows], gold_nt[rows], valid_nt[rows], axis=(0, 1))
                for rows in every_rows
            ]
        )
    )
