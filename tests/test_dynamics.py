import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from affdyn_jax.dynamics import dynamics

STATES = st.tuples(st.integers(1, 30), st.integers(1, 3)).flatmap(
    lambda shape: arrays(np.float64, shape, elements=st.floats(-1, 1))
)


def test_equation_1_by_hand():
    states_td = np.array([[0.0, 1], [0.5, 1], [0.25, 0]])
    dynamics_td, defined_t = dynamics(states_td, np.ones(3, bool), frame_rate=4)
    np.testing.assert_array_equal(dynamics_td, [[0, 0], [2, 0], [-1, -4]])
    np.testing.assert_array_equal(defined_t, [False, True, True])


@pytest.mark.parametrize("frame_rate", [1, 4, 25])
def test_a_slope_is_told_per_second_at_any_rate(frame_rate):
    states_td = 0.3 * np.arange(10)[:, None] / frame_rate
    dynamics_td, _ = dynamics(states_td, np.ones(10, bool), frame_rate)
    np.testing.assert_allclose(dynamics_td[1:], 0.3, rtol=1e-12)


@given(states_td=STATES)
@settings(deadline=None, max_examples=50)
def test_summed_up_they_give_the_states_back(states_td):
    dynamics_td, _ = dynamics(states_td, np.ones(len(states_td), bool), frame_rate=4)
    np.testing.assert_allclose(states_td[0] + dynamics_td.cumsum(0) / 4, states_td, atol=1e-12)


@given(valid_t=st.lists(st.booleans(), max_size=20))
@settings(deadline=None, max_examples=50)
def test_defined_where_both_frames_carry_a_label(valid_t):
    states_td = np.arange(len(valid_t), dtype=float)[:, None]
    dynamics_td, defined_t = dynamics(states_td, np.array(valid_t, bool), frame_rate=4)
    for frame, defined in enumerate(defined_t):
        assert defined == (frame > 0 and valid_t[frame] and valid_t[frame - 1])
        assert dynamics_td[frame, 0] == (4 if defined else 0)


def test_a_state_without_label_leaves_no_trace():
    states_td = np.array([[0.0], [0.5], [np.nan], [9], [0.5], [0.75]])
    valid_t = np.array([True, True, False, False, True, True])
    dynamics_td, defined_t = dynamics(states_td, valid_t, frame_rate=4)
    np.testing.assert_array_equal(dynamics_td[:, 0], [0, 2, 0, 0, 0, 1])
    np.testing.assert_array_equal(defined_t, [False, True, False, False, False, True])
