"""Predictions and gold standards of many recordings of a run, each as one table."""

from collections.abc import Callable, Sequence

import pandas as pd

from affdyn_jax.method.tasks import tasks_of
from affdyn_jax.workdir.files import FinishedRun


def predicted_partitions(run: FinishedRun) -> list[str]:
    """The partitions that a run predicts: dev and test, of a cross-validation all as test."""
    among = ("test",) if run.facts.folds else ("dev", "test")
    return [partition for partition in among if partition in run.facts.recordings]


def predictions_of(run: FinishedRun, partitions: Sequence[str]) -> pd.DataFrame:
    """The run's own predictions: a row for each frame, indexed by partition, recording and time.

    Args:
        run: The run.
        partitions: Of `predicted_partitions`.

    Raises:
        CorpusError: A file of a recording cannot be read.
    """
    return _together(run, partitions, run.predictions, [*run.facts.predicting_lanes])


def gold_standards_of(run: FinishedRun, partitions: Sequence[str]) -> pd.DataFrame:
    """The gold standards of the same frames, NaN where undefined or where a partition has none.

    Raises:
        CorpusError: As of `predictions_of`.
    """

    def read(partition: str, recording: str) -> pd.DataFrame:
        if partition in run.facts.labelled:
            return run.gold_standard(partition, recording)
        return pd.DataFrame(index=run.predictions(partition, recording).index, columns=columns)

    columns = [task.column for task in tasks_of(run.facts.dimensions)]
    return _together(run, partitions, read, columns).astype(float)


def _together(
    run: FinishedRun,
    partitions: Sequence[str],
    read: Callable[[str, str], pd.DataFrame],
    columns: Sequence[str],
) -> pd.DataFrame:
    tables = {
        (partition, recording): read(partition, recording)[list(columns)]
        for partition in partitions
        for recording in run.facts.recordings[partition]
    }
    return pd.concat(tables, names=["partition", "recording", "time"])
