"""Which lanes of a run predict each task on new audio."""

import difflib
from collections.abc import Mapping, Sequence

import pandas as pd

from affdyn_jax.errors import ConfigError
from affdyn_jax.lanes import STATE, Task, tasks_of

BEST, MEAN = "best", "mean"

_NETWORK = ("setup", "hidden_size", "w")


def choose_lanes(
    choice: str,
    lanes: pd.DataFrame,
    dimensions: Sequence[str],
    predicting_lanes: Mapping[str, str],
) -> dict[Task, tuple[str, ...]]:
    """The lanes whose mean predicts each task.

    Args:
        choice: `best`: for each dimension and target the lane with the best CCC on dev, that
            which made the run's own predictions; `mean`: for each, the lanes of all seeds of
            the setup, hidden size and w with the best mean CCC on dev; or a lane's name as in
            `lanes.csv`, `multi-h32-w0.4-seed0` say; or this name without its seed,
            `multi-h32-w0.4`, for the lanes of all its seeds.
        lanes: The table `lanes.csv` (see `evaluation.lane_scores`).
        dimensions: The D dimensions.
        predicting_lanes: The lane of each column of the run's predictions.

    Returns:
        Names of lanes for each task, in the order of `tasks_of`. A task that none of these
        lanes was trained on is missing: its output would be that of initial weights.

    Raises:
        ConfigError: No lane is called so, or it diverged.
    """
    if choice == BEST:
        return {
            task: (predicting_lanes[task.column],)
            for task in tasks_of(dimensions)
            if task.column in predicting_lanes
        }
    sound = lanes[~lanes["diverged"].astype(bool)]
    if choice == MEAN:
        return {
            task: tuple(of_task["lane"])
            for task in tasks_of(dimensions)
            if len(of_task := _best_over_seeds(_of_task(sound, task)))
        }
    named = sound[(sound["lane"] == choice) | (_without_seed(sound["lane"]) == choice)]
    if named.empty:
        raise ConfigError(f"the lane '{choice}' {_why_none(choice, lanes)}")
    return {
        task: tuple(of_task["lane"])
        for task in tasks_of(dimensions)
        if len(of_task := _trained(_of_task(named, task), task))
    }


def _of_task(lanes: pd.DataFrame, task: Task) -> pd.DataFrame:
    return lanes[(lanes["dimension"] == task.dimension) & (lanes["target"] == task.target)]


def _best_over_seeds(of_task: pd.DataFrame) -> pd.DataFrame:
    """The lanes of the network with the highest mean dev CCC, of several the smallest w."""
    means = of_task.groupby(list(_NETWORK), sort=False, as_index=False)["dev_ccc"].mean()
    best = means.sort_values(["dev_ccc", "w"], ascending=[False, True], kind="stable").head(1)
    return of_task.merge(best[list(_NETWORK)], on=list(_NETWORK))


def _trained(of_task: pd.DataFrame, task: Task) -> pd.DataFrame:
    """Those lanes in whose loss the task weighs more than 0 (Eq. 4)."""
    return of_task[of_task["w"] < 1 if task.target == STATE else of_task["w"] > 0]


def _without_seed(names: pd.Series) -> pd.Series:
    return names.str.replace(r"-seed\d+$", "", regex=True)


def _why_none(choice: str, lanes: pd.DataFrame) -> str:
    if choice in {*lanes["lane"], *_without_seed(lanes["lane"])}:
        return "diverged in training; choose another one"
    names = list(dict.fromkeys([*lanes["lane"], *_without_seed(lanes["lane"]), BEST, MEAN]))
    nearest = difflib.get_close_matches(choice, names, n=1)
    hint = f"did you mean '{nearest[0]}'?" if nearest else f"there are '{names[0]}' and others"
    return f"is not in lanes.csv; {hint}"
