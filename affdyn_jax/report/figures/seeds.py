"""Curves of scores over several seeds: means with intervals, or the seeds where they are few."""

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from affdyn_jax.evaluation.selection import half_interval
from affdyn_jax.report.notation import CONFIDENCE, listed

_FEWEST = 3  # seeds of an interval: of two, it is often wider than [-1, 1]
_LONGEST_BAR = 0.15  # beyond the means; what is longer is cut


class Curve(NamedTuple):
    """Scores by what is swept.

    Attributes:
        means: Indexed by its values: `mean` and `seeds`, and `half`, half the width of the mean's
            interval, NaN for fewer than three seeds.
        dots: The score of each of these few, indexed likewise.
    """

    means: pd.DataFrame
    dots: pd.Series


def over_seeds(scores: pd.Series) -> Curve:
    """The curve of scores whose index's first level is what is swept and whose second the seed."""
    scores = scores.dropna()
    by_value = scores.groupby(level=0)
    means = by_value.agg(mean="mean", half=half_interval, seeds="count")
    means["half"] = means["half"].where(means["seeds"] >= _FEWEST)
    return Curve(means, scores[by_value.transform("count") < _FEWEST].droplevel(1))


def draw_curve(axes: Axes, curve: Curve, aside: float, **look: Any) -> None:
    """Draw a curve into a panel.

    Args:
        axes: The panel.
        curve: From `over_seeds`; what is swept are numbers.
        aside: How far it stands on the right, so that curves' bars do not overlap.
        **look: Of its line and markers.
    """
    means, dots = curve
    axes.errorbar(
        means.index + aside,
        means["mean"],
        yerr=means["half"],
        markersize=3.5,
        markevery=list(np.flatnonzero(means["seeds"] >= _FEWEST)),
        elinewidth=0.8,
        capsize=2,
        **look,
    )
    look |= {"linestyle": "none", "label": None}
    axes.plot(dots.index + aside, dots, markersize=2.5, alpha=0.7, **look)


def limit_bars(axes: Axes, curves: Sequence[Curve]) -> None:
    """Let the scores, not the longest interval, decide on the scale."""
    means, dots = (pd.concat(parts) for parts in zip(*curves, strict=True))
    if means.empty:
        return
    bars = means["half"].fillna(0).clip(upper=_LONGEST_BAR)
    shown = pd.concat([means["mean"] - bars, means["mean"] + bars, dots])
    lowest, highest = shown.min(), shown.max()
    margin = 0.05 * max(highest - lowest, 0.02)
    axes.set_ylim(lowest - margin, highest + margin)


def seeds_in_words(curves: Sequence[Curve]) -> str:
    """How the curves of a figure show their seeds."""
    counts = sorted({*pd.concat([curve.means["seeds"] for curve in curves])})
    many = [f"{count}" for count in counts if count >= _FEWEST]
    if not many:
        some = "dots are seeds, lines their means"
        return some if 2 in counts else "a single seed leaves no confidence interval"
    fewer = "; dots are seeds where fewer are left" if len(many) < len(counts) else ""
    return (
        f"bars are {CONFIDENCE} confidence intervals over {listed(many)} seeds, cut at the "
        f"panel's edge{fewer}"
    )
