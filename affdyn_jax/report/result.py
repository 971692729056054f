"""What a run has found, in two sentences."""

import math

import pandas as pd

from affdyn_jax.evaluation.lane_columns import TASK
from affdyn_jax.evaluation.selection import best_of_tasks
from affdyn_jax.evaluation.weightings import BEST
from affdyn_jax.method.tasks import STATE, tasks_of
from affdyn_jax.report.document.blocks import Paragraph
from affdyn_jax.report.notation import ccc, counted, listed, p_is, task_name, weight
from affdyn_jax.report.partitions import scored_partition
from affdyn_jax.report.significant import SIGNIFICANT, limit_of_p
from affdyn_jax.workdir.files import FinishedRun, RunFacts


def result(run: FinishedRun) -> Paragraph:
    """The scores of the models that are best on dev, and how they differ from w = 0."""
    scored = scored_partition(run.facts)
    best = best_of_tasks(run.selection).set_index(TASK)
    best = best[best[f"{scored}_ccc"].notna()]
    if best.empty:
        return Paragraph(
            f"No CCC is defined on {scored}, where the gold standards never change. "
            "So no models are compared."
        )
    return Paragraph(f"{_scores(run, best)} {_comparison(run, best)}")


def _scores(run: FinishedRun, best: pd.DataFrame) -> str:
    """How good the best models are, of each task."""
    scored = scored_partition(run.facts)
    scores = [
        f"{ccc(best.loc[(task.dimension, task.target), f'{scored}_ccc'])} for {task_name(task)}"
        for task in tasks_of(run.facts.dimensions)
        if (task.dimension, task.target) in best.index
    ]
    means = ", means over seeds" if len(run.lanes["seed"].unique()) > 1 else ""
    return (
        f"{_where(run.facts, scored)}, the models that are best on dev reach a CCC of "
        f"{listed(scores)}{means}."
    )


def _where(facts: RunFacts, scored: str) -> str:
    generated = "generated " if facts.is_standin else ""
    count = len(facts.recordings[scored])
    if facts.folds:
        folds = counted(len(facts.folds), "fold")
        return f"In {folds} over {counted(count, f'{generated}recording')}"
    also = ", which also chose them" if scored == "dev" else ""
    return f"On {counted(count, f'{generated}{scored} recording')}{also}"


def _comparison(run: FinishedRun, best: pd.DataFrame) -> str:
    """Whether states are better where dynamics were trained as well."""
    weights = run.lanes["w"].dropna().unique()
    if len(weights) == 1:
        found = f"The sweep has w = {weight(weights[0])} alone, so nothing is compared"
    elif 0 not in weights:
        found = "Whether training on dynamics changes states is not known: the sweep lacks w = 0"
    elif scored_partition(run.facts) != "test":
        found = "Without test labels, no difference from training on states alone can be tested"
    elif STATE not in best.index.unique("target"):
        found = "No states have scores, so they are not compared with those at w = 0"
    else:
        found = f"Compared with training on states alone, {_of_states(run.facts, best)}"
    return f"{found}{_of_rules(run)}."


def _of_states(facts: RunFacts, best: pd.DataFrame) -> str:
    states = best.xs(STATE, level="target")
    states = states.reindex([d for d in facts.dimensions if d in states.index])
    clauses = [_difference(dimension, row) for dimension, row in states.iterrows()]
    tested = states["p_value"].dropna()
    if len(tested) > 1 and (tested < SIGNIFICANT).any():
        clauses.append("p is not corrected for the number of tests")
    if len(tested) and (limit := limit_of_p(facts)):
        clauses.append(limit)
    return "; ".join(clauses)


def _difference(dimension: str, row: pd.Series) -> str:
    """How the best w of a dimension's states compares with w = 0."""
    if row["w"] == 0:
        return f"no other w is better than w = 0 on dev for {dimension}"
    if math.isnan(row["p_value"]):
        return f"nothing can be said of {dimension}, which has no scores at w = 0"
    numbers = (
        f"{ccc(row['test_ccc'])} at w = {weight(row['w'])}, {ccc(row['test_ccc_w0'])} at w = 0, "
        f"{p_is(row['p_value'])}"
    )
    if row["p_value"] >= SIGNIFICANT:
        return f"no difference was found for {dimension} ({numbers})"
    return f"{dimension} is {'better' if row['difference'] > 0 else 'worse'} ({numbers})"


def _of_rules(run: FinishedRun) -> str:
    """How often rules that move w have better or worse states than the best fixed w."""
    if run.weightings is None:
        return ""
    states = run.weightings[run.weightings["target"] == STATE]
    difference = states[f"difference{BEST}"]
    found = difference[states[f"p_value{BEST}"] < SIGNIFICANT]
    compared = int(difference.notna().sum())
    if not compared:
        return ""
    return (
        f"; rules that move w are better than the best fixed w in {(found > 0).sum()} of "
        f"{counted(compared, 'comparison')} of states, and worse in {(found < 0).sum()}"
    )
