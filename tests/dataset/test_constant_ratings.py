"""Constant traces as rounding leaves them, and what is said of them."""

import logging

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from affdyn_jax.dataset import constant_ratings
from affdyn_jax.dataset.constant_ratings import is_constant, recordings_by_task
from affdyn_jax.method.dynamics import dynamics
from affdyn_jax.method.grid import average_on_grid
from affdyn_jax.method.tasks import tasks_of


@given(st.floats(-1, 1), st.integers(2, 60), st.sampled_from([10.0, 25.0, 12.3]))
def test_a_rating_that_stands_still_is_constant_and_so_are_its_dynamics(value, seconds, rate):
    times_s = np.arange(round(seconds * rate)) / rate
    states_td, counts_t = average_on_grid(times_s, np.full((len(times_s), 1), value), 4.0)
    dynamics_td, valid_t = dynamics(states_td, counts_t > 0, 4.0)
    assert is_constant(states_td, (counts_t > 0)[:, None]).all()
    assert is_constant(np.float32(dynamics_td), valid_t[:, None]).all()


@given(st.integers(-(10**6), 10**6 - 1))
def test_one_step_of_the_sixth_decimal_is_a_change(millionths):
    for dtype in (np.float32, np.float64):
        trace = np.array([millionths, millionths, millionths + 1]) / 1e6
        assert not is_constant(trace.astype(dtype), np.ones(3, bool))


@pytest.mark.parametrize("hidden", [np.nan, np.inf, 7.0])
def test_only_valid_frames_count(hidden):
    trace = np.array([0.5, hidden, 0.5, 0.5])
    assert is_constant(trace, np.array([True, False, True, True]))


@pytest.mark.parametrize("valid_count", [0, 1])
def test_where_nothing_can_change(valid_count):
    assert is_constant(np.array([0.1, 0.9]), np.arange(2) < valid_count)


def test_axes_are_those_of_the_agreement():
    gold_ntk = np.zeros((2, 3, 2))
    gold_ntk[1, :, 0] = 1.0  # each recording stands still, but not at one value
    gold_ntk[1, 2, 1] = 0.5
    valid_ntk = np.ones_like(gold_ntk, bool)
    np.testing.assert_array_equal(is_constant(gold_ntk, valid_ntk, 1), [[1, 1], [1, 0]])
    np.testing.assert_array_equal(is_constant(gold_ntk, valid_ntk, (0, 1)), [False, False])


def test_recordings_are_named_by_task_in_one_line_each(caplog):
    constant_nk = np.array([[True, False], [False, False], [True, False]])
    by_task = recordings_by_task(constant_nk, ("a", "b", "c"), tasks_of(("valence",)))
    assert by_task == {"valence": ["a", "c"]}
    with caplog.at_level(logging.WARNING):
        constant_ratings.warn({"dev": by_task, "test": by_task | {"valence_dynamics": ["b"]}})
    said = [record.getMessage() for record in caplog.records]
    assert [line.partition(":")[0] for line in said] == [
        "dev, valence",
        "test, valence",
        "test, valence_dynamics",
    ]
    assert "in 2 recording(s)" in said[0]
    assert said[0].endswith(": a, c")
