"""CCC of each layer of a run that swept them, at what is best on dev with it."""

import dataclasses
from collections.abc import Iterator, Sequence

import pandas as pd

from affdyn_jax.errors import RunError
from affdyn_jax.evaluation.lane_columns import TASK, network_columns
from affdyn_jax.method.tasks import Task, tasks_of
from affdyn_jax.workdir.files import FinishedRun

_SCORES = ("seeds", "dev_ccc", "dev_ccc_ci", "test_ccc", "test_ccc_ci")


@dataclasses.dataclass(frozen=True, eq=False)
class LayerScores:
    """What each layer has come to.

    Attributes:
        numbers: The layers.
        tasks: The K tasks.
        best: A row for each task and layer that trained it: the network and w of `selection.csv`
            with the highest dev CCC, and their scores.
        by_seed: Dev CCC of these models, a row for each `layer`, `dimension`, `target` and `seed`.
    """

    numbers: Sequence[int]
    tasks: Sequence[Task]
    best: pd.DataFrame
    by_seed: pd.DataFrame

    def of_task(self, table: pd.DataFrame, task: Task) -> pd.DataFrame:
        """The rows of one of the tables that are of a task."""
        return table[(table["dimension"] == task.dimension) & (table["target"] == task.target)]

    def row(self, task: Task, number: int) -> pd.Series | None:
        """The row of `best` of a task and a layer, where there is one."""
        rows = self.of_task(self.best, task)
        rows = rows[rows["layer"] == number]
        return None if rows.empty else rows.iloc[0]

    def best_layers(self) -> Iterator[tuple[Task, pd.Series]]:
        """The row of `best` with the highest dev CCC of each task."""
        for task in self.tasks:
            rows = self.of_task(self.best, task)
            if not rows.empty:
                yield task, rows.loc[rows["dev_ccc"].idxmax()]


def scores_of_layers(run: FinishedRun) -> LayerScores:
    """The scores of a run's layers.

    Raises:
        RunError: The run has no scores of several layers.
    """
    _must_have_several(run)
    ordered = run.selection.sort_values("dev_ccc", ascending=False, kind="stable")
    best = ordered.drop_duplicates(["layer", *TASK])
    best = best.sort_values([*TASK, "layer"], ignore_index=True)
    of_model = [*network_columns(run.lanes), "w", *TASK]
    best = best[[*of_model, *_SCORES]]
    sound = run.pooled[~run.pooled["diverged"]]
    by_seed = sound.merge(best[of_model], on=of_model)[["layer", *TASK, "seed", "dev_ccc"]]
    return LayerScores(run.facts.layers, tasks_of(run.facts.dimensions), best, by_seed)


def _must_have_several(run: FinishedRun) -> None:
    layers = run.facts.layers
    if run.layer_weights is not None:
        raise RunError(
            f"{run.workdir}: each lane hears a weighted sum of {len(layers)} layers, so none has "
            "scores of its own; see layer_weights.csv, or train with sweep.layers=each"
        )
    if not layers:
        raise RunError(
            f"{run.workdir}: a run without layers to compare; set features.encoder.layers, e.g. "
            "to all"
        )
    if len(layers) == 1:
        raise RunError(
            f"{run.workdir}: a run of layer {layers[0]} alone, which there is nothing to compare "
            "with; set features.encoder.layers to several, e.g. to all"
        )
