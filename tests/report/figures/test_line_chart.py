"""Curves are read back from the drawing and have to be those that were given."""

import re
import xml.etree.ElementTree

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from affdyn_jax.report.figures.line_chart import Panel, line_chart

SVG = "{http://www.w3.org/2000/svg}"
LEGEND = [("gold", "gold standard"), ("predicted", "prediction")]


def draw(values_t, limits, times_t=None, mark="", kind="predicted"):
    times_t = np.arange(len(values_t)) / 4 if times_t is None else times_t
    panel = Panel("valence", "CCC .5", limits, [(kind, np.asarray(values_t, float))])
    return xml.etree.ElementTree.fromstring(line_chart([panel], times_t, LEGEND, mark))


def points(root, kind="predicted"):
    """The curve's points in the drawing's units, NaN where it begins anew."""
    (group,) = root.iter(f"{SVG}g")
    move, scale = (
        [float(x) for x in re.search(rf"{name}\((\S+) (\S+?)\)", group.get("transform")).groups()]
        for name in ("translate", "scale")
    )
    (path,) = [path for path in group if path.get("class") == kind]
    found = []
    for piece in path.get("d").split("M")[1:]:
        start, steps = piece.split("l")
        numbers = [int(number) for number in re.findall(r"-?\d+", steps)]
        pairs = np.vstack([[int(x) for x in start.split()], np.reshape(numbers, (-1, 2))])
        found += [*np.cumsum(pairs, axis=0)[1:], (np.nan, np.nan)]
    return np.array(found[:-1]) * scale + move


def texts(root, kind):
    """What is written, with its place."""
    return [
        (text.text, float(text.get("x")), float(text.get("y")))
        for text in root.iter(f"{SVG}text")
        if text.get("class") == kind
    ]


def value_at(root, y):
    """The value at a height, by the ticks of the axis on the left."""
    left = sorted((float(tick), y - 4) for tick, x, y in texts(root, "tick") if x < 48)
    (low, low_y), *_, (high, high_y) = left
    return low + (y - low_y) / (high_y - low_y) * (high - low)


@given(st.lists(st.floats(-1, 1, width=32), min_size=2, max_size=60))
@settings(deadline=None, max_examples=50, database=None)
def test_curves_stand_at_their_values_on_the_scale(values):
    root = draw(values, (-1.1, 1.1))
    curve = points(root)
    assert len(curve) == len(values)
    # Half a level of 400 in 2.2, and a tenth of a unit that labels are rounded to.
    assert value_at(root, curve[:, 1]) == pytest.approx(np.array(values), abs=0.01)


def test_frames_stand_at_their_times():
    times_t = 2.0 + np.arange(81) / 4  # 2 s to 22 s
    root = draw(np.linspace(0, 1, 81), (0, 1), times_t)
    ticks = {float(tick): x for tick, x, _ in texts(root, "tick") if x >= 48}
    curve = points(root)
    assert {5.0, 10.0, 20.0} <= set(ticks)
    for time, x in ticks.items():
        assert curve[int((time - 2) * 4), 0] == pytest.approx(x, abs=0.06)


def test_frames_without_a_value_are_gaps():
    curve = points(draw([np.nan, 0.1, 0.2, np.nan, 0.3, np.nan, np.nan, 0.1, 0.2], (0, 1)))
    assert np.isnan(curve[:, 0]).tolist() == [False, False, True, False, True, False, False]


def test_a_curve_without_any_value_is_empty():
    root = draw([np.nan, np.nan], (0, 1), kind="gold")
    (group,) = root.iter(f"{SVG}g")
    assert [path.get("d") for path in group] == [""]


def test_a_single_frame_is_drawn():
    assert np.isfinite(points(draw([0.5], (0, 1)))).all()


def test_everything_lies_within_the_drawing():
    root = draw(np.linspace(-0.3, 0.4, 50), (-0.31, 0.41), mark="STAND-IN DATA")
    _, _, width, height = (float(x) for x in root.get("viewBox").split())
    assert (root.get("width"), root.get("height")) == (f"{width:g}", f"{height:g}")
    for element in root.iter(f"{SVG}text"):
        assert 0 <= float(element.get("x")) <= width
        assert 12 <= float(element.get("y")) <= height
    curve = points(root)
    assert (curve >= 0).all()
    assert (curve <= [width, height]).all()


def test_names_cannot_break_the_markup():
    svg = line_chart([Panel("<b>", "&", (0, 1), [])], np.arange(2.0), [("gold", "<i>")], "<mark>")
    told = [text.text for text in xml.etree.ElementTree.fromstring(svg).iter(f"{SVG}text")]
    assert {"<b>", "&", "<i>", "<mark>"} <= set(told)
