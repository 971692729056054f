"""Lanes in their places on the devices: brought there, moved together, found again."""

from typing import Any

import jax
import numpy as np

from affdyn_jax.training.devices import BY_LANE, fetch, lane_mesh, put
from affdyn_jax.training.lane_state import EpochScores, LaneState
from affdyn_jax.training.packing import EMPTY, is_worthwhile, table_in_epoch, table_of_places


class PlacedLanes:
    """The L lanes of one hidden size, each in its place on the devices.

    Args:
        lane_states: Where the lanes stand, repetition by repetition, every one with equally many;
            NumPy arrays with a leading axis L, which stay as they are.
        repetition_count: How many repetitions they have.
        epoch: Epochs that were trained so far, after which lanes may have moved together.

    Attributes:
        mesh: The devices.
        on_devices: The lanes in a table of places, leading axes (S, M). To be replaced by what
            an epoch makes of it, by `update`.
    """

    def __init__(self, lane_states: LaneState, repetition_count: int, epoch: int = 0):
        lanes_of_each = len(lane_states.stopped) // repetition_count
        self._index_l = np.repeat(np.arange(repetition_count), lanes_of_each)
        self.mesh = lane_mesh(lanes_of_each)
        # Of lanes that have a place only the flags are kept up to date.
        self._lane_states = jax.tree.map(np.array, lane_states)
        table_sm = table_in_epoch(
            epoch, lane_states.stopped, lane_states.epochs, self._index_l, self.mesh.size
        )
        self._take_places(table_sm)

    @property
    def stopped_l(self) -> np.ndarray:
        """Which lanes have stopped, shape (L,)."""
        return self._lane_states.stopped

    @property
    def diverged_l(self) -> np.ndarray:
        """Which lanes have diverged, shape (L,)."""
        return self._lane_states.diverged

    @property
    def repetition_index_s(self) -> np.ndarray:
        """The index of the repetition that each row of places belongs to, shape (S,)."""
        return self._index_l[self._table_sm[:, 0]]

    def move(self) -> None:
        """Move the lanes that still train into fewer places, if that is worthwhile."""
        smaller_sm = table_of_places(~self.stopped_l, self._index_l, self.mesh.size)
        if is_worthwhile(smaller_sm, self._table_sm):
            self._lane_states = self.state()
            self._take_places(smaller_sm)

    def update(self, on_devices: LaneState, scores_sm: EpochScores) -> EpochScores:
        """Take the lanes as an epoch has left them.

        Returns:
            Their scores with a leading axis L, NumPy; NaN for lanes that have no place.
        """
        self.on_devices = on_devices
        scatter_to_lanes(self.stopped_l, on_devices.stopped, self._table_sm)
        scatter_to_lanes(self.diverged_l, on_devices.diverged, self._table_sm)
        return by_lane(scores_sm, self._table_sm, len(self._index_l))

    def state(self) -> LaneState:
        """Where all lanes stand, with or without a place: NumPy arrays with a leading axis L."""
        lane_states = jax.tree.map(np.array, self._lane_states)
        jax.tree.map(
            lambda leaf_l, leaf_sm: scatter_to_lanes(leaf_l, leaf_sm, self._table_sm),
            lane_states,
            self.on_devices,
        )
        return lane_states

    def _take_places(self, table_sm: np.ndarray) -> None:
        lanes_sm = jax.tree.map(lambda leaf_l: leaf_l[table_sm], self._lane_states)
        # An empty place holds a copy of some lane, which is never trained nor read.
        lanes_sm = lanes_sm._replace(stopped=lanes_sm.stopped | (table_sm == EMPTY))
        self.on_devices, self._table_sm = put(lanes_sm, self.mesh, BY_LANE), table_sm


def by_lane(tree_sm: Any, table_sm: np.ndarray, lane_count: int) -> Any:
    """Arrays of places (S, M) as arrays of lanes (L,), NaN for lanes that have no place."""

    def leaf_by_lane(leaf_sm: jax.Array) -> np.ndarray:
        leaf_l = np.full((lane_count, *leaf_sm.shape[2:]), np.nan, leaf_sm.dtype)
        scatter_to_lanes(leaf_l, leaf_sm, table_sm)
        return leaf_l

    return jax.tree.map(leaf_by_lane, tree_sm)


def scatter_to_lanes(leaf_l: np.ndarray, leaf_sm: jax.Array, table_sm: np.ndarray) -> None:
    """Write what the places (S, M) hold of one array to the lanes (L,) that they belong to."""
    is_taken_sm = table_sm != EMPTY
    leaf_l[table_sm[is_taken_sm]] = fetch(leaf_sm)[is_taken_sm]
