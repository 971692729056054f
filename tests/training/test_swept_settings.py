"""Lanes that differ in more than w, against runs that have these settings by themselves."""

import dataclasses

import jax
import numpy as np
import pytest

from affdyn_jax.training import placed_lanes
from affdyn_jax.training.lane_settings import parts_of
from affdyn_jax.training.lanes import lanes_by_hidden_size
from affdyn_jax.training.loop import train_lanes
from affdyn_jax.training.settings import HiddenSizes, SweepSettings, TrainingSettings
from affdyn_jax.training.sweep import new_lanes, training_data

SETTINGS = TrainingSettings(max_epochs=8, learning_rate=0.3, patience=3)
SWEEP = SweepSettings((0.0, 0.5), (0,), HiddenSizes(mono=(), multi=(4,)))
DIMENSIONS = ("arousal", "valence")


def lanes_of(**swept):
    return lanes_by_hidden_size(DIMENSIONS, dataclasses.replace(SWEEP, **swept))[4]


def trained(dataset, lanes, settings=SETTINGS):
    start = new_lanes(lanes, dataset, settings)
    return train_lanes(start, training_data(lanes, dataset), parts_of(lanes, settings, dataset))


def of_lane(state, index):
    return jax.tree.map(
        lambda leaf: leaf[index], (state.lane_states.weights, state.lane_states.best_epoch)
    )


def assert_same(one, other):
    jax.tree.map(np.testing.assert_array_equal, one, other)


@pytest.mark.parametrize(
    ("name", "listed", "values"),
    [
        ("learning_rate", "learning_rates", (0.01, 0.05)),
        ("patience", "patiences", (1, 3)),
        ("weight_decay", "weight_decays", (0.0, 0.5)),
        ("dropout", "dropouts", (0.0, 0.4)),
    ],
)
def test_a_lane_of_a_swept_setting_is_the_run_that_has_it(
    dataset, name, listed, values, monkeypatch
):
    # Lanes that have moved together are computed in smaller products, whose sums differ.
    monkeypatch.setattr(placed_lanes, "is_worthwhile", lambda *_: False)
    lanes = lanes_of(**{listed: values})
    together = trained(dataset, lanes)
    for value in values:
        settings = dataclasses.replace(SETTINGS, **{name: value})
        # As many lanes as together: the arithmetic of products depends on their sizes.
        alone = trained(dataset, lanes_of() * 2, settings)
        for index, lane in enumerate(lanes):
            if dict(lane.swept)[name] == value:
                of_value = [other.w for other in lanes_of()].index(lane.w)
                assert_same(of_lane(together, index), of_lane(alone, of_value))
    first, second = (of_lane(together, index)[0] for index in (0, len(lanes) - 2))
    assert any((a != b).any() for a, b in zip(*map(jax.tree.leaves, (first, second)), strict=True))
