"""Tables of places: every active lane has one, and no table is larger than it has to be."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from affdyn_jax.training.packing import EMPTY, is_worthwhile, table_of_places


def test_two_seeds_on_one_device():
    active_l = np.array([True, False, True, True, True, True])
    seed_index_l = np.array([0, 0, 0, 1, 1, 1])
    table_sm = table_of_places(active_l, seed_index_l, device_count=1)
    np.testing.assert_array_equal(table_sm, [[0, 2, EMPTY], [3, 4, 5]])


def test_columns_are_a_multiple_of_the_devices():
    table_sm = table_of_places(np.ones(3, bool), np.zeros(3, int), device_count=2)
    np.testing.assert_array_equal(table_sm, [[0, 1, 2, EMPTY]])


def test_seeds_that_are_over_have_no_row():
    active_l = np.array([False, False, True, False])
    table_sm = table_of_places(active_l, np.array([0, 0, 1, 1]), device_count=1)
    np.testing.assert_array_equal(table_sm, [[2]])


@given(st.data(), st.integers(1, 4), st.integers(1, 12), st.integers(1, 8))
def test_every_active_lane_has_one_place_among_its_seeds(data, seeds, lanes_of_a_seed, devices):
    seed_index_l = np.repeat(np.arange(seeds), lanes_of_a_seed)
    running = st.lists(st.booleans(), min_size=len(seed_index_l), max_size=len(seed_index_l))
    active_l = np.array(data.draw(running.filter(any)))
    table_sm = table_of_places(active_l, seed_index_l, devices)

    np.testing.assert_array_equal(np.sort(table_sm[table_sm != EMPTY]), np.flatnonzero(active_l))
    seeds_of_rows = [set(seed_index_l[row[row != EMPTY]]) for row in table_sm]
    assert all(len(seeds_of_row) == 1 for seeds_of_row in seeds_of_rows)
    assert len(set.union(*seeds_of_rows)) == len(table_sm)  # no seed has two rows
    assert table_sm.shape[1] % devices == 0
    longest = max(np.sum(row != EMPTY) for row in table_sm)
    assert longest <= table_sm.shape[1] < longest + devices


def test_moving_is_worthwhile_when_half_of_the_places_go():
    assert is_worthwhile(np.zeros((2, 3)), np.zeros((2, 6)))
    assert not is_worthwhile(np.zeros((2, 4)), np.zeros((2, 6)))
    assert not is_worthwhile(np.zeros((2, 6)), np.zeros((2, 6)))
