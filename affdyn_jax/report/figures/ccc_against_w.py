"""CCC against w on dev and test, as the paper's Figure 2."""

from collections.abc import Sequence

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from affdyn_jax.evaluation.selection import is_trained
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
from affdyn_jax.report.notation import ccc, listed, task_name, weight
from affdyn_jax.report.partitions import labelled_partitions
from affdyn_jax.report.setup_kinds import setup_kind
from affdyn_jax.report.swept import in_words, swept_settings
from affdyn_jax.workdir.files import FinishedRun

_COLOURS = {"dev": VERMILION, "test": BLUE}
_LINES = {"dev": "--", "test": "-"}
_MARKERS = {"dev": "s", "test": "o"}
_ASIDE = {"dev": -0.006, "test": 0.006}  # in w, so that intervals do not overlap


def sweep_figure(run: FinishedRun, kind: str, mark: str) -> Picture:
    """CCC against w: a row of panels for each target, a column for each dimension.

    Args:
        run: The run.
        kind: The models averaged, one of `setup_kinds`.
        mark: See `drawing.draw`.
    """
    lanes = run.pooled[run.pooled["setup"].map(setup_kind) == kind]
    averaged = listed(
        [
            "hidden sizes",
            *(_values_of(name) for name in swept_settings(run)),
            "seeds",
        ]
    )
    partitions = labelled_partitions(run.facts)
    figure = Figure(figsize=(WIDTH, 4.8), layout="constrained")
    panels = figure.subplots(
        len(TARGETS), len(run.facts.dimensions), sharex=True, sharey="row", squeeze=False
    )
    every_curve, peaks = [], []
    for target, row in zip(TARGETS, panels, strict=True):
        row[0].set_ylabel("CCC")
        curves = []
        for dimension, axes in zip(run.facts.dimensions, row, strict=True):
            task = Task(dimension, target)
            axes.set_title(task_name(task))
            of_task, peaks_of_task = draw_curves(axes, lanes, partitions, task, task_name(task))
            curves += of_task
            peaks += peaks_of_task
        limit_bars(row[0], curves)
        every_curve += curves
    panels[0, 0].xaxis.set_major_locator(MaxNLocator(4, steps=[1, 2, 5, 10]))
    for axes in panels[-1]:
        axes.set_xlabel("w")
    figure.legend(*panels[0, 0].get_legend_handles_labels(), loc="outside lower center", ncols=2)

    return draw(
        figure,
        f"sweep_{kind.removesuffix('-dimensional')}",
        f"CCC against w, the weight of dynamics in the loss, averaged over the {averaged} of the "
        f"{kind} models; {seeds_in_words(every_curve)}. "
        "States at w = 1 and dynamics at w = 0, where no loss trains them, are left out, as states "
        "are in the paper's Figure 2.",
        f"Line charts of CCC against w, {kind} models: {'; '.join(peaks)}.",
        mark,
    )


def _values_of(setting: str) -> str:
    return "layers" if setting == "layer" else f"values of the {in_words(setting)}"


def ccc_against_w(lanes: pd.DataFrame, partition: str, task: Task) -> Curve:
    """A task's CCC for each w, averaged over models as in the paper's Figure 2.

    Args:
        lanes: Rows of `lanes.csv`; lanes that diverged are left out.
        partition: `dev` or `test`; empty where its gold standard never changes.
        task: The task; a w that does not train it is left out.

    Returns:
        By w, of each seed the mean over hidden sizes.
    """
    rows = lanes[
        ~lanes["diverged"]
        & (lanes["dimension"] == task.dimension)
        & (lanes["target"] == task.target)
        & is_trained(lanes)
    ]
    return over_seeds(rows.groupby(["w", "seed"])[f"{partition}_ccc"].mean())


def draw_curves(
    axes: Axes, lanes: pd.DataFrame, partitions: Sequence[str], task: Task, name: str
) -> tuple[list[Curve], list[str]]:
    """Draw a task's curve of each partition into a panel.

    Args:
        axes: The panel.
        lanes: See `ccc_against_w`.
        partitions: One curve for each of them.
        task: The task.
        name: What to call it in words.

    Returns:
        The curves, and in words where each peaks.
    """
    curves, peaks = [], []
    for partition in partitions:
        curve = ccc_against_w(lanes, partition, task)
        look = {
            "color": _COLOURS[partition],
            "linestyle": _LINES[partition],
            "marker": _MARKERS[partition],
        }
        draw_curve(axes, curve, _ASIDE[partition], label=partition, **look)
        curves.append(curve)
        means = curve.means["mean"]
        if not means.empty:
            height, w = ccc(means.max()), weight(means.idxmax())
            peaks.append(f"{name} on {partition} peaks at {height} for w = {w}")
    return curves, peaks
