"""The choice of w on dev, and its scores on test beside those of w = 0 (§4.3)."""

import numpy as np
import pandas as pd
from scipy.special import stdtrit

from affdyn_jax.evaluation.lane_columns import (
    TASK,
    has_fixed_w,
    model_columns,
    network_columns,
)
from affdyn_jax.evaluation.significance import CONFIDENCE
from affdyn_jax.method.tasks import STATE

_SCORES = ("dev_ccc", "dev_ccc_ci", "test_ccc", "test_ccc_ci")
_UNSMOOTHED = ("dev_ccc_unsmoothed", "test_ccc_unsmoothed")


def is_trained(rows: pd.DataFrame) -> pd.Series:
    """Whether the task of each row weighs more than 0 in the loss at the row's w (Eq. 4).

    States do not at w = 1, nor dynamics at w = 0: their outputs are those of initial weights.
    Where a rule moves w (NaN), both do.

    Args:
        rows: Have the columns `target` and `w`.
    """
    return (rows["w"] != 1).where(rows["target"] == STATE, rows["w"] != 0)


def over_seeds(scores: pd.DataFrame) -> pd.DataFrame:
    """Mean and confidence interval over seeds of every score.

    Args:
        scores: The table `lanes.csv`, pooled over folds (see `pooling`); lanes that diverged are
            left out.

    Returns:
        A row for each model (see `model_columns`), dimension and target: `seeds`, and for `dev_ccc`
        and `test_ccc` the mean and, as `…_ci`, half the width of the interval by Student's t;
        NaN where a single seed leaves it undefined. Of `…_ccc_unsmoothed` the means, where
        `scores` has them.
    """
    unsmoothed = {column: (column, "mean") for column in _UNSMOOTHED if column in scores}
    of_model = [*model_columns(scores), *TASK]
    # A rule has no w, which is NaN.
    groups = scores[~scores["diverged"]].groupby(of_model, sort=False, dropna=False)
    means = groups.agg(
        seeds=("seed", "size"),
        dev_ccc=("dev_ccc", "mean"),
        dev_ccc_ci=("dev_ccc", half_interval),
        test_ccc=("test_ccc", "mean"),
        test_ccc_ci=("test_ccc", half_interval),
        **unsmoothed,
    )
    return means.reset_index()


def half_interval(values: pd.Series) -> float:
    """Half the width of the confidence interval of the mean, by Student's t."""
    count = len(values)
    if count < 2:
        return np.nan
    quantile = stdtrit(count - 1, (1 + CONFIDENCE) / 2)
    return float(quantile * values.std(ddof=1) / np.sqrt(count))


def select_w(means: pd.DataFrame) -> pd.DataFrame:
    """The best w for each network (see `network_columns`), dimension and target, by mean dev CCC.

    Only values of w that train the task are candidates (see `is_trained`), and no rule. Of
    several equal ones the smallest w is taken.

    Args:
        means: From `over_seeds`.

    Returns:
        The table `selection.csv`: the row of `means` with the best w (none where no w trains
        the task), the same scores and seeds at w = 0 as `…_w0` (missing where there is no
        w = 0, or all its lanes diverged), and `chosen`: whether this network is the best one, by
        dev, for its setup, dimension and target. Best w and w = 0 are compared in one network,
        so that they differ in the loss alone.
    """
    network = [*network_columns(means), *TASK]
    means = means[has_fixed_w(means)].drop(columns="weighting", errors="ignore")
    best = _by_dev_ccc(means[is_trained(means)]).drop_duplicates(network)
    state_only = means.loc[means["w"] == 0, [*network, "seeds", *_SCORES]]
    selection = best.merge(state_only, on=network, how="left", suffixes=("", "_w0"))
    selection["seeds_w0"] = selection["seeds_w0"].astype("Int64")  # whole where there is one
    selection["chosen"] = ~selection.duplicated(["setup", *TASK])
    return selection.sort_values(network, kind="stable", ignore_index=True)


def best_of_tasks(selection: pd.DataFrame) -> pd.DataFrame:
    """Of each dimension and target the row of `select_w` with the highest dev CCC."""
    ordered = selection.sort_values("dev_ccc", ascending=False, kind="stable")
    return ordered.drop_duplicates(TASK)


def best_networks(scores: pd.DataFrame) -> pd.DataFrame:
    """The lanes of the network and w with the highest mean dev CCC of each task.

    Args:
        scores: As of `over_seeds`; lanes that diverged, that do not train a task (see
            `is_trained`) or whose w a rule moves are left out.

    Returns:
        The rows of all their seeds. They are those of the best row of `select_w` for the task.
    """
    candidates = scores[is_trained(scores) & has_fixed_w(scores)]
    best = _by_dev_ccc(over_seeds(candidates)).drop_duplicates(TASK)
    sound = candidates[~candidates["diverged"]]
    of_model = [*model_columns(scores), *TASK]
    return sound.merge(best[of_model], on=of_model)


def best_lanes(scores: pd.DataFrame) -> pd.DataFrame:
    """Of each task's best network (see `best_networks`) the seed with the highest dev CCC."""
    ordered = best_networks(scores).sort_values("dev_ccc", ascending=False, kind="stable")
    return ordered.drop_duplicates(TASK)


def _by_dev_ccc(means: pd.DataFrame) -> pd.DataFrame:
    """The rows from the highest mean dev CCC to the lowest, of equal ones the smallest w first."""
    return means.sort_values(["dev_ccc", "w"], ascending=[False, True], kind="stable")
