"""w chosen within each fold of a cross-validation, so that no test label has a part in it."""

from collections.abc import Mapping

import numpy as np
import pandas as pd

from affdyn_jax.dataset.dataset import Dataset
from affdyn_jax.evaluation.selection import over_seeds, select_w
from affdyn_jax.method.tasks import Task


def choose_by_fold(lanes: pd.DataFrame) -> pd.DataFrame:
    """The w of each fold, by the mean over seeds of this fold's own dev CCC.

    Args:
        lanes: The table `lanes.csv` of a cross-validation.

    Returns:
        From `selection.select_w`, with the column `fold`. Its scores on test are those of the
        fold's own recordings.
    """
    chosen = [select_w(over_seeds(rows)).assign(fold=fold) for fold, rows in lanes.groupby("fold")]
    return pd.concat(chosen, ignore_index=True)


def predict_by_choice(
    chosen: pd.DataFrame, by_w: Mapping[float, Mapping[int, np.ndarray]], dataset: Dataset
) -> dict[int, np.ndarray]:
    """Predictions of each seed, of every recording and task by the w that its fold has chosen.

    Args:
        chosen: From `choose_by_fold`, of one network: a row for each fold and task.
        by_w: Of each w and seed the predictions of all recordings, each by the lane of the fold
            that tests it, shape (N, T, K).
        dataset: What the lanes were trained on.

    Returns:
        Shape (N, T, K), of the seeds that all chosen w have.
    """
    found = {}
    for seed in sorted(set.intersection(*(set(by_w.get(w, {})) for w in chosen["w"]))):
        found[seed] = np.zeros(dataset.examples["test"].gold_ntk.shape, np.float32)
        for row in chosen.itertuples():
            rows_n = dataset.splits[row.fold].test_n
            k = dataset.tasks.index(Task(row.dimension, row.target))
            found[seed][rows_n, :, k] = by_w[row.w][seed][rows_n, :, k]
    return found
