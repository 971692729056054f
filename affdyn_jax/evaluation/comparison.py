"""Best w against w = 0 on test (§4.3): is the difference more than chance?"""

from collections.abc import Mapping

import numpy as np
import pandas as pd

from affdyn_jax.dataset.dataset import Dataset
from affdyn_jax.evaluation.lane_columns import network_columns
from affdyn_jax.evaluation.models_on_test import DIFFERENCE, Model, ModelsOnTest
from affdyn_jax.method.tasks import Task

COLUMNS = (
    *("test_ccc_low", "test_ccc_high", "test_ccc_low_w0", "test_ccc_high_w0"),
    *DIFFERENCE,
)


def compare_with_w0(
    selection: pd.DataFrame,
    scores: pd.DataFrame,
    predictions: Mapping[str, np.ndarray],
    dataset: Dataset,
) -> pd.DataFrame:
    """Test each best w against w = 0, and give the scores intervals over groups of recordings.

    Args:
        selection: From `selection.select_w`.
        scores: The table `lanes.csv`, pooled over folds.
        predictions: Of the test recordings by each of its lanes, shape (N, T, K).
        dataset: What the lanes were trained on.

    Returns:
        The table `selection.csv`: `selection` with the `COLUMNS`. `…_low` and `…_high` bound
        bootstrap intervals; the rest is from `ModelsOnTest`. NaN where there is nothing to compute
        them from: no gold standards of test, no w = 0, or w = 0 itself is the best.
    """
    if "test" not in dataset.labelled:
        return selection.assign(**dict.fromkeys(COLUMNS, np.nan))
    models, network = ModelsOnTest.of(scores, predictions, dataset), network_columns(selection)
    found = []
    for row in selection.to_dict("records"):
        best, w0 = (Model(tuple(row[name] for name in network), w) for w in (row["w"], 0.0))
        task = Task(row["dimension"], row["target"])
        found.append({})
        for suffix, model in (("", best), ("_w0", w0)):
            if interval := models.interval(model, task):
                found[-1][f"test_ccc_low{suffix}"], found[-1][f"test_ccc_high{suffix}"] = interval
        if row["w"] != 0:
            found[-1] |= models.difference(best, w0, task)
    return selection.join(pd.DataFrame(found, selection.index, columns=list(COLUMNS)))
