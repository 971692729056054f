"""Lanes brought to their places, moved and read back: each is itself again."""

import jax
import numpy as np
import pytest

from affdyn_jax.training.lanes import lanes_by_hidden_size
from affdyn_jax.training.packing import EMPTY
from affdyn_jax.training.placed_lanes import PlacedLanes, by_lane
from affdyn_jax.training.settings import HiddenSizes, SweepSettings, TrainingSettings
from affdyn_jax.training.sweep import new_lanes

SWEEP = SweepSettings((0.0, 0.3, 0.5, 1.0), (3, 7), HiddenSizes(multi=(2,), mono=()))
LANES = lanes_by_hidden_size(("arousal", "valence"), SWEEP)[2]


@pytest.fixture
def lane_states(dataset):
    """Eight lanes that can be told apart by all that trains."""
    states = new_lanes(LANES, dataset, TrainingSettings()).lane_states
    weights = jax.tree.map(
        lambda leaf: leaf + np.arange(8, dtype=np.float32).reshape(8, *[1] * (leaf.ndim - 1)),
        states.weights,
    )
    return states._replace(weights=weights)


def stopping(placed, stopped_l):
    """What an epoch would make of the lanes in their places: some stop, all weights change."""
    on_devices, table_sm = placed.on_devices, placed._table_sm
    is_over_sm = on_devices.stopped | np.where(table_sm == EMPTY, True, stopped_l[table_sm])
    weights = jax.tree.map(lambda leaf: leaf + np.float32(100), on_devices.weights)
    return on_devices._replace(stopped=is_over_sm, weights=weights)


def assert_equal(ours, expected):
    for leaf, expected_leaf in zip(jax.tree.leaves(ours), jax.tree.leaves(expected), strict=True):
        np.testing.assert_array_equal(leaf, expected_leaf)
        assert leaf.dtype == expected_leaf.dtype


def test_lanes_come_back_as_they_were(lane_states):
    placed = PlacedLanes(lane_states, repetition_count=2)
    assert placed.repetition_index_s.tolist() == [0, 1]
    assert_equal(placed.state(), lane_states)


def test_lanes_that_stop_stay_as_they_were_when_the_others_move(lane_states):
    placed = PlacedLanes(lane_states, repetition_count=2)
    stopped_l = np.array([True, True, False, True, True, True, True, True])
    scores_sm = placed._table_sm.astype(np.float32)
    np.testing.assert_array_equal(placed.update(stopping(placed, stopped_l), scores_sm), range(8))
    np.testing.assert_array_equal(placed.stopped_l, stopped_l)
    before = placed.state()
    placed.move()
    assert placed.repetition_index_s.tolist() == [0]
    assert placed.on_devices.stopped.shape[1] == placed.mesh.size
    assert_equal(placed.state(), before)

    scores_l = placed.update(stopping(placed, stopped_l), placed._table_sm.astype(np.float32))
    assert scores_l[2] == 2 and np.isnan(np.delete(scores_l, 2)).all()
    kernels = [s.weights["head_kernel_hk"][...] for s in (lane_states, before, placed.state())]
    np.testing.assert_allclose(kernels[1] - kernels[0], 100, atol=1e-4)
    np.testing.assert_allclose((kernels[2] - kernels[1])[2], 100, atol=1e-4)
    np.testing.assert_array_equal(*(np.delete(kernel, 2, axis=0) for kernel in kernels[1:]))


def test_a_resumed_training_finds_the_places_that_it_had_come_to(lane_states):
    epochs_l = np.array([1, 1, 4, 1, 1, 1, 1, 1], np.int32)
    resumed = lane_states._replace(epochs=epochs_l, stopped=epochs_l < 4)
    assert PlacedLanes(resumed, repetition_count=2, epoch=4).repetition_index_s.tolist() == [0]
    # Timed are all lanes, whether they have stopped or not.
    assert PlacedLanes(resumed, repetition_count=2).repetition_index_s.tolist() == [0, 1]


def test_what_the_places_hold_goes_to_its_lane():
    table_sm = np.array([[4, 0, EMPTY], [2, EMPTY, EMPTY]])
    leaf_l = by_lane(np.array([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]), table_sm, lane_count=5)
    np.testing.assert_array_equal(leaf_l, [2, np.nan, 4, np.nan, 1])
