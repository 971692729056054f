"""The results of a finished run as pandas frames."""

import dataclasses
from functools import cached_property
from pathlib import Path

import pandas as pd

from affdyn_jax.config import default_fields, with_defaults
from affdyn_jax.evaluation.selection import best_of_tasks
from affdyn_jax.method.tasks import Task
from affdyn_jax.report.notation import ccc, counted, task_name
from affdyn_jax.report.partitions import scored_partition
from affdyn_jax.workdir.files import FinishedRun, read_run
from affdyn_jax.workdir.traces import gold_standards_of, predicted_partitions, predictions_of


def load_results(path: str | Path) -> "Results":
    """The results of a finished run.

    Args:
        path: The run's workdir.

    Raises:
        RunError: The folder holds no finished run, or a file of it cannot be read.
    """
    return Results(read_run(Path(path)))


@dataclasses.dataclass(frozen=True, eq=False, repr=False)
class Results:
    """What a run has found, a pandas frame each; the columns are those of the run's files.

    Attributes:
        run: The run as its folder tells it; `run.facts` is `run.json`.
    """

    run: FinishedRun

    def __repr__(self) -> str:
        facts, partition = self.run.facts, scored_partition(self.run.facts)
        lanes = counted(self.lanes["lane"].nunique(), "lane")
        scores = [
            f"{task_name(Task(row.dimension, row.target))} {ccc(getattr(row, f'{partition}_ccc'))}"
            for row in best_of_tasks(self.selection).itertuples()
        ]
        return (
            f"Results({self.run.workdir}: {facts.corpus}, {facts.features}; {lanes}; best CCC on "
            f"{partition}: {', '.join(scores)}{'; stand-in data' if facts.is_standin else ''})"
        )

    @property
    def lanes(self) -> pd.DataFrame:
        """`lanes.csv`: the scores of every lane, a row for each dimension and target."""
        return self.run.lanes

    @property
    def history(self) -> pd.DataFrame:
        """`history.csv`: losses and dev scores, a row for each lane and epoch."""
        return self.run.history

    @property
    def selection(self) -> pd.DataFrame:
        """`selection.csv`: the best w of each setup, hidden size, dimension and target."""
        return self.run.selection

    @property
    def config(self) -> pd.DataFrame:
        """Every field of the config, indexed by its name `sweep.seeds`: `value` and `default`."""
        values = with_defaults(self.run.config, self.run.workdir / "config.json")
        return pd.DataFrame(
            {"value": pd.Series(values), "default": pd.Series(default_fields())}, index=[*values]
        ).rename_axis("field")

    @cached_property
    def predictions(self) -> pd.DataFrame:
        """The run's own predictions, indexed by partition, recording and time in seconds.

        Raises:
            CorpusError: A file of a recording cannot be read.
        """
        return predictions_of(self.run, predicted_partitions(self.run))

    @cached_property
    def gold_standards(self) -> pd.DataFrame:
        """The gold standards of the same frames, NaN where there is none.

        Raises:
            CorpusError: As of `predictions`.
        """
        return gold_standards_of(self.run, predicted_partitions(self.run))
