"""The grid of §3.3 and §4.2, counted by hand."""

import itertools

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
