"""The figure of `benchmarks.sweep`: time of a step against the numbers of lanes and frames."""

from collections.abc import Callable
from pathlib import Path

import matplotlib
import numpy as np

from experiments.benchmarks.sweep_programs import Geometry, Program, Workload

matplotlib.use("Agg")
from matplotlib import pyplot as plt

_LANES = (1, 2, 5, 11, 22, 44, 66, 110)
_FRAMES = (177, 354, 707, 1200)
_ELEVEN = 11  # values of w
_SEQUENTIAL = "pytorch_sequential"
_LABELS = {
    _SEQUENTIAL: "PyTorch, one after another",
    "pytorch_vectorised": "PyTorch, vectorised",
    "ours_plain_scan": "ours, plain scan",
    "ours": "ours",
}
_STYLES = {
    _SEQUENTIAL: {"color": "0.4", "linestyle": "--"},
    "pytorch_vectorised": {"color": "tab:orange", "marker": "s"},
    "ours_plain_scan": {"color": "tab:cyan", "marker": "o", "markerfacecolor": "white"},
    "ours": {"color": "tab:blue", "marker": "o"},
}

Makers = dict[str, Callable[[Workload], Program]]


def draw(
    makers: Makers, medians: Callable, name: str, geometry: Geometry, hidden_size: int, file: Path
) -> None:
    """Measure and draw.

    PyTorch's trainings one after another are measured with one lane, whose time is multiplied by
    the number of lanes.

    Args:
        makers: The programs that can run here.
        medians: `sweep.medians`.
        name: Of the geometry.
        geometry: Its frames are those of the left panel.
        hidden_size: H.
        file: The image to write.
    """
    makers = {program: makers[program] for program in _LABELS if program in makers}

    def steps_ms(geometry: Geometry, lanes: int) -> dict[str, float]:
        few = geometry._replace(dev=1)
        together = {p: make for p, make in makers.items() if p != _SEQUENTIAL}
        steps = {p: step for p, (step, _) in medians(together, few, hidden_size, lanes).items()}
        if _SEQUENTIAL in makers:
            one = medians({_SEQUENTIAL: makers[_SEQUENTIAL]}, few, hidden_size, 1)
            steps[_SEQUENTIAL] = one[_SEQUENTIAL][0] * lanes
        return steps

    against_lanes = [steps_ms(geometry, lanes) for lanes in _LANES]
    against_frames = [steps_ms(geometry._replace(frames=t), _ELEVEN) for t in _FRAMES]

    figure, (left, right) = plt.subplots(1, 2, figsize=(9, 4), sharey=True, layout="constrained")
    for axes, counts, steps in (
        (left, _LANES, against_lanes),
        (right, _FRAMES, against_frames),
    ):
        for program in makers:
            times = np.array([step[program] for step in steps])
            axes.loglog(counts, times, label=_LABELS[program], **_STYLES[program])
        axes.set_xticks(counts, labels=[str(count) for count in counts])
        axes.minorticks_off()
        axes.grid(alpha=0.3)
    left.set(xlabel="lanes", ylabel="step of all lanes, ms", title=f"T = {geometry.frames}")
    right.set(xlabel="frames T", title=f"{_ELEVEN} lanes")
    left.legend(frameon=False)
    figure.suptitle(f"{name}: F = {geometry.features}, H = {hidden_size}")
    figure.savefig(file, dpi=150)
    plt.close(figure)
