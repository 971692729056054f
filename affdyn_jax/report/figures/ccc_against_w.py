"""CCC against w on dev and test, as the paper's Figure 2."""

from collections.abc import Sequence

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from affdyn_jax.evaluation.selection import half_interval, is_trained
from affdyn_jax.method.tasks import TARGETS, Task
from affdyn_jax.report.document.blocks import Picture
from affdyn_jax.report.figures.drawing import BLUE, VERMILION, WIDTH, draw
from affdyn_jax.report.notation import CONFIDENCE, ccc, listed, task_name, weight
from affdyn_jax.report.partitions import labelled_partitions
from affdyn_jax.report.setup_kinds import setup_kind
from affdyn_jax.report.swept import in_words, swept_settings
from affdyn_jax.workdir.files import FinishedRun

_COLOURS = {"dev": VERMILION, "test": BLUE}
_LINES = {"dev": "--", "test": "-"}
_MARKERS = {"dev": "s", "test": "o"}
_ASIDE = {"dev": -0.006, "test": 0.006}  # in w, so that intervals do not overlap
_LONGEST_BAR = 0.15  # beyond the means; over two seeds intervals may be wider than [-1, 1]


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
            *(f"values of the {in_words(name)}" for name in swept_settings(run)),
            "seeds",
        ]
    )
    partitions = labelled_partitions(run.facts)
    figure = Figure(figsize=(WIDTH, 4.8), layout="constrained")
    panels = figure.subplots(
        len(TARGETS), len(run.facts.dimensions), sharex=True, sharey="row", squeeze=False
    )
    peaks = []
    for target, row in zip(TARGETS, panels, strict=True):
        row[0].set_ylabel("CCC")
        curves = []
        for dimension, axes in zip(run.facts.dimensions, row, strict=True):
            task = Task(dimension, target)
            axes.set_title(task_name(task))
            of_task, peaks_of_task = draw_curves(axes, lanes, partitions, task, task_name(task))
            curves.append(of_task)
            peaks += peaks_of_task
        limit_bars(row[0], pd.concat(curves))
    panels[0, 0].xaxis.set_major_locator(MaxNLocator(4, steps=[1, 2, 5, 10]))
    for axes in panels[-1]:
        axes.set_xlabel("w")
    figure.legend(*panels[0, 0].get_legend_handles_labels(), loc="outside lower center", ncols=2)

    seeds = lanes["seed"].nunique()
    fewer = " (fewer where lanes diverged)" if lanes["diverged"].any() else ""
    bars = (
        f"bars are {CONFIDENCE} confidence intervals over {seeds} seeds{fewer}, cut at the panel's "
        "edge"
        if seeds > 1
        else "a single seed leaves no confidence interval"
    )
    return draw(
        figure,
        f"sweep_{kind.removesuffix('-dimensional')}",
        f"CCC against w, the weight of dynamics in the loss, averaged over the {averaged} of the "
        f"{kind} models; {bars}. "
        "States at w = 1 and dynamics at w = 0, where no loss trains them, are left out, as states "
        "are in the paper's Figure 2.",
        f"Line charts of CCC against w, {kind} models: {'; '.join(peaks)}.",
        mark,
    )


def ccc_against_w(lanes: pd.DataFrame, partition: str, task: Task) -> pd.DataFrame:
    """A task's CCC for each w, averaged over models as in the paper's Figure 2.

    Args:
        lanes: Rows of `lanes.csv`; lanes that diverged are left out.
        partition: `dev` or `test`; empty where its gold standard never changes.
        task: The task; a w that does not train it is left out.

    Returns:
        Indexed by w: `mean`, over hidden sizes and then over seeds, and `half`, half the
        width of its confidence interval over seeds, NaN for a single one.
    """
    rows = lanes[
        ~lanes["diverged"]
        & (lanes["dimension"] == task.dimension)
        & (lanes["target"] == task.target)
        & is_trained(lanes)
    ]
    by_seed = rows.groupby(["w", "seed"])[f"{partition}_ccc"].mean().dropna()
    return by_seed.groupby("w").agg(mean="mean", half=half_interval)


def draw_curves(
    axes: Axes, lanes: pd.DataFrame, partitions: Sequence[str], task: Task, name: str
) -> tuple[pd.DataFrame, list[str]]:
    """Draw a task's curve of each partition into a panel.

    Args:
        axes: The panel.
        lanes: See `ccc_against_w`.
        partitions: One curve for each of them.
        task: The task.
        name: What to call it in words.

    Returns:
        The points of all curves, as from `ccc_against_w`, and in words where each peaks.
    """
    curves, peaks = [], []
    for partition in partitions:
        curve = ccc_against_w(lanes, partition, task)
        _draw_curve(axes, curve, partition)
        curves.append(curve)
        if not curve.empty:
            peak = curve["mean"].idxmax()
            height = ccc(curve["mean"][peak])
            peaks.append(f"{name} on {partition} peaks at {height} for w = {weight(peak)}")
    return pd.concat(curves), peaks


def _draw_curve(axes: Axes, curve: pd.DataFrame, partition: str) -> None:
    axes.errorbar(
        curve.index + _ASIDE[partition],
        curve["mean"],
        yerr=curve["half"],
        label=partition,
        color=_COLOURS[partition],
        linestyle=_LINES[partition],
        marker=_MARKERS[partition],
        markersize=3.5,
        elinewidth=0.8,
        capsize=2,
    )


def limit_bars(axes: Axes, curves: pd.DataFrame) -> None:
    """Let the means, not the longest interval, decide on the scale."""
    if curves.empty:
        return
    bars = curves["half"].fillna(0).clip(upper=_LONGEST_BAR)
    lowest, highest = (curves["mean"] - bars).min(), (curves["mean"] + bars).max()
    margin = 0.05 * max(highest - lowest, 0.02)
    axes.set_ylim(lowest - margin, highest + margin)
