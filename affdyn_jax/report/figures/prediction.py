"""Predictions for a recording without ratings, below the recording's sound if there is any."""

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.collections import QuadMesh
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.figure import Figure

from affdyn_jax.method.tasks import DYNAMICS, STATE, Task
from affdyn_jax.report.document.blocks import Picture
from affdyn_jax.report.figures.drawing import BLACK, BLUE, VERMILION, WIDTH, draw
from affdyn_jax.report.figures.waveform import Outline
from affdyn_jax.report.notation import listed

_WAVE_HEIGHT, _PANEL_HEIGHT = 0.7, 1.25  # inches
_FALLING_TO_RISING = LinearSegmentedColormap.from_list("dynamics", [BLUE, "#ffffff", VERMILION])
_OPACITY = 0.6  # keeps the state's line visible


class Scale(NamedTuple):
    """What the pictures of several recordings have alike, so that they can be compared.

    Attributes:
        dimensions: The D dimensions; one without a column gets no panel.
        limits: The lowest and the highest value of each column in any recording.
    """

    dimensions: Sequence[str]
    limits: Mapping[str, tuple[float, float]]


def scale_of(dimensions: Sequence[str], predicted: Iterable[pd.DataFrame]) -> Scale:
    """The scale of recordings of which this was predicted, by one model."""
    bounds = pd.concat([table.agg(["min", "max"]) for table in predicted])
    limits = zip(bounds.min(), bounds.max(), strict=True)
    return Scale(dimensions, dict(zip(bounds, limits, strict=True)))


def prediction_figure(
    recording: str,
    sound: Outline | None,
    predicted: pd.DataFrame,
    scale: Scale,
    frame_rate: float,
    mark: str,
) -> Picture:
    """The waveform, and a panel for each dimension: its state as a line, its dynamics as shading.

    Args:
        recording: Its name.
        sound: The outline of its waveform; None where only features are at hand.
        predicted: From `TrainedModel.predict`.
        scale: From `scale_of`, of all recordings that are drawn with it.
        frame_rate: Rows per second.
        mark: See `drawing.draw`.
    """
    shown = [
        dimension
        for dimension in scale.dimensions
        if {Task(dimension, STATE).column, Task(dimension, DYNAMICS).column} & {*predicted}
    ]
    heights = [_WAVE_HEIGHT] * (sound is not None) + [_PANEL_HEIGHT] * len(shown)
    figure = Figure(figsize=(WIDTH, 0.8 + sum(heights)), layout="constrained")
    panels = figure.subplots(len(heights), sharex=True, height_ratios=heights, squeeze=False)[:, 0]
    edges_t = np.append(predicted.index, predicted.index[-1] + 1 / frame_rate)
    end = edges_t[-1]
    if sound is not None:
        wave = panels[0]
        wave.fill_between(
            sound.times_s, sound.lowest_s, sound.highest_s, color=BLACK, linewidth=0.3
        )
        wave.set_ylabel("sound")
        wave.set_title(recording)
        end = max(end, sound.times_s[-1])
    for dimension, axes in zip(shown, panels[-len(shown) :], strict=True):
        axes.set_title(dimension if axes is not panels[0] else f"{recording}\n{dimension}")
        of_state, of_dynamics = (Task(dimension, target).column for target in (STATE, DYNAMICS))
        if of_dynamics in predicted:
            largest = max(*np.abs(scale.limits[of_dynamics]), 1e-6)
            shading = _shade(axes, edges_t, predicted[of_dynamics].to_numpy(), largest)
            figure.colorbar(shading, ax=axes, label="dynamics (1/s)", pad=0.01)
        if of_state not in predicted:
            axes.set_yticks([])
            continue
        axes.plot(predicted.index, predicted[of_state], color=BLACK, linewidth=1.1)
        axes.set_ylabel("state")
        low, high = scale.limits[of_state]
        margin = max(0.1 * (high - low), 0.01)
        axes.set_ylim(low - margin, high + margin)
    panels[-1].set_xlabel("time (s)")
    panels[-1].set_xlim(min(0.0, edges_t[0]), end)
    figure.align_ylabels()
    return draw(
        figure,
        recording,
        f"Recording {recording}: states as lines, dynamics as shading, blue where falling.",
        f"What is predicted of {listed(shown)} over time in recording {recording}"
        f"{', below its sound' if sound is not None else ''}.",
        mark,
    )


def _shade(axes: Axes, edges_t: np.ndarray, dynamics_t: np.ndarray, largest: float) -> QuadMesh:
    """Colour the background of each row by its dynamics; white is no change."""
    # From the bottom to the top of the panel, for any range of the state.
    shading = axes.pcolormesh(
        edges_t,
        [0.0, 1.0],
        dynamics_t[None],
        cmap=_FALLING_TO_RISING,
        vmin=-largest,
        vmax=largest,
        alpha=_OPACITY,
        transform=axes.get_xaxis_transform(),
        rasterized=True,
        zorder=0,
    )
    axes.grid(False)
    return shading
