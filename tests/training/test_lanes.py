"""The grid of §3.3 and §4.2, counted by hand."""

import itertools

import numpy as np
import pytest

from affdyn_jax.training.lanes import Lane, lanes_by_hidden_size
from affdyn_jax.training.settings import HiddenSizes, SweepSettings

DIMENSIONS = ("arousal", "valence")
WEIGHTS = tuple(tenths / 10 for tenths in range(11))


def test_the_papers_grid():
    lanes = lanes_by_hidden_size(DIMENSIONS, SweepSettings(seeds=(0, 1)))
    assert {size: len(group) for size, group in lanes.items()} == {16: 66, 32: 66, 64: 22}
    assert {lane.setup for lane in lanes[64]} == {"multi"}
    together = [lane for group in lanes.values() for lane in group]
    assert len({lane.name for lane in together}) == len(together) == 154
    expected = itertools.product(("arousal", "valence", "multi"), WEIGHTS, (0, 1))
    assert {(lane.setup, lane.w, lane.seed) for lane in lanes[16]} == set(expected)


def test_every_seed_has_the_same_lanes_in_the_same_order():
    lanes = lanes_by_hidden_size(DIMENSIONS, SweepSettings(seeds=(3, 1, 2)))[16]
    by_seed = [[(lane.setup, lane.w) for lane in lanes if lane.seed == s] for s in (3, 1, 2)]
    assert by_seed[0] == by_seed[1] == by_seed[2]
    assert [lane.seed for lane in lanes] == sorted(
        (lane.seed for lane in lanes), key=(3, 1, 2).index
    )


def test_one_dimension_has_no_multi():
    sweep = SweepSettings((0.5,), (0,), HiddenSizes(mono=(16,), multi=(16, 64)))
    lanes = lanes_by_hidden_size(("valence",), sweep)
    assert lanes == {16: (Lane("valence", ("valence",), 16, 0.5, 0),)}


def test_names_have_what_is_swept_and_nothing_else():
    sweep = SweepSettings(
        weights=(0.4,),
        seeds=(0,),
        hidden_sizes=HiddenSizes(mono=(), multi=(32,)),
        weightings=("fixed", "famo"),
        learning_rates=(1e-3, 1e-5),
        patiences=(10,),
        weight_decays=(0.01,),
        dropouts=(0.0,),
        low_pass=("none", "causal"),
    )
    lanes = lanes_by_hidden_size(DIMENSIONS, sweep, fold_count=2)[32]
    others = ["lr0.001", "lr1e-05"], ["patience10"], ["decay0.01"], ["dropout0"], ["", "-causal"]
    expected = [
        f"multi-h32-{weighting}-{'-'.join(settings[:-1])}{settings[-1]}-seed0-fold{fold}"
        for fold in (0, 1)
        for settings in itertools.product(*others)
        for weighting in ("w0.4", "famo")
    ]
    assert [lane.name for lane in lanes] == expected
    assert sweep.lane_count(2) * 2 == len(lanes) == 16
    assert [lane.w for lane in lanes[:2]] == pytest.approx([0.4, np.nan], nan_ok=True)
