"""CCC against a setting that was swept."""

from collections.abc import Sequence

import pandas as pd
from matplotlib.figure import Figure

from affdyn_jax.evaluation.lane_columns import TASK, network_columns
from affdyn_jax.method.tasks import TARGETS, Task
from affdyn_jax.report.document.blocks import Picture
from affdyn_jax.report.figures.drawing import BLUE, VERMILION, WIDTH, draw
from affdyn_jax.report.figures.seeds import (
    Curve,
    draw_curve,
    limit_bars,
    over_seeds,
    seeds_in_words,
)
from affdyn_jax.report.notation import task_name
from affdyn_jax.report.partitions import labelled_partitions
from affdyn_jax.report.setup_kinds import setup_kind, setup_kinds
from affdyn_jax.report.swept import in_words, swept_settings, value_in_words
from affdyn_jax.workdir.files import FinishedRun

_MOST_LABELS = 13  # that a panel has room for

_ASIDE = {"mono-dimensional": -0.04, "multi-dimensional": 0.04}
_LOOK = {
    (kind, partition): {"color": colour, "linestyle": line, "marker": marker}
    for kind, colour in (("mono-dimensional", VERMILION), ("multi-dimensional", BLUE))
    for partition, line, marker in (("dev", "--", "s"), ("test", "-", "o"))
}


def setting_figure(run: FinishedRun, setting: str, mark: str) -> Picture:
    """CCC against a setting: a row of panels for each target, a column for each dimension.

    Args:
        run: The run.
        setting: One of `swept_settings`.
        mark: See `drawing.draw`.
    """
    values = swept_settings(run)[setting]
    dimensions, partitions = run.facts.dimensions, labelled_partitions(run.facts)
    every_curve = []
    figure = Figure(figsize=(WIDTH, 4.8), layout="constrained")
    panels = figure.subplots(
        len(TARGETS), len(dimensions), sharex=True, sharey="row", squeeze=False
    )
    for target, row in zip(TARGETS, panels, strict=True):
        row[0].set_ylabel("CCC")
        curves = []
        for dimension, axes in zip(dimensions, row, strict=True):
            axes.set_title(task_name(Task(dimension, target)))
            for kind in setup_kinds(run):
                best = best_of_each_value(run.selection, setting, kind, Task(dimension, target))
                for partition in partitions:
                    curve = _curve(run.pooled, best, values, partition)
                    label = f"{kind.removesuffix('-dimensional')}, {partition}"
                    draw_curve(axes, curve, _ASIDE[kind], label=label, **_LOOK[kind, partition])
                    curves.append(curve)
        limit_bars(row[0], curves)
        every_curve += curves
    for axes in panels[-1]:
        axes.set_xlabel(in_words(setting))
        axes.set_xlim(-0.4, len(values) - 0.6)
        places = range(0, len(values), -(-len(values) // _MOST_LABELS))
        axes.set_xticks(places, [value_in_words(values[place]) for place in places])
    figure.legend(*panels[0, 0].get_legend_handles_labels(), loc="outside lower center", ncols=2)
    return draw(
        figure,
        f"against_{setting}",
        f"CCC against the {in_words(setting)}, at the w, the hidden size and the other settings "
        f"that are best on dev with it; {seeds_in_words(every_curve)}.",
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


def _curve(
    pooled: pd.DataFrame, best: pd.DataFrame, values: Sequence[object], partition: str
) -> Curve:
    """The seeds of each value's best network, by the value's place.

    Args:
        pooled: `pooled.csv`.
        best: From `best_of_each_value`.
        values: All values in order.
        partition: `dev` or `test`.
    """
    setting, best = best.index.name, best.reset_index()
    of_model = [*network_columns(best), "w", *TASK]
    seeds = pooled[~pooled["diverged"]].merge(best[of_model], on=of_model)
    places = seeds[setting].map({value: place for place, value in enumerate(values)})
    return over_seeds(seeds.set_index([places, "seed"])[f"{partition}_ccc"])
