"""Smoothed states by hand, against fits of parabolas, and what holds of any trace."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from affdyn_jax.corpora.gold_standards import gold_standard_on_grid, read_gold_standard
from affdyn_jax.dataset.examples import pad
from affdyn_jax.dataset.settings import DynamicsSettings
from affdyn_jax.dataset.smoothing import smoothed, unsmoothed
from affdyn_jax.errors import ConfigError
from affdyn_jax.method.dynamics import dynamics
from tests.fuzzing import assert_told_in_one_line

RATE = 4.0
RULES = ("moving_average", "savitzky_golay")
VALUES = st.floats(-1, 1)


def smooth(states_t, smoothing, window, valid_t=None):
    """Of one dimension."""
    states_td = np.array(states_t, float)[:, None]
    valid_t = np.ones(len(states_td), bool) if valid_t is None else np.array(valid_t)
    return smoothed(states_td, valid_t, DynamicsSettings(smoothing, window), RATE, "x")[:, 0]


@pytest.mark.parametrize(
    ("window", "frames"), [(0.5, 3), (0.75, 3), (0.76, 5), (1.0, 5), (1.25, 5), (2.0, 9), (4.0, 17)]
)
def test_a_window_is_rounded_up_to_an_odd_number_of_frames(window, frames):
    assert DynamicsSettings("moving_average", window).window_frames(RATE) == frames


def test_rounding_errors_make_no_window_longer():
    assert 0.28 * 25 > 7
    assert DynamicsSettings("moving_average", 0.28).window_frames(25.0) == 7


def test_a_moving_average_by_hand():
    """Beyond its edges a run is taken to stay at 0 and at 6."""
    found_t = smooth([0, 3, 0, 0, 6], "moving_average", 0.75)
    np.testing.assert_allclose(found_t, [1, 1, 1, 2, 4], atol=1e-12)
    found_t = smooth([0, 3, 0, 0, 6], "moving_average", 1.25)
    np.testing.assert_allclose(found_t, np.array([3, 3, 9, 15, 18]) / 5, atol=1e-12)


def test_savitzky_golay_is_the_parabola_of_each_window():
    states_t = np.random.default_rng(0).normal(size=12)
    found_t = smooth(states_t, "savitzky_golay", 1.25)
    for t in range(12):
        first = min(max(t - 2, 0), 12 - 5)  # at the edges that of the outermost whole window
        frames = np.arange(first, first + 5)
        expected = np.polyval(np.polyfit(frames, states_t[frames], 2), t)
        assert found_t[t] == pytest.approx(expected, abs=1e-9)


@pytest.mark.parametrize("smoothing", RULES)
def test_each_dimension_is_smoothed_for_itself(smoothing):
    states_td = np.random.default_rng(1).normal(size=(20, 3))
    found_td = smoothed(states_td, np.ones(20, bool), DynamicsSettings(smoothing, 2.0), RATE, "x")
    for d in range(3):
        alone_t = smooth(states_td[:, d], smoothing, 2.0)
        np.testing.assert_allclose(found_td[:, d], alone_t, atol=1e-12)


@st.composite
def labelled_runs(draw):
    """A trace, which of its frames are labelled, and a window that no run is shorter than."""
    frames = draw(st.sampled_from([5, 7]))
    runs = draw(st.lists(st.integers(frames, 12), min_size=1, max_size=3))
    gaps = draw(st.lists(st.integers(1, 3), min_size=len(runs) + 1, max_size=len(runs) + 1))
    stretches = [np.zeros(gaps[0], bool)]
    for run, gap in zip(runs, gaps[1:], strict=True):
        stretches += [np.ones(run, bool), np.zeros(gap, bool)]
    valid_t = np.concatenate(stretches)
    return draw(arrays(np.float64, len(valid_t), elements=VALUES)), valid_t, frames / RATE


@pytest.mark.parametrize("smoothing", RULES)
@given(trace=labelled_runs(), others=st.data())
@settings(deadline=None, max_examples=50)
def test_what_stands_where_no_label_is_never_matters(smoothing, trace, others):
    states_t, valid_t, window = trace
    found_t = smooth(states_t, smoothing, window, valid_t)
    assert (found_t[~valid_t] == 0).all()
    anything = st.floats(allow_nan=True, allow_infinity=True)
    other_t = others.draw(arrays(np.float64, len(states_t), elements=anything))
    spoilt_t = np.where(valid_t, states_t, other_t)
    np.testing.assert_array_equal(smooth(spoilt_t, smoothing, window, valid_t), found_t)


@pytest.mark.parametrize("smoothing", RULES)
@given(trace=labelled_runs(), value=VALUES)
@settings(deadline=None, max_examples=50)
def test_no_run_sees_another(smoothing, trace, value):
    states_t, valid_t, window = trace
    found_t = smooth(states_t, smoothing, window, valid_t)
    second = np.cumsum(np.diff(valid_t, prepend=False)) > 2  # all after the first run and its gap
    changed_t = np.where(second, value, states_t)
    np.testing.assert_array_equal(
        smooth(changed_t, smoothing, window, valid_t)[~second], found_t[~second]
    )


@pytest.mark.parametrize("smoothing", RULES)
@given(value=VALUES, length=st.integers(9, 30), window=st.floats(1.0, 2.25))
@settings(deadline=None, max_examples=50)
def test_a_constant_stays_constant(smoothing, value, length, window):
    found_t = smooth(np.full(length, value), smoothing, window)
    np.testing.assert_allclose(found_t, value, atol=1e-12)


@pytest.mark.parametrize("smoothing", RULES)
@given(slope=VALUES, start=VALUES, length=st.integers(9, 30), window=st.floats(1.0, 2.25))
@settings(deadline=None, max_examples=50)
def test_a_straight_line_keeps_its_slope(smoothing, slope, start, length, window):
    line_t = start + slope * np.arange(length) / RATE
    found_t = smooth(line_t, smoothing, window)
    half = DynamicsSettings(smoothing, window).window_frames(RATE) // 2
    # A moving average bends where its window reaches beyond the line.
    inside = slice(half, length - half) if smoothing == "moving_average" else slice(None)
    np.testing.assert_allclose(found_t[inside], line_t[inside], atol=1e-12)
    dynamics_td, _ = dynamics(found_t[inside, None], np.ones(len(found_t[inside]), bool), RATE)
    np.testing.assert_allclose(dynamics_td[1:], slope, atol=1e-10)


@pytest.mark.parametrize("smoothing", RULES)
@pytest.mark.parametrize("valid_t", [[True] * 6, [True] * 9 + [False] + [True] * 6])
def test_a_window_longer_than_a_run_is_refused(smoothing, valid_t):
    with pytest.raises(ConfigError) as caught:
        smooth(np.zeros(len(valid_t)), smoothing, 1.75, valid_t)
    assert_told_in_one_line(caught.value)
    assert "dynamics.window=1.75 is 7 frames, but x last for 6 (1.5 s)" in str(caught.value)
    smooth(np.zeros(7), smoothing, 1.75)


@pytest.mark.parametrize(
    ("smoothing", "window", "expected"),
    [
        ("moving_average", 1.0, (0.714, 0.751)),
        ("moving_average", 2.0, (0.529, 0.564)),
        ("moving_average", 4.0, (0.307, 0.304)),
        ("savitzky_golay", 1.0, (0.913, 0.937)),
        ("savitzky_golay", 2.0, (0.764, 0.800)),
        ("savitzky_golay", 4.0, (0.573, 0.608)),
    ],
)
def test_how_far_smoothing_changes_real_dynamics(avec2019_ces_de, smoothing, window, expected):
    """The table of docs/fidelity.md, section 13."""
    rated, found = [], []
    for table in sorted((avec2019_ces_de / "labels_devel").glob("*.csv")):
        gold_standard = read_gold_standard(table, table.stem, ("arousal", "valence"))
        states_td, valid_td = gold_standard_on_grid(gold_standard, table.stem, RATE, 0.0)
        rule = DynamicsSettings(smoothing, window)
        smoothed_td = smoothed(states_td, valid_td[:, 0], rule, RATE, table.stem)
        rated.append(np.diff(states_td, axis=0))
        found.append(np.diff(smoothed_td, axis=0))
    for rated_t, found_t, ccc in zip(
        np.concatenate(rated).T, np.concatenate(found).T, expected, strict=True
    ):
        covariance = np.cov(rated_t, found_t, bias=True)
        spread = np.trace(covariance) + (rated_t.mean() - found_t.mean()) ** 2
        assert 2 * covariance[0, 1] / spread == pytest.approx(ccc, abs=6e-4)


def test_dynamics_as_if_nothing_were_smoothed():
    """By hand: states, their own dynamics, 0 where none count; all else as it was."""
    states_td = np.array([[0.0, 0.5], [0.25, 0.5], [0.125, 0.0], [0.0, 0.0]])
    valid_tk = np.ones((4, 4), bool)
    valid_tk[0, 2:] = valid_tk[3] = False
    gold_tk = np.concatenate([states_td, np.full((4, 2), 9.0)], axis=1)
    shorter = slice(0, 2)
    examples = pad(
        [np.ones((4, 3)), np.ones((2, 3))],
        [gold_tk, gold_tk[shorter]],
        [valid_tk, valid_tk[shorter]],
    )
    found = unsmoothed(examples, RATE)
    dynamics_td = [[0, 0], [1, 0], [-0.5, -2], [0, 0]]
    expected_tk = np.concatenate([states_td, dynamics_td], axis=1)
    np.testing.assert_array_equal(found.gold_ntk[0], expected_tk)
    np.testing.assert_array_equal(found.gold_ntk[1, :2], expected_tk[:2])
    assert (found.gold_ntk[1, 2:] == 0).all()
    assert found.gold_ntk.dtype == examples.gold_ntk.dtype
    assert found._replace(gold_ntk=None) == examples._replace(gold_ntk=None)
