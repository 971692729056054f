"""Trackers that know runs and groups of them: a lane is a run, and all lanes are a group.

They take lanes when the sweep is over: with curves and scores, and one after the other. An epoch of
all lanes takes a fraction of a second, and a call of such a tracker for each of hundreds of lanes
would take longer. So neither a server nor a full disk can hold up the training.
"""

import abc
import contextlib
import dataclasses
import math
import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, ClassVar

import pandas as pd

from affdyn_jax.evaluation.lane_columns import TASK, model_columns
from affdyn_jax.method.tasks import Task
from affdyn_jax.system import progress
from affdyn_jax.system.standin_mark import STANDIN_WORDS
from affdyn_jax.tracking.tracker import Tracker
from affdyn_jax.workdir.files import FinishedRun, read_run


@dataclasses.dataclass(frozen=True)
class Group:
    """What the lanes of a run have in common.

    Attributes:
        run: The name of the workdir.
        project: What groups belong to.
        is_standin: Whether the lanes were trained on generated data.
    """

    run: str
    project: str
    is_standin: bool

    @property
    def name(self) -> str:
        """With the mark of generated data."""
        return f"{STANDIN_WORDS} {self.run}" if self.is_standin else self.run

    @property
    def tags(self) -> tuple[str, ...]:
        """The mark, where there is one."""
        return (STANDIN_WORDS,) if self.is_standin else ()


@dataclasses.dataclass(frozen=True, eq=False)
class LaneRun:
    """A lane as a tracker takes it.

    Attributes:
        name: As in `lanes.csv`.
        settings: All that it is made of: its setup, w, seed, …; the corpus and the features.
        curve: Its scores after each epoch, finite ones alone, by the epoch's number.
        scores: Its scores at its best epoch, on dev and test, and that epoch.
    """

    name: str
    settings: Mapping[str, Any]
    curve: Mapping[int, Mapping[str, float]]
    scores: Mapping[str, float]


class LaneTracker(Tracker, abc.ABC):
    """A tracker that makes a run of each lane.

    Which lanes it has is noted in the workdir, so that none is made twice, wherever the program
    stops.

    Args:
        folder: Of the workdir, for what trackers leave.
        group: Of the lanes.

    Attributes:
        environment: Variables while it works; None unsets one.
    """

    environment: ClassVar[Mapping[str, str | None]] = {}

    def __init__(self, folder: Path, group: Group):
        self.folder, self.group = folder, group

    @abc.abstractmethod
    def send(self, lane: LaneRun) -> None:
        """Make a run of a lane."""

    def on_end(self, run_folder: Path) -> None:
        """Make a run of each lane that has none yet."""
        noted = self.folder / f"{self.name}.lanes"
        known = set(noted.read_text("utf-8").splitlines()) if noted.exists() else set()
        lanes = [lane for lane in lane_runs(read_run(run_folder)) if lane.name not in known]
        self.folder.mkdir(exist_ok=True)
        with (
            _environment(self.environment),
            noted.open("a", encoding="utf-8", newline="\n") as file,
            progress.stage(f"lanes to {self.name}", len(lanes), "lanes") as advance,
        ):
            for lane in lanes:
                self.send(lane)
                print(lane.name, file=file, flush=True)
                advance(lane.name)


def lane_runs(run: FinishedRun) -> Iterator[LaneRun]:
    """The lanes of a run, in the order of `lanes.csv`."""
    of_run = {"corpus": run.facts.corpus, "features": run.facts.features}
    made_of = [*model_columns(run.lanes), "seed", *(["fold"] if "fold" in run.lanes else [])]
    curves = dict(iter(run.history.groupby("lane")))
    columns = [name for name in run.history if name not in ("lane", "epoch", *made_of)]
    for name, rows in run.lanes.groupby("lane", sort=False):
        first = rows.iloc[0]
        curve = curves[name].set_index("epoch")[columns]
        yield LaneRun(
            name=name,
            settings={**{column: _plain(first[column]) for column in made_of}, **of_run},
            curve={int(epoch): _finite(row) for epoch, row in curve.iterrows()},
            scores=_finite({"best_epoch": first["best_epoch"]} | _scores(rows)),
        )


def _scores(rows: pd.DataFrame) -> dict[str, float]:
    """CCC of a lane's tasks on both partitions."""
    scores = {}
    for row in rows.to_dict("records"):
        column = Task(*(row[name] for name in TASK)).column
        scores[f"best_dev_ccc_{column}"] = row["dev_ccc"]
        scores[f"test_ccc_{column}"] = row["test_ccc"]
    return scores


def _finite(values: Mapping[str, Any]) -> dict[str, float]:
    return {name: float(value) for name, value in values.items() if math.isfinite(value)}


def _plain(value: Any) -> Any:
    """A value of a table as Python has it; None for the w of a lane whose rule moves it."""
    value = getattr(value, "item", lambda: value)()
    return None if isinstance(value, float) and math.isnan(value) else value


@contextlib.contextmanager
def _environment(variables: Mapping[str, str | None]) -> Iterator[None]:
    before = {name: os.environ.get(name) for name in variables}
    _set(variables)
    try:
        yield
    finally:
        _set(before)


def _set(variables: Mapping[str, str | None]) -> None:
    for name, value in variables.items():
        if value is None:
            os.environ.pop(name, None)
        else:
            os.environ[name] = value
