"""Lanes of several rounds as one group."""

import numpy as np

from affdyn_jax.training.lane_state import EpochScores
from affdyn_jax.training.lanes import Lane
from affdyn_jax.training.trained_lanes import EpochSeconds, TrainedLanes, join_lanes


def group(layer, epochs, together):
    lanes = tuple(Lane("multi", ("x",), 4, w, 0, None, (("layer", layer),)) for w in (0.0, 1.0))
    scores_el = np.full((epochs, 2), float(layer), np.float32)
    return TrainedLanes(
        lanes,
        lane_states={"epochs": np.array([epochs, 1])},
        history=EpochScores(scores_el, scores_el, np.repeat(scores_el[..., None], 4, 2), scores_el),
        predictions={"dev": np.full((2, 3, 5, 4), float(layer))},
        seconds=10.0,
        changes=("jax",) if layer else (),
        epoch_seconds=EpochSeconds(together, 0.5, 1.0 + layer, 0.9 - layer / 10),
    )


def test_lanes_of_rounds_follow_each_other():
    joined = join_lanes([group(0, 3, 2.0), group(1, 5, 3.0)])
    assert [lane.layer for lane in joined.lanes] == [0, 0, 1, 1]
    np.testing.assert_array_equal(joined.lane_states["epochs"], [3, 1, 5, 1])
    assert joined.history.dev_ccc_k.shape == (5, 4, 4)
    np.testing.assert_array_equal(joined.history.train_loss[2], [0, 0, 1, 1])
    assert joined.predictions["dev"].shape == (4, 3, 5, 4)
    assert joined.seconds == 20.0 and joined.changes == ["jax"]
    # One epoch of each round takes as long as both together.
    assert joined.epoch_seconds == EpochSeconds(5.0, 0.5, 2.0, 0.8)


def test_a_single_round_stays_as_it_is():
    alone = group(0, 3, 2.0)
    assert join_lanes([alone]) is alone
