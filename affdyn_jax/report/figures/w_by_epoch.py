"""w by epoch where a rule moves it."""

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from affdyn_jax.evaluation.lane_columns import has_fixed_w
from affdyn_jax.report.document.blocks import Picture
from affdyn_jax.report.figures.drawing import BLUE, GREEN, PURPLE, VERMILION, WIDTH, draw
from affdyn_jax.report.notation import weight

_PANEL_HEIGHT = 1.9  # inches
_COLOURS = (BLUE, VERMILION, GREEN, PURPLE)


def w_figure(history: pd.DataFrame, mark: str) -> Picture:
    """A panel for each setup; of each rule a thin line a lane, and a thick one for their mean.

    Args:
        history: The table `history.csv`; lanes of it follow rules.
        mark: See `drawing.draw`.
    """
    moved = history[~has_fixed_w(history)]
    setups, rules = (list(dict.fromkeys(moved[name])) for name in ("setup", "weighting"))
    figure = Figure(figsize=(WIDTH, 0.8 + _PANEL_HEIGHT * len(setups)), layout="constrained")
    panels = figure.subplots(len(setups), sharex=True, sharey=True, squeeze=False)[:, 0]
    ends = []
    for setup, axes in zip(setups, panels, strict=True):
        axes.set_title(setup)
        axes.set_ylabel("w")
        for rule, colour in zip(rules, _COLOURS, strict=False):
            of_rule = moved[(moved["setup"] == setup) & (moved["weighting"] == rule)]
            if not of_rule.empty:
                mean = _draw_rule(axes, of_rule, colour, rule)
                first, last = weight(round(mean.iloc[0], 2)), weight(round(mean.iloc[-1], 2))
                ends.append(f"{setup} by {rule} from {first} to {last}")
    panels[0].set_ylim(-0.03, 1.03)
    panels[-1].set_xlabel("epoch")
    figure.legend(*panels[0].get_legend_handles_labels(), loc="outside lower center", ncols=4)
    return draw(
        figure,
        "w_by_epoch",
        "w by epoch where a rule moves it: the share of the dynamics in the weights of the last "
        "step. Thin lines are lanes, of all seeds and networks; the thick line is the mean of "
        "those that still train.",
        f"Line charts of w by epoch, mean over lanes: {'; '.join(ends)}.",
        mark,
    )


def _draw_rule(axes: Axes, history: pd.DataFrame, colour: str, rule: str) -> pd.Series:
    """Draw a rule's lanes; returns their mean by epoch."""
    for _, curve in history.groupby("lane"):
        axes.plot(curve["epoch"], curve["epoch_w"], color=colour, linewidth=0.5, alpha=0.35)
    mean = history.groupby("epoch")["epoch_w"].mean()
    axes.plot(mean.index, mean, color=colour, linewidth=1.8, label=rule)
    return mean
