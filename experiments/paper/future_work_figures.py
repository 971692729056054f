"""Figures of `experiments.paper.future_work`: CCC of each system, and w by epoch of each rule."""

from collections.abc import Sequence

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from affdyn_jax.method.low_pass import NONE
from affdyn_jax.method.tasks import DYNAMICS, TARGETS, Task
from affdyn_jax.report.document.blocks import Picture
from affdyn_jax.report.figures.drawing import BLACK, BLUE, VERMILION, draw, style
from affdyn_jax.report.notation import CONFIDENCE, ccc, task_name
from experiments.paper.future_work_jobs import RULES

_WIDTH = 6.4  # inches
_ROW = 0.19  # inches, of a system
_ASIDE = 0.17  # of a row, from the scores on one gold standard to those on the other
_UNSMOOTHED, _SMOOTHED = "on the gold standard", "on smoothed dynamics"


def systems_figure(scores: pd.DataFrame) -> Picture:
    """CCC of each system with its interval: a row of panels for each target.

    Args:
        scores: See `FutureWork`.
    """
    systems = list(dict.fromkeys(scores["system"]))
    dimensions = list(dict.fromkeys(scores["dimension"]))
    height = _ROW * len(systems) * len(TARGETS) + 1.4
    with style():
        figure = Figure(figsize=(_WIDTH, height), layout="constrained")
        panels = figure.subplots(len(TARGETS), len(dimensions), sharex="row", sharey=True)
        best = []
        for target, row in zip(TARGETS, np.reshape(panels, (len(TARGETS), -1)), strict=True):
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


def weights_figure(curves: pd.DataFrame) -> Picture:
    """W by epoch: a panel for each rule, a line for each of its lanes.

    Args:
        curves: From `results.learning_curves`; lanes with a low-pass layer are left out.
    """
    curves = curves[curves["low_pass"] == NONE]
    with style():
        figure = Figure(figsize=(_WIDTH, 4.2), layout="constrained")
        panels = figure.subplots(2, -(-len(RULES) // 2), sharex=True, sharey=True)
        ends = []
        for rule, axes in zip(RULES, panels.flat, strict=True):
            of_rule = curves[curves["weighting"] == rule]
            axes.set_title(rule)
            for _, of_lane in of_rule.groupby("lane"):
                axes.plot(of_lane["epoch"], of_lane["epoch_w"], color=BLUE, lw=0.6, alpha=0.35)
            last = of_rule.drop_duplicates("lane", keep="last")
            axes.plot(last["epoch"], last["epoch_w"], "o", color=BLACK, markersize=2.5)
            axes.set_ylim(-0.03, 1.03)
            ends.append(f"{rule} at w = {last['epoch_w'].mean():.2f} on average")
        for axes in panels[-1]:
            axes.set_xlabel("epoch")
        for axes in panels[:, 0]:
            axes.set_ylabel("w")
        return draw(
            figure,
            "w_by_epoch",
            "w, the weight of dynamics in the loss, by epoch, as each rule moves it. A line for "
            "each fold and seed, without a low-pass layer; dots are where lanes stopped.",
            f"Line charts of w by epoch. Lanes end with {'; '.join(ends)}.",
            "",
        )
