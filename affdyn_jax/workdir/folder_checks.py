"""What a run's or a model's folder says, checked as it is read: it may come from anybody."""

import contextlib
import dataclasses
import reprlib
from collections.abc import Collection, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import numpy as np
from pydantic import Field

from affdyn_jax.corpora.partitions import PARTITIONS
from affdyn_jax.dataset.standardisation import Standardisation
from affdyn_jax.errors import RunError, reason
from affdyn_jax.method.tasks import tasks_of
from affdyn_jax.system.file_names import fault_of
from affdyn_jax.system.typed_json import read_as

if TYPE_CHECKING:
    from affdyn_jax.workdir.files import RunFacts

# Types of what `run.json` says.
Count = Annotated[int, Field(ge=1, le=2**63 - 1)]
Seconds = Annotated[float, Field(ge=0, le=1e9)]  # 30 years at most


@contextlib.contextmanager
def told_of(path: Path, way_out: str) -> Iterator[None]:
    """Tell in one line what is wrong with a file that is read within; not of one that is missing.

    Raises:
        FileNotFoundError: Another one is raised within.
        RunError: An OSError or a ValueError is.
    """
    try:
        yield
    except FileNotFoundError:
        raise
    except (OSError, ValueError) as error:
        raise RunError(f"{path}: cannot be read ({reason(error)}); {way_out}") from error


def check_run(facts: "RunFacts") -> None:
    """Refuse what no run writes and what would lead out of its folder.

    Raises:
        ValueError: There is such; the message names the field.
    """
    _check_recordings(facts)
    columns = [task.column for task in tasks_of(facts.dimensions)]
    for partition, by_column in facts.constant.items():
        _check_among(f"constant.{partition}", by_column, columns)
    _check_among("predicting_lanes", facts.predicting_lanes, columns)
    if not facts.predicting_lanes:
        raise ValueError("'predicting_lanes' names no lane")


@dataclasses.dataclass(frozen=True)
class _Training:
    """What is told of a run's training."""

    max_epochs: Annotated[int, Field(ge=1, le=10**6)]
    patience: Annotated[int, Field(ge=1, le=10**6)]
    monitor: str


@dataclasses.dataclass(frozen=True)
class _Config:
    training: _Training


def check_config(config: Any) -> None:
    """Refuse a run's config without what is told of its training.

    Raises:
        ValueError: A field is missing or of another kind.
    """
    training = config.get("training") if isinstance(config, dict) else None
    if isinstance(training, dict):
        told = {field.name for field in dataclasses.fields(_Training)}
        training = {name: value for name, value in training.items() if name in told}
    read_as(_Config, {"training": training})


def check_standardisation(standardisation: Standardisation) -> None:
    """Refuse means and deviations that no features have.

    Raises:
        ValueError: They are not both of shape (F,), float64, finite also in single precision,
            deviations above 0.
    """
    mean_f, deviation_f = standardisation.mean_f, standardisation.deviation_f
    are_pairs = mean_f.ndim == 1 and mean_f.shape == deviation_f.shape and mean_f.size
    if not are_pairs or not mean_f.dtype == deviation_f.dtype == np.float64:
        raise ValueError("mean and deviation are not of the same features, in double precision")
    for name, value_f in (("mean", mean_f), ("deviation", deviation_f)):
        if not np.all(np.abs(value_f) <= np.finfo(np.float32).max):
            raise ValueError(f"a {name} is not a finite number")
    if not np.all(deviation_f > 0):
        raise ValueError("it has a deviation not above 0")


def _check_recordings(facts: "RunFacts") -> None:
    """Refuse partitions that are none, and recordings that no files of the run are named after."""
    _check_among("recordings", facts.recordings, PARTITIONS)
    for partition, names in facts.recordings.items():
        for name in names:
            if fault := fault_of(name):
                raise ValueError(
                    f"'recordings.{partition}' has {reprlib.repr(name)}, which {fault}"
                )
    names = [name for of_partition in facts.recordings.values() for name in of_partition]
    if len(set(names)) < len(names):
        raise ValueError("'recordings' has a name twice")
    for field in ("labelled", "constant", "frames"):
        _check_among(field, getattr(facts, field), facts.recordings)
    if "dev" not in facts.labelled:
        raise ValueError("'labelled' lacks dev, which chooses among the lanes")
    for partition in facts.recordings:
        if partition not in facts.frames:
            raise ValueError(f"'frames.{partition}' is missing")


def _check_among(field: str, found: Collection[str], known: Collection[str]) -> None:
    for name in found:
        if name not in known:
            raise ValueError(
                f"'{field}' has {reprlib.repr(name)}, which is none of {reprlib.repr(list(known))}"
            )
