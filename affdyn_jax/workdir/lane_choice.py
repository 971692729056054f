"""The choice of the lanes of a run that predict each task on new audio."""

import difflib
import itertools
from collections.abc import Iterable, Mapping, Sequence

import pandas as pd

from affdyn_jax.errors import ConfigError
from affdyn_jax.evaluation.pooling import without_fold
from affdyn_jax.evaluation.selection import best_networks, is_trained
from affdyn_jax.method.tasks import Task, tasks_of
from affdyn_jax.workdir.lane_keywords import BEST, MEAN


def choose_lanes(
    choice: str,
    lanes: pd.DataFrame,
    pooled: pd.DataFrame,
    dimensions: Sequence[str],
    predicting_lanes: Mapping[str, str],
) -> dict[Task, tuple[str, ...]]:
    """The lanes whose mean predicts each task.

    Args:
        choice: `best`: for each dimension and target the lane that made the run's own
            predictions (see `selection.best_lanes`); `mean`: for each, the lanes of all seeds
            of the network and w with the best mean CCC on dev; or a lane's name as in
            `lanes.csv`, e.g. `multi-h32-w0.4-seed0`; or this name without its seed,
            `multi-h32-w0.4`, for the lanes of all its seeds. Of a cross-validation a name without
            its fold stands for the lanes of all folds, and `best` and `mean` for those of each
            lane that they choose.
        lanes: The table `lanes.csv`.
        pooled: The same pooled over folds.
        dimensions: The D dimensions.
        predicting_lanes: The lane of each column of the run's predictions.

    Returns:
        Names of lanes for each task, in the order of `tasks_of`. A task that none of these
        lanes was trained on is missing: its output would be that of initial weights.

    Raises:
        ConfigError: No lane has this name, or it diverged.
    """
    if choice == BEST:
        return {
            task: _of_all_folds(lanes, [predicting_lanes[task.column]])
            for task in tasks_of(dimensions)
            if task.column in predicting_lanes
        }
    if choice == MEAN:
        best = _by_task(best_networks(pooled), dimensions)
        return {task: _of_all_folds(lanes, names) for task, names in best.items()}
    sound = lanes[~lanes["diverged"]]
    named = sound[pd.concat([names == choice for names in _names(sound)], axis=1).any(axis=1)]
    if named.empty:
        raise ConfigError(f"the lane '{choice}' {_why_none(choice, lanes)}")
    return _by_task(named[is_trained(named)], dimensions)


def _of_all_folds(lanes: pd.DataFrame, pooled: Iterable[str]) -> tuple[str, ...]:
    """The names of the lanes that pooled ones consist of."""
    return tuple(lanes.loc[without_fold(lanes["lane"]).isin(pooled), "lane"].unique())


def _by_task(rows: pd.DataFrame, dimensions: Sequence[str]) -> dict[Task, tuple[str, ...]]:
    """The names of the lanes of each task that has any."""
    lanes_of = {
        Task(*names): tuple(of_task["lane"])
        for names, of_task in rows.groupby(["dimension", "target"])
    }
    return {task: lanes_of[task] for task in tasks_of(dimensions) if task in lanes_of}


def _names(lanes: pd.DataFrame) -> list[pd.Series]:
    """What each row's lane may be called: with seed and fold, without fold, without both."""
    pooled = without_fold(lanes["lane"])
    return [lanes["lane"], pooled, pooled.str.replace(r"-seed\d+$", "", regex=True)]


def _why_none(choice: str, lanes: pd.DataFrame) -> str:
    names = list(dict.fromkeys([*itertools.chain(*_names(lanes)), BEST, MEAN]))
    if choice in names:
        return "diverged in training; choose another one"
    nearest = difflib.get_close_matches(choice, names, n=1)
    hint = f"did you mean '{nearest[0]}'?" if nearest else f"there are '{names[0]}' and others"
    return f"is not in lanes.csv; {hint}"
