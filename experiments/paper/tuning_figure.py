"""Dev CCC against each setting of `experiments.paper.tuning`."""

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from affdyn_jax.method.tasks import DYNAMICS, STATE, TARGETS
from affdyn_jax.report.document.blocks import Picture
from affdyn_jax.report.figures.drawing import BLUE, VERMILION, WIDTH, draw, style
from affdyn_jax.report.notation import ccc
from experiments.paper.tuning_scores import Tuning, in_words

_PANEL_WIDTH, _PANEL_HEIGHT = 1.7, 1.9  # inches
_COLOURS = {STATE: BLUE, DYNAMICS: VERMILION}
_LABELS = {STATE: "states", DYNAMICS: "dynamics"}
_ASIDE = {STATE: -0.08, DYNAMICS: 0.08}  # of the step from one value to the next
_BAND = "#eeeeee"


def tuning_figure(found: Tuning, mark: str) -> Picture:
    """A row of panels for each kind of models, a column for each setting.

    Args:
        found: What to draw.
        mark: See `drawing.draw`.
    """
    rows, columns = len(found.kinds), len(found.varied)
    size = (max(WIDTH, _PANEL_WIDTH * columns), _PANEL_HEIGHT * rows + 0.5)
    with style():
        figure = Figure(figsize=size, layout="constrained")
        panels = figure.subplots(rows, columns, sharey="row", squeeze=False)
        peaks = []
        for kind, row in zip(found.kinds, panels, strict=True):
            row[0].set_ylabel(f"dev CCC, {kind.removesuffix('-dimensional')}")
            for setting, axes in zip(found.varied, row, strict=True):
                axes.set_xlabel(in_words(setting))
                peaks.append(_draw_panel(axes, found, kind, setting))
        handles = panels[0, 0].get_legend_handles_labels()
        figure.legend(*handles, loc="outside lower center", ncols=2)
        return draw(
            figure,
            "tuning",
            "CCC on dev against each setting, the others as in the best combination (grey). "
            "Dots are seeds, lines their means, both averaged over dimensions.",
            f"Line charts of dev CCC: {'; '.join(peaks)}.",
            mark,
        )


def _draw_panel(axes: Axes, found: Tuning, kind: str, setting: str) -> str:
    """Draw one setting of one kind of models; returns in words where the mean is highest."""
    means = found.along(kind, setting)
    places = np.arange(len(means))
    is_best = means.index == found.best(kind).name
    (best,) = places[is_best]
    axes.axvspan(best - 0.4, best + 0.4, color=_BAND, linewidth=0)
    others = [name for name in found.settings if name != setting]
    by_seed = found.by_seed[found.by_seed["kind"] == kind]
    by_seed = by_seed.merge(means[[*others, setting]], on=[*others, setting])
    place_of = dict(zip(means[setting], places, strict=True))
    for target in TARGETS:
        colour, aside = _COLOURS[target], _ASIDE[target]
        dots = by_seed[setting].map(place_of) + aside
        axes.plot(dots, by_seed[target], "o", color=colour, markersize=2.5, alpha=0.6)
        axes.plot(places + aside, means[target], color=colour, label=_LABELS[target])
    axes.set_xticks(places, [found.label(value) for value in means[setting]])
    axes.tick_params("x", rotation=45 if len(places) > 3 else 0)
    axes.set_xlim(-0.5, len(places) - 0.5)
    score = ccc(means["mean"][is_best].item())
    value = found.label(means[setting][is_best].item())
    return f"{kind} models are best with {in_words(setting)} {value}, mean CCC {score}"
