import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from affdyn_jax.corpora.gold_standards import gold_standard_on_grid, read_gold_standard
from affdyn_jax.method.dynamics import dynamics

STATES = st.tuples(st.integers(1, 30), st.integers(1, 3)).flatmap(
    lambda shape: arrays(np.float64, shape, elements=st.floats(-1, 1))
)


def test_equation_1_by_hand():
    states_td = np.array([[0.0, 1], [0.5, 1], [0.25, 0]])
    dynamics_td, defined_t = dynamics(states_td, np.ones(3, bool), frame_rate=4)
    np.testing.assert_array_equal(dynamics_td, [[0, 0], [2, 0], [-1, -4]])
    np.testing.assert_array_equal(defined_t, [False, True, True])


@pytest.mark.parametrize("frame_rate", [1, 4, 25])
def test_a_slope_is_reported_per_second_at_any_rate(frame_rate):
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


def test_dynamics_of_real_annotations(avec2019_ces_de):
    autocorrelations, pooled, onsets = [], [], []
    for table in sorted((avec2019_ces_de / "labels_devel").glob("*.csv")):
        ratings = pd.read_csv(table, sep=";")
        values_sd = ratings[["arousal", "valence"]].to_numpy()
        gold_standard = read_gold_standard(table, table.stem, ("arousal", "valence"))
        states_td, valid_td = gold_standard_on_grid(gold_standard, table.stem, 4.0, 0.0)
        dynamics_td, defined_t = dynamics(states_td, valid_td[:, 0], 4.0)
        assert defined_t[1:].all() and not defined_t[0]
        np.testing.assert_allclose(
            states_td[0] + dynamics_td.cumsum(axis=0) / 4, states_td, atol=1e-12
        )
        # Means of neighbouring windows lie 2.5 samples apart, so none can change faster.
        steepest_d = np.abs(np.diff(values_sd, axis=0)).max(axis=0) * 10
        assert (np.abs(dynamics_td).max(axis=0) <= steepest_d).all()
        # Raters wait before they first move: until then nothing changes.
        moved_d = ratings["timestamp"].to_numpy()[(values_sd != 0).argmax(axis=0)]
        for d, moved in enumerate(moved_d):
            first = max(1, int((moved + 1e-6) * 4))  # frame 0 has none
            assert (dynamics_td[:first, d] == 0).all() and dynamics_td[first, d] != 0
        onsets.append(moved_d)
        pooled.append(dynamics_td[1:])
        following = [np.corrcoef(d_t[2:], d_t[1:-1])[0, 1] for d_t in dynamics_td.T]
        autocorrelations.append(following)
    pooled = np.concatenate(pooled)
    assert len(pooled) == 9092 - 14
    assert np.max(onsets, axis=0) == pytest.approx([6.2, 14.0], abs=0.25)
    assert pooled.std(axis=0) == pytest.approx([0.082, 0.085], abs=0.001)
    assert pooled.min(axis=0) == pytest.approx([-0.74, -0.91], abs=0.01)
    assert pooled.max(axis=0) == pytest.approx([1.19, 1.16], abs=0.01)
    assert np.abs(pooled.mean(axis=0)).max() < 0.001
    # States a quarter of a second apart are nearly the same, their dynamics are not.
    assert np.mean(autocorrelations, axis=0) == pytest.approx([0.54, 0.62], abs=0.01)
