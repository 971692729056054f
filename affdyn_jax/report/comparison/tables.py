"""The tables of a comparison."""

import math
from collections.abc import Iterator, Mapping
from typing import Any

import pandas as pd

from affdyn_jax.evaluation.lane_columns import TASK
from affdyn_jax.evaluation.selection import best_of_tasks
from affdyn_jax.method.tasks import MULTI, Task
from affdyn_jax.report.comparison.differences import tasks_of_all
from affdyn_jax.report.comparison.scored_run import ScoredRun
from affdyn_jax.report.document.blocks import Strong, Table
from affdyn_jax.report.notation import (
    CONFIDENCE,
    UNDEFINED,
    ccc,
    ccc_between,
    ccc_with_interval,
    probability,
    task_name,
    weight,
)
from affdyn_jax.report.run_description import features_in_words, field_value
from affdyn_jax.report.significant import SIGNIFICANT

Runs = Mapping[str, ScoredRun]


def scores_table(runs: Runs, compared: pd.DataFrame) -> Table:
    """Scores of every run, and differences from the first one.

    Args:
        runs: Two or more by their names.
        compared: From `differences.compare_runs`.
    """
    first, *_ = runs
    return Table(
        "CCC. Mean of seeds: of the setup, hidden size and w with the highest mean CCC on dev. "
        "Own predictions: those that the run left, by the seed of these that is best on dev, "
        f"with the {CONFIDENCE} interval of a bootstrap over recordings (or groups of them). "
        f"Difference: how much higher than those of {first} they score, with its interval, and "
        "p of a two-sided paired permutation test that swaps whole recordings (or groups) between "
        "the two runs; corrected: by Holm's method for the number of all tests in this table. "
        "Frames that only one of both runs has are left out of the difference. In bold: corrected "
        "p < .05.",
        corner=("Task", "Run"),
        columns=[
            ("Mean of seeds",),
            ("Own predictions",),
            ("Difference",),
            ("p",),
            ("p, corrected",),
        ],
        rows=[(names, _score_cells(row, runs)) for names, row in _in_order(runs, compared)],
    )


def short_scores_table(runs: Runs, compared: pd.DataFrame) -> Table:
    """The same for the 80 columns of a terminal."""
    first, *_ = runs
    table = scores_table(runs, compared)
    return Table(
        f"CCC of each run's own predictions and its difference from {first}, with {CONFIDENCE} "
        "intervals over recordings. p is corrected by Holm's method.",
        corner=table.corner,
        columns=[("CCC",), ("Difference",), ("p",)],
        rows=[
            (names, [own, difference, corrected])
            for names, (_, own, difference, _, corrected) in table.rows
        ],
    )


def models_table(runs: Runs) -> Table:
    """The best models of each run on dev, which the scores are of."""
    best = {
        name: best_of_tasks(scored.run.selection).set_index(TASK) for name, scored in runs.items()
    }
    rows = []
    for task in tasks_of_all([*runs.values()]):
        for name, of_run in best.items():
            if (task.dimension, task.target) not in of_run.index:
                continue
            row = of_run.loc[task.dimension, task.target]
            test = row["test_ccc"], row["test_ccc_low"], row["test_ccc_high"]
            cells = [
                "multi" if row["setup"] == MULTI else "mono",
                f"{row['hidden_size']}",
                weight(row["w"]),
                f"{row['seeds']}",
                ccc_with_interval(row["dev_ccc"], row["dev_ccc_ci"]),
                ccc_with_interval(row["test_ccc"], row["test_ccc_ci"]),
                ccc_between(*test),
            ]
            rows.append(((task_name(task).capitalize(), name), cells))
    return Table(
        "The setup, hidden size H and w of each run with the highest mean CCC on dev: mean over "
        f"seeds, ± half the width of its {CONFIDENCE} interval over seeds, and on test also the "
        "interval of a bootstrap over recordings (or groups of them).",
        corner=("Task", "Run"),
        columns=[
            ("Best on dev", "setup"),
            ("Best on dev", "H"),
            ("Best on dev", "w"),
            ("Best on dev", "seeds"),
            ("CCC", "dev"),
            ("CCC", "test"),
            ("CCC", "test, over recordings"),
        ],
        rows=rows,
    )


def config_table(configs: Mapping[str, Mapping[str, Any]]) -> Table:
    """The fields whose values are not the same in all configs.

    Args:
        configs: Of each run every field, by its name `sweep.seeds`.
    """
    fields = dict.fromkeys(field for config in configs.values() for field in config)
    shown = {
        field: [
            field_value(config[field]) if field in config else UNDEFINED
            for config in configs.values()
        ]
        for field in fields
    }
    return Table(
        "Config fields that differ.",
        corner=("Field",),
        columns=[(name,) for name in configs],
        rows=[((field,), values) for field, values in shown.items() if len(set(values)) > 1],
    )


def runs_table(runs: Runs) -> Table:
    """What each run was trained on, and how much of it there is."""
    rows = []
    for name, scored in runs.items():
        facts, lanes = scored.run.facts, scored.run.lanes.drop_duplicates("lane")
        counts = {p: f"{len(names)}" for p, names in facts.recordings.items()}
        if facts.folds:
            counts = {"test": f"{len(facts.recordings['test'])} in {len(facts.folds)} folds"}
        cells = [facts.corpus, features_in_words(facts), f"{len(lanes)}"]
        cells += [counts.get(partition, UNDEFINED) for partition in ("train", "dev", "test")]
        rows.append(((name,), cells))
    return Table(
        "The runs.",
        corner=("Run",),
        columns=[
            ("corpus",),
            ("features",),
            ("lanes",),
            ("train",),
            ("dev",),
            ("test",),
        ],
        rows=rows,
    )


def _in_order(
    runs: Runs, compared: pd.DataFrame
) -> Iterator[tuple[tuple[str, str], dict[str, Any]]]:
    """The rows of a comparison, each with its names."""
    for row in compared.to_dict("records"):
        task = Task(row["dimension"], row["target"])
        of_dev = " (dev)" if row["partition"] == "dev" else ""
        yield (task_name(task).capitalize(), row["run"] + of_dev), row


def _score_cells(row: Mapping[str, Any], runs: Runs) -> list[str]:
    scored = runs[row["run"]]
    best = best_of_tasks(scored.run.selection).set_index(TASK)[f"{scored.partition}_ccc"]
    difference = row["difference"], row["difference_low"], row["difference_high"]
    tested = [
        ccc_between(*difference),
        probability(row["p_value"]),
        probability(row["p_corrected"]),
    ]
    is_significant = row["p_corrected"] < SIGNIFICANT
    return [
        ccc(best.get((row["dimension"], row["target"]), math.nan)),
        ccc_between(row["ccc"], row["ccc_low"], row["ccc_high"]),
        *(map(Strong, tested) if is_significant else tested),
    ]
