"""The grid of lanes: which models a sweep trains (§3.3, §4.2).

A lane is a vector of task weights (`method.tasks.task_weights`). Mono- and multi-dimensional
models, all values of w and all seeds are then rows of one array: one model, one loss, one program.
"""

import dataclasses
from collections.abc import Sequence

from affdyn_jax.errors import ConfigError
from affdyn_jax.method.tasks import DYNAMICS, MULTI, tasks_of
from affdyn_jax.system.file_names import fault_of

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
        """Unique in a run, `multi-h32-w0.4-seed0` say."""
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
    dimensions: Sequence[str],
    mono_hidden_sizes: Sequence[int],
    multi_hidden_sizes: Sequence[int],
    weights: Sequence[float],
    seeds: Sequence[int],
) -> dict[int, tuple[Lane, ...]]:
    """All lanes of a sweep, grouped by what has to be equal for them to train together.

    Args:
        dimensions: All D dimensions of the corpus.
        mono_hidden_sizes: H of the mono-dimensional models (§3.3); none leaves them out.
        multi_hidden_sizes: H of the models of all dimensions; none leaves them out.
        weights: The values of w.
        seeds: The seeds.

    Returns:
        Lanes for each hidden size, ascending; within one, seed by seed, and every seed has
        the same lanes in the same order.

    Raises:
        ConfigError: A value outside its range or given twice, nothing to train, or too much.
    """
    check_dimensions("corpus.dimensions", dimensions)
    _check("sweep.weights", weights, lowest=0, highest=1)
    _check("sweep.seeds", seeds, lowest=0, highest=2**32 - 1)
    for name, sizes in (("mono", mono_hidden_sizes), ("multi", multi_hidden_sizes)):
        if sizes:
            _check(f"sweep.hidden_sizes.{name}", sizes, lowest=1, highest=2**16)
    if not (mono_hidden_sizes or multi_hidden_sizes):
        raise ConfigError("sweep.hidden_sizes has neither mono nor multi sizes; name one at least")
    if len(dimensions) == 1 and not mono_hidden_sizes:
        raise ConfigError(
            f"sweep.hidden_sizes.mono is empty, but with '{dimensions[0]}' alone there is no "
            "multi-dimensional model; name a size"
        )

    setups = [(dimension, (dimension,), mono_hidden_sizes) for dimension in dimensions]
    if len(dimensions) > 1:
        setups.append((MULTI, tuple(dimensions), multi_hidden_sizes))
    lane_count = len(seeds) * len(weights) * sum(len(sizes) for *_, sizes in setups)
    if lane_count > _MOST_LANES:
        raise ConfigError(
            f"sweep makes {lane_count} lanes of its seeds, weights and hidden sizes; "
            f"{_MOST_LANES} are the most, so name fewer"
        )
    return {
        hidden_size: tuple(
            Lane(setup, lane_dimensions, hidden_size, w, seed)
            for seed in seeds
            for setup, lane_dimensions, hidden_sizes in setups
            if hidden_size in hidden_sizes
            for w in weights
        )
        for hidden_size in sorted({size for *_, sizes in setups for size in sizes})
    }


def _check(field: str, values: Sequence[float], lowest: float, highest: float) -> None:
    """Refuse an empty list, a value given twice and one outside its range."""
    if not values:
        raise ConfigError(f"{field} is empty; give at least one value")
    if len(set(values)) < len(values):
        raise ConfigError(f"{field}={tuple(values)} has a value twice; give each once")
    for value in values:
        if not lowest <= value <= highest:
            raise ConfigError(f"{field} has {value}; it must lie between {lowest} and {highest}")
        if round(value, _DECIMALS) != value:
            raise ConfigError(f"{field} has {value}; tables keep {_DECIMALS} decimals, so round it")
