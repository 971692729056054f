"""The grid of lanes: which models a sweep trains (§3.3, §4.2).

A lane is a vector of task weights (`method.tasks.task_weights`). Mono- and multi-dimensional
models, all values of w and all seeds are then rows of one array: one model, one loss, one program.
"""

import dataclasses
from collections.abc import Sequence

from affdyn_jax.errors import ConfigError
from affdyn_jax.method.tasks import DYNAMICS, MULTI, tasks_of
from affdyn_jax.system.file_names import fault_of
from affdyn_jax.training.settings import SweepSettings

_DECIMALS = 6

# What else the tables of a recording have in their header.
_COLUMNS_OF_TABLES = ("name", "timestamp", "frameTime", "time")

# More would not fit into memory as names alone, and train for months.
_MOST_LANES = 100_000


@dataclasses.dataclass(frozen=True)
class Lane:
    """One model of the sweep.

    Attributes:
        setup: The name of the dimensions trained together, `arousal`, `valence` or `multi`.
        dimensions: These dimensions.
        hidden_size: H.
        w: Weight of the dynamics in the loss (Eq. 4), 0 to 1.
        seed: Of the initial weights and of the order of recordings.
    """

    setup: str
    dimensions: tuple[str, ...]
    hidden_size: int
    w: float
    seed: int

    @property
    def name(self) -> str:
        """Unique in a run, e.g. `multi-h32-w0.4-seed0`."""
        return f"{self.setup}-h{self.hidden_size}-w{self.w:g}-seed{self.seed}"


def check_dimensions(field: str, dimensions: Sequence[str]) -> None:
    """Refuse dimensions that lanes, tables and files could not be named after.

    Raises:
        ConfigError: There is none, one comes twice, or one has a name that cannot be written or
            means something else; the message begins with the field.
    """
    if not dimensions:
        raise ConfigError(f"{field} is empty; name at least one")
    if len(set(dimensions)) < len(dimensions):
        raise ConfigError(f"{field}={tuple(dimensions)} has a name twice; give each once")
    for dimension in dimensions:
        if fault := fault_of(dimension):
            raise ConfigError(
                f"{field} has {dimension!r}, which {fault}; rename that column of the ratings"
            )
        if dimension in _COLUMNS_OF_TABLES:
            raise ConfigError(
                f"{field} has '{dimension}', which names another column of the tables; rename "
                "that column of the ratings"
            )
    if MULTI in dimensions:
        raise ConfigError(f"{field} has '{MULTI}', which names the model of all of them")
    for task in tasks_of(dimensions):
        if task.target == DYNAMICS and task.column in dimensions:
            raise ConfigError(
                f"{field} has '{task.column}', which names the dynamics of "
                f"'{task.dimension}'; rename that column of the ratings"
            )


def lanes_by_hidden_size(
    dimensions: Sequence[str], sweep: SweepSettings
) -> dict[int, tuple[Lane, ...]]:
    """All lanes of a sweep, grouped by what has to be equal for them to train together.

    Args:
        dimensions: All D dimensions of the corpus.
        sweep: The values of w, the seeds and the hidden sizes.

    Returns:
        Lanes for each hidden size, ascending; within one, seed by seed, and every seed has
        the same lanes in the same order.

    Raises:
        ConfigError: A value given twice or with too many decimals, nothing to train, or too much.
    """
    mono, multi = sweep.hidden_sizes.mono, sweep.hidden_sizes.multi
    check_dimensions("corpus.dimensions", dimensions)
    _check("sweep.weights", sweep.weights)
    _check("sweep.seeds", sweep.seeds)
    for name, sizes in (("mono", mono), ("multi", multi)):
        if sizes:
            _check(f"sweep.hidden_sizes.{name}", sizes)
    if not (mono or multi):
        raise ConfigError("sweep.hidden_sizes has neither mono nor multi sizes; name one at least")
    if len(dimensions) == 1 and not mono:
        raise ConfigError(
            f"sweep.hidden_sizes.mono is empty, but with '{dimensions[0]}' alone there is no "
            "multi-dimensional model; name a size"
        )

    setups = [(dimension, (dimension,), mono) for dimension in dimensions]
    if len(dimensions) > 1:
        setups.append((MULTI, tuple(dimensions), multi))
    sizes_in_all = sum(len(sizes) for *_, sizes in setups)
    lane_count = len(sweep.seeds) * len(sweep.weights) * sizes_in_all
    if lane_count > _MOST_LANES:
        raise ConfigError(
            f"sweep makes {lane_count} lanes of its seeds, weights and hidden sizes; "
            f"{_MOST_LANES} are the most, so name fewer"
        )
    return {
        hidden_size: tuple(
            Lane(setup, lane_dimensions, hidden_size, w, seed)
            for seed in sweep.seeds
            for setup, lane_dimensions, hidden_sizes in setups
            if hidden_size in hidden_sizes
            for w in sweep.weights
        )
        for hidden_size in sorted({size for *_, sizes in setups for size in sizes})
    }


def _check(field: str, values: Sequence[float]) -> None:
    """Refuse an empty list, a value given twice and one that tables would round."""
    if not values:
        raise ConfigError(f"{field} is empty; give at least one value")
    if len(set(values)) < len(values):
        raise ConfigError(f"{field}={tuple(values)} has a value twice; give each once")
    for value in values:
        if round(value, _DECIMALS) != value:
            raise ConfigError(f"{field} has {value}; tables keep {_DECIMALS} decimals, so round it")
