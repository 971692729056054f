"""What the best lanes predict for one recording, against its gold standards."""

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from affdyn_jax.concordance import concordance
from affdyn_jax.constant_ratings import is_constant
from affdyn_jax.lanes import STATE, TARGETS, Task
from affdyn_jax.report.document import Picture
from affdyn_jax.report.drawing import BLACK, BLUE, WIDTH, draw
from affdyn_jax.report.notation import ccc, task_name
from affdyn_jax.workdir import FinishedRun

_PANEL_HEIGHT = 1.25  # inches


def trajectory_figure(run: FinishedRun, partition: str, recording: str, mark: str) -> Picture:
    """A panel for each task, all over the same time.

    Args:
        run: The run.
        partition: One that has gold standards.
        recording: One of its recordings.
        mark: See `drawing.draw`.

    Raises:
        CorpusError: A file of the recording cannot be read.
    """
    predicted = run.predictions(partition, recording)
    gold = run.gold_standard(partition, recording)
    # A dimension's state and dynamics stand one above the other; one that no lane could learn
    # has no predictions.
    tasks = [
        Task(dimension, target)
        for dimension in run.facts.dimensions
        for target in TARGETS
        if Task(dimension, target).column in run.facts.predicting_lanes
    ]
    figure = Figure(figsize=(WIDTH, 0.8 + _PANEL_HEIGHT * len(tasks)), layout="constrained")
    panels = figure.subplots(len(tasks), sharex=True)
    agreements = []
    for task, axes in zip(tasks, panels, strict=True):
        column = task.column
        agreement = ccc(_agreement(predicted[column], gold[column]))
        agreements.append(f"{task_name(task)} {agreement}")
        _draw_panel(axes, predicted[column], gold[column])
        axes.set_title(f"{task_name(task)}: {run.facts.predicting_lanes[column]}")
        axes.set_title(f"CCC {agreement}", loc="right")
        axes.set_ylabel("state" if task.target == STATE else "dynamics (1/s)")
    panels[-1].set_xlabel("time (s)")
    figure.align_ylabels()
    figure.legend(*panels[0].get_legend_handles_labels(), loc="outside lower center", ncols=2)
    return draw(
        figure,
        f"trajectories_{recording}",
        f"Recording {recording} of {partition}, with the CCC of each task within it.",
        f"Line charts of gold standard and prediction over time, recording {recording}. CCC: "
        f"{', '.join(agreements)}.",
        mark,
    )


def _agreement(predicted: pd.Series, gold: pd.Series) -> float:
    """CCC over the frames that have a gold standard, NaN where that never changes."""
    valid_t = gold.notna().to_numpy()
    if is_constant(gold.to_numpy(), valid_t):
        return np.nan
    return float(concordance(predicted.to_numpy(), gold.to_numpy(), valid_t))


def _draw_panel(axes: Axes, predicted: pd.Series, gold: pd.Series) -> None:
    axes.plot(gold.index, gold, color=BLACK, linewidth=0.9, label="gold standard")
    axes.plot(predicted.index, predicted, color=BLUE, linewidth=1.1, label="prediction")
    axes.margins(x=0.01)
