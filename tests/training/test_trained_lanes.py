"""Lanes of several rounds as one group, and what of them takes memory."""

import weakref

import jax
import numpy as np

from affdyn_jax.training import trained_lanes
from affdyn_jax.training.lane_state import EpochScores
from affdyn_jax.training.lanes import Lane, lanes_by_hidden_size
from affdyn_jax.training.settings import HiddenSizes, SweepSettings, TrainingSettings
from affdyn_jax.training.sweep import train_together
from affdyn_jax.training.trained_lanes import EndStates, EpochSeconds, TrainedLanes, join_rounds


def group(layer, epochs, together, hidden_size=4):
    swept = (("layer", layer),)
    lanes = tuple(Lane("multi", ("x",), hidden_size, w, 0, None, swept) for w in (0.0, 1.0))
    scores_el = np.full((epochs, 2), float(layer), np.float32)
    epochs_l = np.array([epochs, 1])
    return TrainedLanes(
        lanes,
        lane_states=EndStates({}, epochs_l, epochs_l, epochs_l < 0),
        history=EpochScores(scores_el, scores_el, np.repeat(scores_el[..., None], 4, 2), scores_el),
        predictions={"dev": np.full((2, 3, 5, 4), float(layer))},
        seconds=10.0,
        changes=("jax",) if layer else (),
        epoch_seconds=EpochSeconds(together, 0.5, 1.0 + layer, 0.9 - layer / 10),
    )


def test_lanes_of_rounds_follow_each_other():
    (joined,) = join_rounds([[group(0, 3, 2.0)], [group(1, 5, 3.0)]])
    assert [lane.layer for lane in joined.lanes] == [0, 0, 1, 1]
    np.testing.assert_array_equal(joined.lane_states.epochs, [3, 1, 5, 1])
    assert joined.history.dev_ccc_k.shape == (5, 4, 4)
    np.testing.assert_array_equal(joined.history.train_loss[2], [0, 0, 1, 1])
    assert joined.predictions["dev"].shape == (4, 3, 5, 4)
    assert joined.seconds == 20.0 and joined.changes == ["jax"]
    # One epoch of each round takes as long as both together.
    assert joined.epoch_seconds == EpochSeconds(5.0, 0.5, 2.0, 0.8)


def test_lanes_of_one_size_are_released_before_those_of_the_next_are_joined(monkeypatch):
    rounds = [[group(layer, 3, 2.0, size) for size in (2, 4)] for layer in (0, 1)]
    parts = {
        size: [weakref.ref(groups[index]) for groups in rounds] for index, size in enumerate((2, 4))
    }
    join = trained_lanes._join_lanes

    def joining(groups):
        size = groups[0].hidden_size
        assert [part() is None for part in parts[2]] == [size == 4] * 2
        assert [part() for part in parts[size]] == groups
        return join(groups)

    monkeypatch.setattr(trained_lanes, "_join_lanes", joining)
    assert [joined.hidden_size for joined in join_rounds(rounds)] == [2, 4]
    assert not any(part() for part in parts[4])


def test_a_single_round_stays_as_it_is():
    alone = [group(0, 3, 2.0, size) for size in (2, 4)]
    assert join_rounds([list(alone)]) == alone


def test_of_trained_lanes_best_weights_are_kept_and_nothing_on_a_device(dataset, tmp_path):
    sweep = SweepSettings((0.0, 0.5), (0, 1), HiddenSizes(mono=(), multi=(4,)))
    ((_, lanes),) = lanes_by_hidden_size(dataset.dimensions, sweep).items()
    settings = TrainingSettings(max_epochs=2)
    on_devices = {id(array) for array in jax.live_arrays()}
    first = train_together(lanes, dataset, settings, tmp_path)
    again = train_together(lanes, dataset, settings, tmp_path)  # from the last checkpoint
    for trained in (first, again):
        states = trained.lane_states
        of_weights = sum(leaf.nbytes for leaf in jax.tree.leaves(states.best_weights))
        in_all = sum(leaf.nbytes for leaf in jax.tree.leaves(states))
        assert of_weights < in_all <= of_weights + 16 * len(lanes)
        assert all(leaf.base is None for leaf in jax.tree.leaves(states))
    assert not [array.shape for array in jax.live_arrays() if id(array) not in on_devices]
