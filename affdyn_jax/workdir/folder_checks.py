"""What a run's or a model's folder says, checked as it is read: it may come from anybody."""

import contextlib
import dataclasses
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any

import numpy as np
from pydantic import Field, FiniteFloat

from affdyn_jax.dataset.standardisation import Standardisation
from affdyn_jax.errors import RunError, reason
from affdyn_jax.system.typed_json import read_as

WAY_OUT = "run the same affdyn_jax.main command again"
ANOTHER_WORKDIR = "name another --workdir"


def unfinished(missing: Path) -> RunError:
    """The error for a folder that lacks a file of a finished run."""
    return RunError(f"{missing}: missing, so {missing.parent} holds no finished run; {WAY_OUT}")


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


@dataclasses.dataclass(frozen=True)
class _Training:
    """The fields of a run's training that a report shows."""

    max_epochs: Annotated[int, Field(ge=1, le=10**6)]
    patience: Annotated[int, Field(ge=1, le=10**6)]
    monitor: str


@dataclasses.dataclass(frozen=True)
class _Dynamics:
    """How the dynamics were made, which it shows as well."""

    smoothing: str
    window: FiniteFloat


_UNSMOOTHED = _Dynamics("none", 0.0)  # as by earlier versions, which did not keep it


@dataclasses.dataclass(frozen=True)
class _Config:
    training: _Training
    dynamics: _Dynamics = _UNSMOOTHED


def check_config(config: Any) -> None:
    """Refuse a run's config without the fields that a report shows.

    Raises:
        ValueError: A field is missing or of another kind.
    """
    config = config if isinstance(config, dict) else {}
    training = config.get("training")
    if isinstance(training, dict):
        told = {field.name for field in dataclasses.fields(_Training)}
        training = {name: value for name, value in training.items() if name in told}
    dynamics = {"dynamics": config["dynamics"]} if "dynamics" in config else {}
    read_as(_Config, {"training": training} | dynamics)


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
