"""Scores on each corpus and on each language, where there are several."""

from collections.abc import Mapping

import numpy as np
import pandas as pd

from affdyn_jax.dataset.dataset import Dataset
from affdyn_jax.evaluation.lane_columns import TASK, network_columns
from affdyn_jax.evaluation.models_on_test import Model, ModelsOnTest
from affdyn_jax.evaluation.weightings import W0
from affdyn_jax.method.tasks import Task

_BOUNDS = ("low", "high")


def score_subsets(
    selection: pd.DataFrame,
    scores: pd.DataFrame,
    predictions: Mapping[str, Mapping[str, np.ndarray]],
    dataset: Dataset,
) -> pd.DataFrame:
    """Score each best w, and w = 0, on the recordings of each subset.

    Args:
        selection: From `selection.select_w`.
        scores: The table `lanes.csv`, pooled over folds.
        predictions: Of `dev` and `test` by each of its lanes, shape (N, T, K); empty where there
            are none.
        dataset: What the lanes were trained on, with its subsets.

    Returns:
        The table `subsets.csv`: a row for each subset and row of `selection`; `division` is what
        the recordings are divided by. For `dev` and `test` it has `…_ccc`, the mean over seeds, and
        `…_ccc_low` and `…_ccc_high`, its bootstrap interval over the subset's groups; the same at
        w = 0 as `…_w0`. NaN where there is nothing to compute them from: no recordings, no gold
        standards, one that never changes, or for an interval a single group.
    """
    on = {
        partition: ModelsOnTest.of(scores, of_lanes, dataset, partition)
        for partition, of_lanes in predictions.items()
        if of_lanes and partition in dataset.labelled
    }
    rows = []
    for division, subsets in dataset.subsets.items():
        for subset, recordings in subsets.items():
            on_subset = {partition: models.only(recordings) for partition, models in on.items()}
            rows += [
                {"division": division, "subset": subset, **_scored(on_subset, row, selection)}
                for row in selection.to_dict("records")
            ]
    return pd.DataFrame(rows)


def _scored(
    on: Mapping[str, ModelsOnTest], row: Mapping[str, object], selection: pd.DataFrame
) -> dict[str, object]:
    """A row of the choice of w with its scores on each partition."""
    network, task = network_columns(selection), Task(row["dimension"], row["target"])
    found = {name: row[name] for name in (*network, *TASK, "w", "chosen")}
    for partition in ("dev", "test"):
        for suffix, w in (("", row["w"]), (W0, 0.0)):
            score, bounds = np.nan, (np.nan, np.nan)
            if models := on.get(partition):
                model = Model(tuple(row[name] for name in network), w)
                score = models.score(model, task)
                if models.group_count > 1 and not np.isnan(score):
                    bounds = models.interval(model, task)
            found[f"{partition}_ccc{suffix}"] = score
            for bound, value in zip(_BOUNDS, bounds, strict=True):
                found[f"{partition}_ccc_{bound}{suffix}"] = value
    return found
