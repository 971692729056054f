"""CCC against a setting that was swept."""

from collections.abc import Sequence

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from affdyn_jax.method.tasks import TARGETS, Task
from affdyn_jax.report.document.blocks import Picture
from affdyn_jax.report.figures.ccc_against_w import limit_bars
from affdyn_jax.report.figures.drawing import BLUE, VERMILION, WIDTH, draw
from affdyn_jax.report.notation import CONFIDENCE, task_name
from affdyn_jax.report.partitions import labelled_partitions
from affdyn_jax.report.setup_kinds import setup_kind, setup_kinds
from affdyn_jax.report.swept import in_words, swept_settings, value_in_words
from affdyn_jax.workdir.files import FinishedRun

_COLOURS = {"mono-dimensional": VERMILION, "multi-dimensional": BLUE}
_ASIDE = {"mono-dimensional": -0.04, "multi-dimensional": 0.04}
_LINES = {"dev": "--", "test": "-"}


def setting_figure(run: FinishedRun, setting: str, mark: str) -> Picture:
    """CCC against a setting: a row of panels for each target, a column for each dimension.

    Args:
        run: The run.
        setting: One of `swept_settings`.
        mark: See `drawing.draw`.
    """
    values = swept_settings(run)[setting]
    dimensions, partitions = run.facts.dimensions, labelled_partitions(run.facts)
    figure = Figure(figsize=(WIDTH, 4.8), layout="constrained")
    panels = figure.subplots(
        len(TARGETS), len(dimensions), sharex=True, sharey="row", squeeze=False
    )
    for target, row in zip(TARGETS, panels, strict=True):
        row[0].set_ylabel("CCC")
        points = []
        for dimension, axes in zip(dimensions, row, strict=True):
            axes.set_title(task_name(Task(dimension, target)))
            for kind in setup_kinds(run):
                best = best_of_each_value(run.selection, setting, kind, Task(dimension, target))
                points += _draw(axes, best.reindex(values), partitions, kind)
        limit_bars(row[0], pd.concat(points))
    for axes in panels[-1]:
        axes.set_xlabel(in_words(setting))
        axes.set_xlim(-0.4, len(values) - 0.6)
        axes.set_xticks(range(len(values)), [value_in_words(value) for value in values])
    figure.legend(*panels[0, 0].get_legend_handles_labels(), loc="outside lower center", ncols=2)
    return draw(
        figure,
        f"against_{setting}",
        f"CCC against the {in_words(setting)}, at the w, the hidden size and the other settings "
        f"that are best on dev with it; bars are {CONFIDENCE} confidence intervals over seeds, "
        "cut at the panel's edge.",
        f"Line charts of CCC against the {in_words(setting)}: "
        f"{', '.join(value_in_words(value) for value in values)}.",
        mark,
    )


def best_of_each_value(
    selection: pd.DataFrame, setting: str, kind: str, task: Task
) -> pd.DataFrame:
    """For each value of a setting the row of `selection.csv` that is best on dev.

    Args:
        selection: The table.
        setting: A column of it.
        kind: Of the models, one of `setup_kinds`.
        task: The task.
    """
    rows = selection[
        (selection["setup"].map(setup_kind) == kind)
        & (selection["dimension"] == task.dimension)
        & (selection["target"] == task.target)
    ]
    ordered = rows.sort_values("dev_ccc", ascending=False, kind="stable")
    return ordered.drop_duplicates(setting).set_index(setting)


def _draw(
    axes: Axes, best: pd.DataFrame, partitions: Sequence[str], kind: str
) -> list[pd.DataFrame]:
    """Draw a curve for each partition; returns their points as `limit_bars` takes them."""
    curves = []
    for partition in partitions:
        mean, half = best[f"{partition}_ccc"], best[f"{partition}_ccc_ci"]
        curves.append(pd.DataFrame({"mean": mean, "half": half}))
        axes.errorbar(
            np.arange(len(best)) + _ASIDE[kind],
            mean,
            yerr=half,
            label=f"{kind.removesuffix('-dimensional')}, {partition}",
            color=_COLOURS[kind],
            linestyle=_LINES[partition],
            marker="o",
            markersize=3.5,
            elinewidth=0.8,
            capsize=2,
        )
    return curves
