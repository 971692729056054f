"""CCC of each system of `experiments.paper.future_work`."""

from collections.abc import Sequence

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from affdyn_jax.method.tasks import DYNAMICS, TARGETS, Task
from affdyn_jax.report.document.blocks import Picture
from affdyn_jax.report.figures.drawing import BLUE, VERMILION, draw
from affdyn_jax.report.notation import CONFIDENCE, ccc, task_name

_WIDTH = 6.4  # inches
_ROW = 0.19  # inches, of a system
_ASIDE = 0.17  # of a row, from the scores on one gold standard to those on the other
_UNSMOOTHED, _SMOOTHED = "on the gold standard", "on smoothed dynamics"


def systems_figure(scores: pd.DataFrame) -> Picture:
    """CCC of each system with its interval: a row of panels for each target.

    Args:
        scores: See `FutureWork`; drawn within `drawing.style`.
    """
    systems = list(dict.fromkeys(scores["system"]))
    dimensions = list(dict.fromkeys(scores["dimension"]))
    height = _ROW * len(systems) * len(TARGETS) + 1.4
    figure = Figure(figsize=(_WIDTH, height), layout="constrained")
    panels = figure.subplots(
        len(TARGETS), len(dimensions), sharex="row", sharey=True, squeeze=False
    )
    best = []
    for target, row in zip(TARGETS, panels, strict=True):
        for dimension, axes in zip(dimensions, row, strict=True):
            of_task = (scores["dimension"] == dimension) & (scores["target"] == target)
            name = task_name(Task(dimension, target))
            axes.set_title(name)
            best.append(_draw_systems(axes, scores[of_task], systems, name))
            axes.set_xlabel("CCC")
    axes.set_yticks(range(len(systems)), systems)
    axes.set_ylim(len(systems) - 0.5, -0.5)
    figure.legend(*axes.get_legend_handles_labels(), loc="outside lower center", ncols=2)
    return draw(
        figure,
        "future_work",
        "CCC on test over all recordings, mean over seeds. Bars are "
        f"{CONFIDENCE} intervals over conversations; they tell how far a score may vary with "
        "the people, not whether two systems differ.",
        f"Dot plots of CCC of each system: {'; '.join(best)}.",
        "",
    )


def _draw_systems(axes: Axes, scores: pd.DataFrame, systems: Sequence[str], name: str) -> str:
    """Draw a task's scores; returns in words which is highest."""
    places = scores["system"].map(systems.index).to_numpy()
    has_smoothed = scores["target"].iloc[0] == DYNAMICS
    aside = _ASIDE if has_smoothed else 0
    _draw_bars(axes, scores, "", places - aside, BLUE, _UNSMOOTHED)
    if has_smoothed:
        _draw_bars(axes, scores, "smoothed_", places + aside, VERMILION, _SMOOTHED)
    axes.grid(visible=False, axis="y")
    highest = scores.loc[scores["ccc"].idxmax()]
    return f"{name} is highest with {highest['system']}, {ccc(highest['ccc'])}"


def _draw_bars(
    axes: Axes, scores: pd.DataFrame, prefix: str, places: np.ndarray, colour: str, label: str
) -> None:
    score, low, high = (scores[f"{prefix}ccc{end}"] for end in ("", "_low", "_high"))
    axes.hlines(places, low, high, color=colour, linewidth=1)
    axes.plot(score, places, "o", color=colour, markersize=3, label=label)
