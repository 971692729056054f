"""Curves over time as a compact SVG, sharp at any size, that takes its colours from a page.

Matplotlib's SVG of a recording takes fifteen times as long and is six times as large. Colours are
attributes, which a page may override by the elements' classes, so the same drawing also works as
a file of its own.
"""

import dataclasses
from collections.abc import Sequence
from html import escape

import numpy as np
from matplotlib.ticker import MaxNLocator

from affdyn_jax.report.figures.drawing import BLACK, BLUE

# In the drawing's own units, pixels at full size.
WIDTH = 720
_LEFT, _RIGHT = 48, 8
_TITLE, _PANEL = 32, 92  # heights; titles are larger in a small view, so there is room
_MARK, _BELOW = 36, 44
_TICKS_X, _TICKS_Y = 7, 4  # steps between ticks, at most

_STROKES = {
    "gold": f'stroke="{BLACK}" stroke-width="1"',
    "predicted": f'stroke="{BLUE}" stroke-width="1.4"',
}
_LEVELS = 400  # of a panel's height that a curve is rounded to, a quarter of a pixel each


@dataclasses.dataclass(frozen=True)
class Panel:
    """One pair of axes; all panels of a drawing share their times.

    Attributes:
        title: Stands above it on the left.
        note: Stands above it on the right.
        limits: The lowest and the highest value shown.
        curves: The class of each curve and its values, shape (T,), gaps where they are NaN.
    """

    title: str
    note: str
    limits: tuple[float, float]
    curves: Sequence[tuple[str, np.ndarray]]


def line_chart(
    panels: Sequence[Panel], times_t: np.ndarray, legend: Sequence[tuple[str, str]], mark: str
) -> str:
    """The panels, one below the other, as an SVG element.

    Args:
        panels: One at least.
        times_t: Times of the T frames in seconds, evenly spaced, shape (T,).
        legend: The classes of curves, `gold` or `predicted`, and what they are.
        mark: Stands above the panels; empty for none.
    """
    top = _MARK if mark else 0
    height = top + len(panels) * (_TITLE + _PANEL) + _BELOW
    parts = [f'<rect class="paper" width="{WIDTH}" height="{height}" fill="#fff"/>']
    if mark:
        parts.append(_text("banner", _LEFT, top - 12, mark))
    ticks = _ticks(times_t[0], times_t[-1], _TICKS_X)
    for n, panel in enumerate(panels):
        parts += _panel(panel, times_t, ticks, top + n * (_TITLE + _PANEL) + _TITLE)
    parts += [
        _text("tick", _across(t, times_t), height - _BELOW + 16, f"{t:g}", "middle") for t in ticks
    ]
    parts.append(_text("label", _LEFT, height - 6, "time (s)"))
    parts += _legend(legend, height - 6)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" '
        f'width="{WIDTH}" height="{height}" fill="none" '
        f'stroke-linejoin="round" stroke-linecap="round" font-family="system-ui,sans-serif" '
        f'font-size="13">{"".join(parts)}</svg>'
    )


def _panel(panel: Panel, times_t: np.ndarray, ticks_x: Sequence[float], top: int) -> list[str]:
    low, high = panel.limits
    bottom, right = top + _PANEL, WIDTH - _RIGHT

    def down(value: float) -> float:
        return top + (high - value) / (high - low) * _PANEL

    ticks_y = _ticks(low, high, _TICKS_Y)
    grid = [f"M{_LEFT} {_short(down(v))}H{right}" for v in ticks_y]
    grid += [f"M{_short(_across(t, times_t))} {top}V{bottom}" for t in ticks_x]
    frames = len(times_t)
    scale_x = (right - _LEFT) / max(frames - 1, 1)
    curves = "".join(
        f'<path class="{kind}" {_STROKES[kind]} vector-effect="non-scaling-stroke" '
        f'd="{_path(np.round((high - values_t) / (high - low) * _LEVELS))}"/>'
        for kind, values_t in panel.curves
    )
    return [
        _text("heading", _LEFT, top - 7, panel.title),
        _text("heading", right, top - 7, panel.note, "end"),
        *(_text("tick", _LEFT - 6, down(v) + 4, f"{v:g}", "end") for v in ticks_y),
        f'<path class="grid" stroke="#e4e4e4" d="{"".join(grid)}"/>',
        f'<path class="axis" stroke="#595959" d="M{_LEFT} {top}V{bottom}H{right}"/>',
        f'<g transform="translate({_LEFT} {top}) scale({scale_x:.6g} {_PANEL / _LEVELS:g})">'
        f"{curves}</g>",
    ]


def _path(levels_t: np.ndarray) -> str:
    """A curve in steps from frame to frame, interrupted at gaps."""
    parts, previous = [], None
    for frame, level in enumerate(levels_t):
        if np.isnan(level):
            previous = None
            continue
        level = int(level)
        if previous is None:
            parts.append(f"M{frame} {level}l0 0")  # a single frame is a dot
        else:
            parts.append(f"{' ' if parts else ''}1{level - previous:+d}".replace("+", " "))
        previous = level
    return "".join(parts)


def _legend(legend: Sequence[tuple[str, str]], bottom: int) -> list[str]:
    """A sample of each curve with its name, with room for a small view's larger letters."""
    parts, left = [], WIDTH - _RIGHT
    for kind, name in reversed(legend):
        left -= 44 + 15 * len(name)
        sample = f'{_STROKES[kind]} vector-effect="non-scaling-stroke" d="M{left} {bottom - 5}h28"'
        parts.append(f'<path class="{kind}" {sample}/>')
        parts.append(_text("legend", left + 34, bottom, name))
    return parts


def _text(kind: str, x: float, y: float, text: str, anchor: str = "start") -> str:
    return (
        f'<text class="{kind}" x="{_short(x)}" y="{_short(y)}" text-anchor="{anchor}" '
        f'fill="#1a1a1a">{escape(text)}</text>'
    )


def _across(time: float, times_t: np.ndarray) -> float:
    """The horizontal position of a time, in the drawing's units."""
    share = (time - times_t[0]) / max(times_t[-1] - times_t[0], 1e-9)
    return _LEFT + share * (WIDTH - _RIGHT - _LEFT)


def _ticks(low: float, high: float, count: int) -> list[float]:
    """Round numbers from one value to the other."""
    ticks = MaxNLocator(count, steps=[1, 2, 2.5, 5, 10]).tick_values(low, high)
    margin = 1e-9 * (high - low)
    return [tick for tick in ticks.tolist() if low - margin <= tick <= high + margin]


def _short(number: float) -> str:
    return f"{number:.1f}".removesuffix(".0")
