"""What `experiments.paper.future_work` found, for readers: `future_work.md`, figures, tables."""

from pathlib import Path

import pandas as pd

from affdyn_jax.method.tasks import DYNAMICS, Task
from affdyn_jax.report.document.blocks import Document, Paragraph, Section, Table
from affdyn_jax.report.document.markdown import markdown
from affdyn_jax.report.figures.drawing import style
from affdyn_jax.report.figures.w_by_epoch import w_figure
from affdyn_jax.report.files import write_file
from affdyn_jax.report.notation import (
    CONFIDENCE,
    ccc_between,
    counted,
    probability,
    task_name,
    weight,
)
from affdyn_jax.workdir.files import write_table, write_text
from experiments.paper.future_work_figure import systems_figure
from experiments.paper.future_work_scores import FutureWork
from experiments.paper.future_work_systems import BEST, in_words, system


def write_future_work(folder: Path, found: FutureWork, history: pd.DataFrame) -> None:
    """Write `future_work.md`, its figures, and its tables as CSV.

    Args:
        folder: The workdir.
        found: What came out.
        history: From `results.learning_curves`, of the job with rules.

    Raises:
        RunError: The folder cannot be written.
    """
    write_table(folder, "scores.csv", found.scores)
    write_table(folder, "differences.csv", found.differences)
    write_table(folder, "chosen_w.csv", found.chosen)
    with style():
        systems, weights = systems_figure(found.scores), w_figure(history, "")
    for picture in (systems, weights):
        for suffix, content in ((".svg", picture.svg), (".png", picture.png)):
            write_file(folder / "figures" / f"{picture.name}{suffix}", content, private=False)
    seeds = history["seed"].nunique()
    sections = [
        Section("Scores", [Paragraph(_how_scored(found, seeds)), systems, _scores(found)]),
        Section("Differences", [Paragraph(_how_compared(found)), _differences(found)]),
        Section("The chosen w", [_chosen(found)]),
        Section("w by epoch", [weights]),
    ]
    write_text(folder / "future_work.md", markdown(Document("Future work, measured", "", sections)))


def _how_scored(found: FutureWork, seeds: int) -> str:
    return (
        f"Each of {found.group_count} conversations is tested by lanes that have seen neither side "
        f"of it; {counted(seeds, 'seed')}. CCC is over all recordings together. The best fixed w "
        "is chosen in each fold by the fold's own dev CCC, mean over seeds, so the labels of a "
        "recording have no part in the choice of the w that it is predicted with. At w = 0 no loss "
        "trains dynamics."
    )


def _how_compared(found: FutureWork) -> str:
    count = int(found.differences["p_value"].notna().sum())
    return (
        "All on gold standards that are not smoothed. p is from a paired permutation test over "
        f"conversations: {found.group_count} of them can be swapped in {2**found.group_count} "
        f"ways, so p cannot fall below {probability(found.smallest_p)}. Corrected by Holm for "
        f"{counted(count, 'difference')}, it cannot fall below "
        f"{probability(found.smallest_corrected_p)}. Dynamics are not compared with w = 0."
    )


def _scores(found: FutureWork) -> Table:
    scores = found.scores
    of_tasks = [*scores.groupby(["dimension", "target"], sort=False)]
    columns, cells = [], []
    for task, rows in of_tasks:
        columns.append((task_name(Task(*task)).capitalize(),))
        cells.append([_cell(row, "") for _, row in rows.iterrows()])
    for task, rows in of_tasks:
        if Task(*task).target == DYNAMICS:
            columns.append((f"{task_name(Task(*task)).capitalize()}, smoothed",))
            cells.append([_cell(row, "smoothed_") for _, row in rows.iterrows()])
    systems = dict.fromkeys(scores["system"])
    return Table(
        f"CCC on test, mean over seeds, with {CONFIDENCE} intervals over conversations. The last "
        "columns compare the same predictions with smoothed dynamics.",
        corner=("System",),
        columns=columns,
        rows=[((name,), of_name) for name, *of_name in zip(systems, *cells, strict=True)],
    )


def _cell(row: pd.Series, prefix: str) -> str:
    return ccc_between(*(row[f"{prefix}ccc{end}"] for end in ("", "_low", "_high")))


def _differences(found: FutureWork) -> Table:
    rows = []
    for row in found.differences.itertuples():
        name = task_name(Task(row.dimension, row.target))
        cells = [
            ccc_between(row.difference, row.difference_low, row.difference_high),
            probability(row.p_value),
            probability(row.p_corrected),
        ]
        rows.append(((name, f"{row.system} – {row.other}"), cells))
    return Table(
        f"Differences of test CCC, with {CONFIDENCE} intervals over conversations.",
        corner=("Task", "Compared"),
        columns=[("Difference",), ("p",), ("Corrected p",)],
        rows=rows,
    )


def _chosen(found: FutureWork) -> Table:
    rows = []
    for (treatment, dimension, target), of_task in found.chosen.groupby(
        ["treatment", "dimension", "target"], sort=False
    ):
        by_fold = of_task.set_index("fold")["w"].sort_index()
        names = (in_words(system(BEST, treatment)), task_name(Task(dimension, target)))
        rows.append((names, [weight(w) for w in by_fold]))
    folds = sorted(found.chosen["fold"].unique())
    return Table(
        "The w that each fold has chosen.",
        corner=("System", "Task"),
        columns=[(f"Fold {fold}",) for fold in folds],
        rows=rows,
    )
