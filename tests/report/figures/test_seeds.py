import math

import pandas as pd
import pytest
from matplotlib.figure import Figure

from affdyn_jax.report.figures.seeds import draw_curve, limit_bars, over_seeds, seeds_in_words


def curve_of(scores):
    """The curve of the scores of each w's seeds."""
    index = [(w, seed) for w, of_w in scores.items() for seed in range(len(of_w))]
    values = [score for of_w in scores.values() for score in of_w]
    return over_seeds(pd.Series(values, pd.MultiIndex.from_tuples(index)))


def drawn(*curves):
    axes = Figure().subplots()
    for curve in curves:
        draw_curve(axes, curve, 0.01, label="dev", marker="o", linestyle="--", color="red")
    limit_bars(axes, curves)
    return axes


def test_three_seeds_have_an_interval():
    means, dots = curve_of({0.0: [0.1, 0.2, 0.3], 1.0: [0.4, 0.4, 0.4]})
    assert means["mean"].to_list() == pytest.approx([0.2, 0.4])
    # The deviation .1 over the root of 3, times Student's t with 2 degrees of freedom.
    assert means["half"].to_list() == pytest.approx([0.1 / 3**0.5 * 4.30265, 0.0], rel=1e-5)
    assert dots.empty


def test_fewer_seeds_are_dots_without_an_interval():
    means, dots = curve_of({0.0: [0.1, 0.3], 0.5: [0.1, math.nan, 0.2], 1.0: [0.4, 0.5, 0.6]})
    assert means["half"].isna().to_list() == [True, True, False]
    assert list(dots.items()) == [(0.0, 0.1), (0.0, 0.3), (0.5, 0.1), (0.5, 0.2)]


def test_dots_and_markers_stand_where_they_belong():
    axes = drawn(curve_of({0.0: [0.1, 0.3], 1.0: [0.4, 0.5, 0.6]}))
    line, dots = (line for line in axes.lines if line.get_marker() == "o")
    assert list(line.get_ydata()) == pytest.approx([0.2, 0.5])
    assert list(line.get_markevery()) == [1]  # the other mean is that of dots
    assert list(zip(dots.get_xdata(), dots.get_ydata(), strict=True)) == [(0.01, 0.1), (0.01, 0.3)]
    assert dots.get_linestyle() == "None"
    assert axes.get_legend_handles_labels()[1] == ["dev"]


def test_every_dot_is_within_the_panel():
    low, high = drawn(curve_of({0.0: [-0.4, 0.6]}), curve_of({0.0: [0.0, 0.1]})).get_ylim()
    assert low < -0.4 and high > 0.6


def test_wide_intervals_leave_the_scale_to_the_means():
    low, high = drawn(curve_of({0.0: [0.2, 0.4, 0.6]})).get_ylim()
    assert low == pytest.approx(0.25, abs=0.05) and high == pytest.approx(0.55, abs=0.05)


def test_without_any_score_nothing_is_drawn():
    lines = drawn(curve_of({0.0: [math.nan]})).lines
    assert not any(len(line.get_ydata()) for line in lines)


@pytest.mark.parametrize(
    ("scores", "said"),
    [
        ([[0.1]], "a single seed leaves no confidence interval"),
        ([[0.1, 0.2], [0.1]], "dots are seeds, lines their means"),
        (
            [[0.1, 0.2, 0.3]],
            "bars are 95 % confidence intervals over 3 seeds, cut at the panel's edge",
        ),
        (
            [[0.1, 0.2, 0.3, 0.4], [0.1, 0.2, 0.3], [0.1, 0.2]],
            "bars are 95 % confidence intervals over 3 and 4 seeds, cut at the panel's edge; dots "
            "are seeds where fewer are left",
        ),
    ],
)
def test_how_seeds_are_shown_in_words(scores, said):
    assert seeds_in_words([curve_of({0.0: of_curve}) for of_curve in scores]) == said
