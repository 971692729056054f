"""Lanes that differ in their folds alone as one lane, which tests the whole corpus."""

import dataclasses
from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np
import pandas as pd

from affdyn_jax.dataset.dataset import Dataset
from affdyn_jax.evaluation.lane_columns import TASK
from affdyn_jax.training.lanes import Lane


class PooledLanes(NamedTuple):
    """L lanes without folds.

    Attributes:
        lanes: Which lanes they are.
        predictions: Of `test`, without folds of `dev` too, shape (L, N, T, K).
    """

    lanes: tuple[Lane, ...]
    predictions: dict[str, np.ndarray]


def pool_folds(
    lanes: Sequence[Lane], predictions: Mapping[str, np.ndarray], dataset: Dataset
) -> PooledLanes:
    """Predict each recording by the lane of the fold that tests it; lanes without folds stay.

    Args:
        lanes: Of some sweep, all of its folds.
        predictions: For `dev` and `test` those of all lanes, see `TrainedLanes`.
        dataset: What they were trained on.
    """
    if not dataset.has_folds:
        return PooledLanes(tuple(lanes), dict(predictions))
    pooled, of_pooled = {}, {}
    for index, lane in enumerate(lanes):
        without = dataclasses.replace(lane, fold=None)
        pooled.setdefault(without.name, without)
        of_pooled.setdefault(without.name, []).append(index)
    together_lntk = np.zeros((len(pooled), *dataset.examples["test"].gold_ntk.shape), np.float32)
    for together_ntk, indices in zip(together_lntk, of_pooled.values(), strict=True):
        for index in indices:
            rows_n = dataset.folds[lanes[index].fold].test_n
            together_ntk[rows_n] = predictions["test"][index][: len(rows_n)]
    return PooledLanes(tuple(pooled.values()), {"test": together_lntk})


def over_folds(scores: pd.DataFrame, tested: pd.DataFrame) -> pd.DataFrame:
    """Scores of pooled lanes: of dev the means over folds, of test those of all recordings.

    Args:
        scores: The table `lanes.csv`.
        tested: From `scores.lane_scores`, of the pooled lanes.

    Returns:
        A row for each pooled lane and task, `tested` with `diverged`: whether the lane of any fold
        has.
    """
    of_task = ["lane", *TASK]
    if "fold" not in scores:
        return scores
    of_dev = [column for column in tested if column.startswith("dev_")]
    folds = scores.assign(lane=without_fold(scores["lane"])).groupby(of_task, sort=False)
    means = folds[of_dev].mean().join(folds["diverged"].any())
    found = tested.drop(columns=of_dev).merge(means.reset_index(), on=of_task)
    return found[[*tested.columns, "diverged"]]


def without_fold(names: pd.Series) -> pd.Series:
    """Names of lanes without their fold, as pooled lanes are called."""
    return names.str.replace(r"-fold\d+$", "", regex=True)
