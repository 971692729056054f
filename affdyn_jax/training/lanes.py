"""The grid of lanes: which models a sweep trains (§3.3, §4.2).

A lane is a vector of task weights (`method.tasks.task_weights`). Mono- and multi-dimensional
models, all values of w and all seeds are then rows of one array: one model, one loss, one program.
"""

import dataclasses
from collections.abc import Sequence

from affdyn_jax.method.tasks import MULTI
from affdyn_jax.training.settings import SweepSettings


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
    """
    setups = [(dimension, (dimension,), sweep.hidden_sizes.mono) for dimension in dimensions]
    if len(dimensions) > 1:
        setups.append((MULTI, tuple(dimensions), sweep.hidden_sizes.multi))
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
