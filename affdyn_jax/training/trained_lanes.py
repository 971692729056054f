"""What training leaves of the lanes of one hidden size."""

import dataclasses
from collections.abc import Sequence
from typing import Any, NamedTuple, Self

import jax
import numpy as np

from affdyn_jax.method.model import Weights
from affdyn_jax.training.lane_state import EpochScores, LaneState
from affdyn_jax.training.lanes import Lane


class EpochSeconds(NamedTuple):
    """Wall time of an epoch, in seconds: medians of rounds in which both programs took turns.

    Attributes:
        together: Of all L lanes of one hidden size, on all devices that they are shared out over.
        alone: Of a single one, on one device.
        spread: How many times the largest of the rounds' ratios is the smallest: 1 on a machine
            that does nothing else.
        core_share: For what part of the time the cores computed that lanes were shared out over,
            of both programs the smaller one: 1 on such a machine. None on other devices.
    """

    together: float
    alone: float
    spread: float
    core_share: float | None = None


class EndStates(NamedTuple):
    """What is read of lanes after training, a part of `LaneState`; leading axis L, NumPy arrays.

    Of a lane's arrays these are a quarter: its last weights and Adam's moments are as large as its
    best weights.
    """

    best_weights: Weights
    best_epoch: np.ndarray
    epochs: np.ndarray
    diverged: np.ndarray

    @classmethod
    def of(cls, lane_states: LaneState) -> Self:
        """That part of the lanes' states."""
        return cls(*(getattr(lane_states, name) for name in cls._fields))


@dataclasses.dataclass(frozen=True, eq=False)
class TrainedLanes:
    """The L lanes of one hidden size after training.

    Attributes:
        lanes: Which lanes they are.
        lane_states: Where training has left them.
        history: Their scores after each epoch, leading axes (E, L).
        predictions: Of `dev` and, if there is one, `test`, shape (L, N, T, K): of a lane those
            recordings that its split has there, then padding. All finite but for lanes that
            diverged.
        seconds: Wall time of it all, with what was spent before an interruption.
        changes: Differences in arithmetic between the parts of an interrupted training.
        epoch_seconds: Of an epoch, where it was measured (`timing.time_epochs`).
    """

    lanes: tuple[Lane, ...]
    lane_states: EndStates = dataclasses.field(repr=False)
    history: EpochScores = dataclasses.field(repr=False)
    predictions: dict[str, np.ndarray] = dataclasses.field(repr=False)
    seconds: float
    changes: Sequence[str] = ()
    epoch_seconds: EpochSeconds | None = None

    @property
    def hidden_size(self) -> int:
        """H of all of them."""
        return self.lanes[0].hidden_size


def join_rounds(rounds: Sequence[list[TrainedLanes]]) -> list[TrainedLanes]:
    """The lanes of each hidden size as one group, of rounds that trained some of each size.

    Args:
        rounds: Of each round the groups of all hidden sizes, in the same order. They are taken out
            of the lists, so that memory holds all lanes once, and those of one size twice.
    """
    joined = []
    while rounds[0]:
        joined.append(_join_lanes([groups.pop(0) for groups in rounds]))
    return joined


def _join_lanes(groups: Sequence[TrainedLanes]) -> TrainedLanes:
    """Lanes of one hidden size that were trained one group after the other, as one."""
    first, *others = groups
    if not others:
        return first
    epochs = max(len(group.history.train_loss) for group in groups)
    histories = [
        jax.tree.map(lambda leaf_el: _padded(leaf_el, epochs), group.history) for group in groups
    ]
    timed = [group.epoch_seconds for group in groups if group.epoch_seconds]
    return TrainedLanes(
        lanes=sum((group.lanes for group in groups), ()),
        lane_states=_side_by_side([group.lane_states for group in groups], axis=0),
        history=_side_by_side(histories, axis=1),
        predictions=_side_by_side([group.predictions for group in groups], axis=0),
        seconds=sum(group.seconds for group in groups),
        changes=list(dict.fromkeys(change for group in groups for change in group.changes)),
        epoch_seconds=_sum(timed) if len(timed) == len(groups) else None,
    )


def _side_by_side(trees: Sequence[Any], axis: int) -> Any:
    return jax.tree.map(lambda *leaves: np.concatenate(leaves, axis), *trees)


def _padded(leaf_el: np.ndarray, epochs: int) -> np.ndarray:
    """Scores of so many epochs, zeros after the last one."""
    missing = epochs - len(leaf_el)
    return np.pad(leaf_el, [(0, missing), *[(0, 0)] * (leaf_el.ndim - 1)])


def _sum(timed: Sequence[EpochSeconds]) -> EpochSeconds:
    """An epoch of each group after the other, and of a lane of them."""
    shares = [each.core_share for each in timed]
    return EpochSeconds(
        together=sum(each.together for each in timed),
        alone=float(np.mean([each.alone for each in timed])),
        spread=max(each.spread for each in timed),
        core_share=None if None in shares else min(shares),
    )
