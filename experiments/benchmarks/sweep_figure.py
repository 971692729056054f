"""The figure of `benchmarks.sweep`: the time of a step against the number of lanes.

    python -m experiments.benchmarks.sweep_figure ROWS IMAGE

ROWS is a file that `benchmarks.sweep --json` has written. It has a panel for each geometry and
hidden size; hollow marks are scaled from fewer lanes.
"""

import itertools
import json
from pathlib import Path

import matplotlib
from absl import app

matplotlib.use("Agg")
from matplotlib import pyplot as plt

_LABELS = {
    "pytorch_sequential": "PyTorch, one after another",
    "pytorch_streams": "PyTorch, on streams",
    "pytorch_graphs_on_streams": "PyTorch, CUDA graphs on streams",
    "pytorch_vectorised": "PyTorch, vectorised",
    "pytorch_vectorised_graph": "PyTorch, vectorised, CUDA graph",
    "ours_plain_scan": "ours, plain scan",
    "ours_loop": "ours, XLA's loop",
    "ours": "ours",
}
_COLOURS = {
    "pytorch_sequential": "0.4",
    "pytorch_streams": "tab:red",
    "pytorch_graphs_on_streams": "tab:brown",
    "pytorch_vectorised": "tab:orange",
    "pytorch_vectorised_graph": "tab:orange",
    "ours_plain_scan": "tab:cyan",
    "ours_loop": "tab:cyan",
    "ours": "tab:blue",
}


def main(arguments):
    if len(arguments) != 3:
        raise app.UsageError("name the file of rows and the image to write")
    rows, image = map(Path, arguments[1:])
    draw(json.loads(rows.read_text("utf-8"))["rows"], image)


def draw(rows: list[dict], file: Path) -> None:
    """Draw the rows of a file of `benchmarks.sweep`."""

    def panel(row: dict) -> tuple[str, int]:
        return row["geometry"], row["hidden"]

    panels = [(key, list(rows)) for key, rows in itertools.groupby(rows, panel)]
    size = (4.5 * len(panels), 5)
    figure, grid = plt.subplots(
        1, len(panels), figsize=size, sharey=True, layout="constrained", squeeze=False
    )
    for axes, ((geometry, hidden), of_panel) in zip(grid[0], panels, strict=True):
        for program, label in _LABELS.items():
            _draw_program([r for r in of_panel if r["program"] == program], axes, program, label)
        counts = sorted({row["lanes"] for row in of_panel})
        axes.set(xscale="log", yscale="log", xlabel="lanes", title=f"{geometry}, H = {hidden}")
        axes.set_xticks(counts, labels=[str(count) for count in counts])
        axes.minorticks_off()
        axes.grid(alpha=0.3)
    grid[0, 0].set(ylabel="step of all lanes, ms")
    # Lines go through all corners of a panel.
    figure.legend(*grid[0, 0].get_legend_handles_labels(), loc="outside lower center")
    figure.savefig(file, dpi=150)
    plt.close(figure)


def _draw_program(rows: list[dict], axes: plt.Axes, program: str, label: str) -> None:
    if not rows:
        return
    lanes, steps_ms = [row["lanes"] for row in rows], [row["step_ms"] for row in rows]
    axes.plot(lanes, steps_ms, color=_COLOURS[program], label=label)
    for row in rows:
        face = "white" if row["timed_lanes"] < row["lanes"] else _COLOURS[program]
        mark = {"marker": "o", "markeredgecolor": _COLOURS[program], "markerfacecolor": face}
        axes.plot(row["lanes"], row["step_ms"], linestyle="", **mark)


if __name__ == "__main__":
    app.run(main)
