"""Predictions of the best lanes for every recording of a partition, and its gold standards."""

import dataclasses
from collections.abc import Sequence

import numpy as np
import pandas as pd

from affdyn_jax.evaluation.scores import agreement
from affdyn_jax.method.tasks import TARGETS, Task
from affdyn_jax.report.document.blocks import Chart, Gallery
from affdyn_jax.report.figures.line_chart import Panel, line_chart
from affdyn_jax.report.notation import ccc, listed, task_name
from affdyn_jax.report.swept import in_words, swept_settings
from affdyn_jax.workdir.audio_links import read_audio_links
from affdyn_jax.workdir.files import FinishedRun

_LEGEND = {"gold": "gold standard", "predicted": "prediction"}


def trajectories(run: FinishedRun, partition: str, mark: str) -> Gallery:
    """A chart for each recording, a panel in it for each task, with one scale in all charts.

    Args:
        run: The run.
        partition: `dev` or `test`, with or without gold standards.
        mark: Stands in each chart; empty for none.

    Raises:
        CorpusError: A file of a recording cannot be read.
        RunError: The links to their audio cannot.
    """
    # A dimension's state is above its dynamics; a task that no lane learned has no predictions.
    tasks = [
        Task(dimension, target)
        for dimension in run.facts.dimensions
        for target in TARGETS
        if Task(dimension, target).column in run.facts.predicting_lanes
    ]
    has_gold = partition in run.facts.labelled
    recordings = run.facts.recordings[partition]
    traces = {recording: _traces(run, partition, recording) for recording in recordings}
    limits = {task: _limits([t[task.column] for t in traces.values()]) for task in tasks}
    audio = read_audio_links(run.workdir)
    lanes = [f"{task_name(task)} by {run.facts.predicting_lanes[task.column]}" for task in tasks]
    compared = (
        "gold standards and predictions, with the CCC of each task within the recording"
        if has_gold
        else "predictions, without gold standards to compare them with"
    )
    chosen = listed(["setup", "hidden size", *map(in_words, swept_settings(run)), "w"])
    of_folds = ", each recording by the lane of its own fold" if run.facts.folds else ""
    return Gallery(
        f"All recordings of {partition}: {compared}. The scales of a task are the same in all. "
        f"Each task is predicted by the {chosen} whose mean CCC on dev is highest, "
        f"by the seed of these that is best on dev: {listed(lanes)}{of_folds}. Dynamics are "
        "changes per second; frames without a gold standard are gaps.",
        [
            dataclasses.replace(
                _chart(partition, recording, traces[recording], limits, mark),
                audio=audio.get(recording, ""),
            )
            for recording in recordings
        ],
    )


def _traces(run: FinishedRun, partition: str, recording: str) -> dict[str, pd.DataFrame]:
    """The curves of each task by its column, with times as index."""
    predicted = run.predictions(partition, recording)
    curves = {"predicted": predicted}
    if partition in run.facts.labelled:
        gold = run.gold_standard(partition, recording)
        curves = {"gold": gold.reindex(predicted.index), **curves}
    return {
        column: pd.DataFrame({kind: table[column] for kind, table in curves.items()})
        for column in run.facts.predicting_lanes
    }


def _limits(traces: Sequence[pd.DataFrame]) -> tuple[float, float]:
    """The lowest and the highest value of a task in all recordings, with some room."""
    values = np.concatenate([trace.to_numpy().ravel() for trace in traces])
    low, high = np.nanmin(values), np.nanmax(values)
    room = max(0.04 * (high - low), 1e-3)
    return float(low - room), float(high + room)


def _chart(
    partition: str,
    recording: str,
    traces: dict[str, pd.DataFrame],
    limits: dict[Task, tuple[float, float]],
    mark: str,
) -> Chart:
    panels, scores = [], []
    for task, task_limits in limits.items():
        trace = traces[task.column]
        note = ""
        if "gold" in trace:
            score = ccc(_agreement(trace["predicted"], trace["gold"]))
            scores.append(f"{task_name(task)} {score}")
            note = f"CCC {score}"
        curves = [(kind, trace[kind].to_numpy()) for kind in trace]
        panels.append(Panel(task_name(task), note, task_limits, curves))
    legend = [(kind, _LEGEND[kind]) for kind in trace]
    shown = listed([f"{name}s" for _, name in legend])
    agreements = f" CCC: {', '.join(scores)}." if scores else ""
    return Chart(
        f"trajectories_{recording}",
        recording,
        f"Line charts of {shown} over time, recording {recording} of {partition}.{agreements}",
        line_chart(panels, trace.index.to_numpy(), legend, mark),
    )


def _agreement(predicted: pd.Series, gold: pd.Series) -> float:
    """CCC over the frames that have a gold standard, NaN where that never changes."""
    return float(agreement(predicted.to_numpy(), gold.to_numpy(), gold.notna().to_numpy()))
