"""Types of what describes ratings, in a corpus's settings and in what a run leaves on disk."""

from typing import Annotated

from pydantic import AfterValidator, Field, FiniteFloat

from affdyn_jax.corpora.avec_tables import LONGEST_S
from affdyn_jax.method.grid import FRAME_RATES
from affdyn_jax.method.rating_scale import RatingScale
from affdyn_jax.method.tasks import DYNAMICS, MULTI, tasks_of
from affdyn_jax.system.field_types import Distinct, Name
from affdyn_jax.system.file_names import fault_of

# What else the tables of a recording have in their header.
_COLUMNS_OF_TABLES = ("name", "timestamp", "frameTime", "time")

_RENAME = "rename that column of the ratings"


def _column(dimension: str) -> str:
    if fault := fault_of(dimension):
        raise ValueError(f"{fault}; {_RENAME}")
    if dimension in _COLUMNS_OF_TABLES:
        raise ValueError(f"names another column of the tables; {_RENAME}")
    if dimension == MULTI:
        raise ValueError(f"names the model of all dimensions; {_RENAME}")
    return dimension


def _no_dynamics(dimensions: tuple[str, ...]) -> tuple[str, ...]:
    for task in tasks_of(dimensions):
        if task.target == DYNAMICS and task.column in dimensions:
            raise ValueError(
                f"has '{task.column}', which names the dynamics of '{task.dimension}'; {_RENAME}"
            )
    return dimensions


def _scale(bounds: tuple[float, ...]) -> tuple[float, ...]:
    RatingScale.of(bounds)
    return bounds


# Lanes, tables and files are named after them.
Dimensions = Annotated[
    tuple[Annotated[Name, AfterValidator(_column)], ...],
    Field(min_length=1),
    Distinct,
    AfterValidator(_no_dynamics),
]

# The lowest and the highest rating.
RatingRange = Annotated[tuple[FiniteFloat, ...], AfterValidator(_scale)]

# By which raters lag behind, in seconds.
Delay = Annotated[float, Field(ge=0, le=LONGEST_S)]

# Of the grid, in Hz.
FrameRate = Annotated[float, Field(ge=FRAME_RATES[0], le=FRAME_RATES[1])]
