"""Rules that move w against w = 0 and against the best fixed w: does one save the sweep?"""

from collections.abc import Mapping

import numpy as np
import pandas as pd

from affdyn_jax.dataset.dataset import Dataset
from affdyn_jax.evaluation.lane_columns import TASK, has_fixed_w, network_columns
from affdyn_jax.evaluation.models_on_test import DIFFERENCE, Model, ModelsOnTest
from affdyn_jax.evaluation.selection import over_seeds
from affdyn_jax.method.tasks import Task

# Models that a rule is compared with; suffixes of columns.
BEST, W0 = "_best", "_w0"


def compare_weightings(
    selection: pd.DataFrame,
    scores: pd.DataFrame,
    predictions: Mapping[str, np.ndarray],
    dataset: Dataset,
) -> pd.DataFrame:
    """Set each rule beside the lanes of its network whose w is fixed.

    Args:
        selection: From `selection.select_w`.
        scores: The table `lanes.csv`, pooled over folds.
        predictions: Of the test recordings by each of its lanes, shape (N, T, K).
        dataset: What the lanes were trained on.

    Returns:
        The table `weightings.csv`: a row for each network, rule, dimension and target with the
        scores of `selection.over_seeds`, `test_ccc_low` and `test_ccc_high`, its interval over
        groups of recordings, the best fixed w as `w_best`, and with `…_best` and `…_w0` the scores
        of this w and of w = 0, and what `models_on_test.DIFFERENCE` names, the rule's score less
        theirs. NaN where there is nothing to compute them from.
    """
    network = network_columns(scores)
    means = over_seeds(scores)
    rules = means[~has_fixed_w(means)].drop(columns="w")
    fixed = selection[[*network, *TASK, "w", "dev_ccc", "test_ccc", "dev_ccc_w0", "test_ccc_w0"]]
    fixed = fixed.rename(columns={name: f"{name}{BEST}" for name in ("w", "dev_ccc", "test_ccc")})
    rules = rules.merge(fixed, on=[*network, *TASK], how="left")
    columns = ["test_ccc_low", "test_ccc_high"]
    columns += [f"{name}{suffix}" for suffix in (BEST, W0) for name in DIFFERENCE]
    if "test" not in dataset.labelled:
        return rules.assign(**dict.fromkeys(columns, np.nan))
    models, found = ModelsOnTest.of(scores, predictions, dataset), []
    for row in rules.to_dict("records"):
        of_network, task = tuple(row[name] for name in network), Task(*(row[name] for name in TASK))
        rule = Model(of_network, row["weighting"])
        low, high = models.interval(rule, task)
        found.append({"test_ccc_low": low, "test_ccc_high": high})
        for suffix, w in ((BEST, row[f"w{BEST}"]), (W0, 0.0)):
            difference = models.difference(rule, Model(of_network, w), task)
            found[-1] |= {f"{name}{suffix}": value for name, value in difference.items()}
    return rules.join(pd.DataFrame(found, rules.index, columns=columns))
