"""The scale that a corpus was rated on, and the one that the network predicts on."""

import dataclasses
from collections.abc import Iterable, Sequence

import numpy as np

from affdyn_jax.method.tasks import STATE, Task

_LARGEST = 1e6

_NO_RANGE = (
    "is no range; give two numbers, the lowest and the highest rating of the scale, e.g. 1,9, "
    f"within ±{_LARGEST:,.0f}"
)


@dataclasses.dataclass(frozen=True)
class RatingScale:
    """The range of a corpus's ratings, mapped linearly to [-1, 1] and back.

    The network's outputs end in tanh (§3.3), so it learns ratings between -1 and 1. Everything
    that a user sees is on the corpus's own scale. CCC (Eq. 2) is the same on both.

    Attributes:
        low: The lowest rating that the scale allows.
        high: The highest one.

    Raises:
        ValueError: They are no range.
    """

    low: float = -1.0
    high: float = 1.0

    def __post_init__(self):
        """Refuse what is no range."""
        if not -_LARGEST <= self.low < self.high <= _LARGEST:  # NaN is refused, too
            raise ValueError(_NO_RANGE)

    @classmethod
    def of(cls, bounds: Sequence[float]) -> "RatingScale":
        """The scale of a config's or a folder's `rating_range`.

        Raises:
            ValueError: It is no range; the message is a predicate of the bounds.
        """
        if len(bounds) != 2:
            raise ValueError(_NO_RANGE)
        return cls(*bounds)

    @property
    def _middle(self) -> float:
        return (self.low + self.high) / 2

    @property
    def _half(self) -> float:
        return (self.high - self.low) / 2

    def to_unit(self, ratings: np.ndarray) -> np.ndarray:
        """Ratings of any shape, mapped from [low, high] to [-1, 1]."""
        return (ratings - self._middle) / self._half

    def from_unit(self, values_k: np.ndarray, tasks: Iterable[Task]) -> np.ndarray:
        """States and dynamics on the corpus's own scale.

        Args:
            values_k: States within [-1, 1], and dynamics of such states; the last axis is that
                of the tasks, shape (…, K).
            tasks: The K tasks.

        Returns:
            States within [low, high], and dynamics as their change per second, shape (…, K).
        """
        factor_k, offset_k = self.factors_and_offsets(tasks)
        return values_k * factor_k + offset_k

    def factors_and_offsets(self, tasks: Iterable[Task]) -> tuple[np.ndarray, np.ndarray]:
        """The factor and the offset by which `from_unit` maps each task, both of shape (K,)."""
        offset_k = [self._middle if task.target == STATE else 0.0 for task in tasks]
        return np.full(len(offset_k), self._half), np.array(offset_k)

    def is_within(self, lowest: float, highest: float) -> bool:
        """Whether all ratings between the two lie on the scale, rounding aside."""
        rounding = 1e-6 * self._half
        return self.low - rounding <= lowest and highest <= self.high + rounding

    def __str__(self) -> str:
        """The range in words, `1 to 9`."""
        return f"{self.low:g} to {self.high:g}"


UNIT_SCALE = RatingScale()  # the paper's corpora are on it
