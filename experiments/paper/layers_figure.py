"""Dev CCC against the layer."""

from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from affdyn_jax.method.tasks import DYNAMICS, STATE
from affdyn_jax.report.document.blocks import Picture
from affdyn_jax.report.figures.drawing import BLUE, VERMILION, WIDTH, draw, style
from affdyn_jax.report.figures.seeds import draw_curve, limit_bars, over_seeds, seeds_in_words
from affdyn_jax.report.notation import ccc, task_name
from experiments.paper.layers_scores import LayerScores

_HEIGHT = 2.6  # inches
_LOOKS = {
    STATE: {"color": BLUE, "linestyle": "-", "marker": "o", "label": "states"},
    DYNAMICS: {"color": VERMILION, "linestyle": "--", "marker": "s", "label": "dynamics"},
}


def layers_figure(found: LayerScores, mark: str) -> Picture:
    """A panel for each dimension, a curve each for states and dynamics.

    Args:
        found: What to draw.
        mark: See `drawing.draw`.
    """
    dimensions = list(dict.fromkeys(task.dimension for task in found.tasks))
    with style():
        figure = Figure(figsize=(WIDTH, _HEIGHT), layout="constrained")
        panels = figure.subplots(1, len(dimensions), sharey=True, squeeze=False)[0]
        panels[0].set_ylabel("dev CCC")
        curves = []
        for task in found.tasks:
            axes = panels[dimensions.index(task.dimension)]
            scores = found.of_task(found.by_seed, task).set_index(["layer", "seed"])["dev_ccc"]
            curves.append(over_seeds(scores))
            draw_curve(axes, curves[-1], 0.0, **_LOOKS[task.target])
        for dimension, axes in zip(dimensions, panels, strict=True):
            axes.set_title(dimension)
            axes.set_xlabel("layer")
            axes.xaxis.set_major_locator(MaxNLocator(integer=True, steps=[1, 2, 3, 4, 6, 10]))
        limit_bars(panels[0], curves)
        handles = panels[0].get_legend_handles_labels()
        figure.legend(*handles, loc="outside lower center", ncols=2)
        peaks = [
            f"{task_name(task)} peaks at {ccc(row['dev_ccc'])} in layer {row['layer']}"
            for task, row in found.best_layers()
        ]
        return draw(
            figure,
            "layers",
            "CCC on dev against the layer, at the setup, the hidden size and the w that are best "
            f"on dev with it; {seeds_in_words(curves)}.",
            f"Line charts of dev CCC against the layer: {'; '.join(peaks)}.",
            mark,
        )
