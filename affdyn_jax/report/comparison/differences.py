"""Runs compared with the first of them: do they differ on test by more than chance?"""

import itertools
import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from affdyn_jax.evaluation.holm import holm
from affdyn_jax.evaluation.models_on_test import difference_over_groups
from affdyn_jax.evaluation.scores import agreement
from affdyn_jax.method.tasks import TARGETS, Task
from affdyn_jax.report.comparison.scored_run import ScoredRun
from affdyn_jax.report.notation import counted, task_name

_DIFFERENCE = ("difference", "difference_low", "difference_high", "p_value")

# Gold standards are kept with six decimals; equal ones may have been rounded differently.
_ROUNDING = 1.5e-6


def compare_runs(runs: Mapping[str, ScoredRun]) -> pd.DataFrame:
    """Scores of every run on every task, and their differences from those of the first run.

    Args:
        runs: Two or more by their names.

    Returns:
        A row for each `dimension`, `target` and `run`: `partition`, on which it is scored; CCC of
        its own predictions (`ccc`) and an interval over groups of recordings (`ccc_low`,
        `ccc_high`). Of all but the first run also `difference`, `difference_low` and
        `difference_high`, the two-sided `p_value` of a paired permutation test over groups,
        `p_corrected` by Holm's method for the number of all tests, `share`, the part of the frames
        that were tested, and `why_not`, where there is no test. NaN where there is nothing to
        compute them from.
    """
    first, *_ = runs
    rows = []
    for task, name in itertools.product(tasks_of_all([*runs.values()]), runs):
        row = {"dimension": task.dimension, "target": task.target, "run": name}
        row |= {"partition": runs[name].partition}
        row |= dict(zip(("ccc", "ccc_low", "ccc_high"), runs[name].score(task.column), strict=True))
        row |= dict.fromkeys((*_DIFFERENCE, "share"), math.nan) | {"why_not": ""}
        if name != first:
            row |= _difference(first, name, runs, task)
        rows.append(row)
    table = pd.DataFrame(rows)
    return table.assign(p_corrected=holm(table["p_value"]))


def tasks_of_all(runs: Sequence[ScoredRun]) -> list[Task]:
    """The tasks of any run, each dimension's state before its dynamics."""
    dimensions = dict.fromkeys(d for scored in runs for d in scored.run.facts.dimensions)
    return [Task(dimension, target) for dimension in dimensions for target in TARGETS]


def _difference(
    first_name: str, name: str, runs: Mapping[str, ScoredRun], task: Task
) -> dict[str, Any]:
    """The columns of a run that say how it differs from the first, or why that is not tested."""
    for one in (first_name, name):
        if runs[one].partition != "test":
            return {"why_not": f"{one} has no gold standards of test"}
        if task.column not in runs[one].predicted:
            return {"why_not": f"{one} does not predict {task_name(task)}"}
    first, second = runs[first_name], runs[name]
    if why_not := _why_not_the_same(first, second):
        return {"why_not": why_not}
    frames = _shared_frames(first, second, task.column)
    if frames.empty:
        return {"why_not": "no frame is predicted by both"}
    differs = (frames["gold"] - frames["other gold"]).abs() > _ROUNDING
    if differs.any():
        recording, time = frames.index[differs][0]
        return {"why_not": f"gold standards differ, first in '{recording}' at {time:g} s"}
    gold = frames["gold"]
    if math.isnan(agreement(*frames[["first", "gold"]].to_numpy().T, np.ones(len(gold), bool))):
        return {"why_not": "the gold standard never changes"}
    sums = [first.sums(frames[which], gold) for which in ("second", "first")]
    rated = max(int(one.gold[task.column].notna().sum()) for one in (first, second))
    found = dict(zip(_DIFFERENCE, difference_over_groups(*sums), strict=True))
    return found | {"share": len(frames) / rated}


def _why_not_the_same(first: ScoredRun, second: ScoredRun) -> str:
    """In what two runs' test recordings differ; empty where in nothing."""
    alone = [name for name in first.group_of if name not in second.group_of]
    alone += [name for name in second.group_of if name not in first.group_of]
    if alone:
        recordings = counted(len(alone), "recording")
        return f"test sets differ: {recordings} in one of them alone, e.g. '{alone[0]}'"
    if first.groups != second.groups:
        return "recordings are grouped differently; give both runs the same groups"
    return ""


def _shared_frames(first: ScoredRun, second: ScoredRun, column: str) -> pd.DataFrame:
    """The frames that both have gold standards of, with the predictions of both."""
    columns = {
        "first": first.predicted[column],
        "second": second.predicted[column],
        "gold": first.gold[column],
        "other gold": second.gold[column],
    }
    return pd.concat(columns, axis=1, join="inner").dropna()
