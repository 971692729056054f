"""Tasks: what a model predicts, and what each task weighs in a lane's loss (Eq. 4, 5)."""

import dataclasses
from collections.abc import Sequence

import numpy as np

STATE = "state"
DYNAMICS = "dynamics"
TARGETS = (STATE, DYNAMICS)
MULTI = "multi"


@dataclasses.dataclass(frozen=True)
class Task:
    """One output of the model: the state or the dynamics of a dimension."""

    dimension: str
    target: str

    @property
    def column(self) -> str:
        """Its name in tables: `arousal` for a state, `arousal_dynamics` for dynamics."""
        return self.dimension if self.target == STATE else f"{self.dimension}_{self.target}"


def tasks_of(dimensions: Sequence[str]) -> tuple[Task, ...]:
    """The K = 2D tasks in the order of the model's outputs: all states, then all dynamics."""
    return tuple(Task(dimension, target) for target in TARGETS for dimension in dimensions)


def task_weights(lane_dimensions: Sequence[str], w: float, dimensions: Sequence[str]) -> np.ndarray:
    """Weight of each task in a lane's loss (Eq. 4, averaged over its dimensions by Eq. 5).

    A task of another dimension weighs 0: its row of the head gets no gradient, and the lane
    is exactly the model without it (§3.3).

    Args:
        lane_dimensions: The dimensions that the lane is trained on.
        w: Weight of the dynamics.
        dimensions: All D dimensions of the corpus.

    Returns:
        Weights in the order of `tasks_of(dimensions)`, shape (K,), float32, summing to 1.
    """
    share = {STATE: (1.0 - w) / len(lane_dimensions), DYNAMICS: w / len(lane_dimensions)}
    return np.array(
        [
            share[task.target] if task.dimension in lane_dimensions else 0.0
            for task in tasks_of(dimensions)
        ],
        np.float32,
    )
