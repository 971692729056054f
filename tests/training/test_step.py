"""A step of a lane among lanes that follow other rules."""

import dataclasses
from types import SimpleNamespace

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from affdyn_jax.training import step
from affdyn_jax.training.lane_settings import lane_settings, parts_of
from affdyn_jax.training.lanes import lanes_by_hidden_size
from affdyn_jax.training.settings import HiddenSizes, SweepSettings, TrainingSettings
from affdyn_jax.training.weighting.rule import initial

DIMENSIONS = ("arousal", "valence")
DATASET = SimpleNamespace(frame_rate=4.0, summed_layers=())
RULES = ("linear", "uncertainty", "dwa", "famo")


@pytest.mark.parametrize("place", range(len(RULES)))
def test_each_lane_is_weighed_by_its_own_rule(place):
    others = [rule for rule in RULES if rule != "linear"]
    weightings = ("fixed", *others[:place], "linear", *others[place:])
    sweep = dataclasses.replace(
        SweepSettings(),
        weights=(0.0, 0.2),
        seeds=(0,),
        weightings=weightings,
        hidden_sizes=HiddenSizes(mono=(), multi=(2,)),
    )
    training = TrainingSettings()
    (lanes,) = lanes_by_hidden_size(DIMENSIONS, sweep).values()
    settings, parts = lane_settings(lanes, DIMENSIONS, training), parts_of(lanes, training, DATASET)
    assert {lane.weighting for lane in lanes} == set(weightings)
    for index, lane in enumerate(lanes):
        own = jax.tree.map(lambda array_l, index=index: jnp.asarray(array_l[index]), settings)
        task_weights_k, w = step._weighting(
            jnp.array([0.9, 0.8, 0.7, 0.6]), initial(parts.rules), own, parts
        )
        # In the first step the schedule is at 1, and FAMO divides equal shares by the losses,
        # which are .85 and .65; the others weigh both alike.
        first = {"fixed": lane.w, "linear": 1.0, "famo": 0.85 / (0.85 + 0.65)}
        expected = first.get(lane.weighting, 0.5)
        assert w == pytest.approx(expected, abs=1e-6), lane
        share_k = np.asarray(task_weights_k / jnp.sum(task_weights_k))
        of_dynamics = expected / 2
        np.testing.assert_allclose(
            share_k, [0.5 - of_dynamics, 0.5 - of_dynamics, of_dynamics, of_dynamics], atol=1e-6
        )
