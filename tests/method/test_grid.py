import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from affdyn_jax.method.grid import average_on_grid, frame_at

# Times in whole milliseconds, so that the windows can be told in exact arithmetic.
MILLISECONDS = st.lists(st.integers(0, 5000), min_size=1, max_size=60)


@pytest.mark.parametrize(
    ("sampling_rate", "means", "counts"),
    [
        # 0.0 0.1 0.2 | 0.3 0.4 | 0.5 0.6 0.7 | 0.8 0.9
        (10, [1, 3.5, 6, 8.5], [3, 2, 3, 2]),
        # 0–6 | 7–12 | 13–18 | 19–24: 6.25 samples a window
        (25, [3, 9.5, 15.5, 21.5], [7, 6, 6, 6]),
        # 0–12 | 13–24 | 25–37 | 38–49: 12.5 samples a window
        (50, [6, 18.5, 31, 43.5], [13, 12, 13, 12]),
        (4, [0, 1, 2, 3], [1, 1, 1, 1]),
    ],
)
def test_one_second_by_hand(sampling_rate, means, counts):
    samples = np.arange(sampling_rate)
    averaged_tc, counts_t = average_on_grid(samples / sampling_rate, samples[:, None], 4)
    np.testing.assert_allclose(averaged_tc[:, 0], means, rtol=1e-14)
    np.testing.assert_array_equal(counts_t, counts)


@given(value=st.floats(-1e3, 1e3), sampling_rate=st.floats(4, 200), seconds=st.floats(0.1, 20))
@settings(deadline=None, max_examples=50)
def test_the_mean_of_a_constant_is_the_constant_at_any_rate(value, sampling_rate, seconds):
    times_s = np.arange(0, seconds, 1 / sampling_rate)
    averaged_tc, counts_t = average_on_grid(times_s, np.full((len(times_s), 1), value), 4)
    np.testing.assert_allclose(averaged_tc, value, rtol=1e-12)
    assert counts_t.sum() == len(times_s)
    assert np.all(counts_t > 0)


@given(milliseconds=MILLISECONDS, frame_rate=st.sampled_from([1, 4, 8, 10]), data=st.data())
@settings(deadline=None, max_examples=100)
def test_equals_means_taken_window_by_window(milliseconds, frame_rate, data):
    values = data.draw(
        st.lists(st.integers(-100, 100), min_size=len(milliseconds), max_size=len(milliseconds))
    )
    averaged_tc, counts_t = average_on_grid(
        np.array(milliseconds) / 1000, np.array(values)[:, None], frame_rate
    )
    assert len(averaged_tc) == max(milliseconds) * frame_rate // 1000 + 1
    for frame, (mean, count) in enumerate(zip(averaged_tc[:, 0], counts_t, strict=True)):
        inside = [
            value
            for value, millisecond in zip(values, milliseconds, strict=True)
            if frame * 1000 <= millisecond * frame_rate < (frame + 1) * 1000
        ]
        assert count == len(inside)
        assert mean == pytest.approx(sum(inside) / len(inside) if inside else 0)


@pytest.mark.parametrize("sampling_rate", [3, 6, 7, 12, 30, 60])
def test_times_rounded_to_six_decimals_stay_in_their_windows(sampling_rate):
    samples = np.arange(100 * sampling_rate)
    exact = samples * 3 // sampling_rate  # windows of a third of a second
    np.testing.assert_array_equal(frame_at(np.round(samples / sampling_rate, 6), 3), exact)


def test_columns_are_averaged_each_for_itself():
    averaged_tc, _ = average_on_grid(
        np.array([0, 0.1, 0.3]), np.array([[1.0, 10], [3, 30], [5, 50]]), 4
    )
    np.testing.assert_allclose(averaged_tc, [[2, 20], [5, 50]])


def test_a_given_frame_count_cuts_or_extends():
    times_s, values_sc = np.array([-0.1, 0, 0.25, 0.5]), np.array([[9.0], [1], [2], [3]])
    shorter_tc, shorter_counts_t = average_on_grid(times_s, values_sc, 4, frame_count=2)
    longer_tc, longer_counts_t = average_on_grid(times_s, values_sc, 4, frame_count=4)
    np.testing.assert_array_equal(shorter_tc, [[1], [2]])
    np.testing.assert_array_equal(shorter_counts_t, [1, 1])
    np.testing.assert_array_equal(longer_tc, [[1], [2], [3], [0]])
    np.testing.assert_array_equal(longer_counts_t, [1, 1, 1, 0])


def test_no_samples_make_no_frames():
    averaged_tc, counts_t = average_on_grid(np.empty(0), np.empty((0, 2)), 4)
    assert averaged_tc.shape == (0, 2)
    assert counts_t.shape == (0,)


def test_single_precision_is_summed_in_double():
    values_sc = np.full((100_000, 1), 0.1, np.float32)
    averaged_tc, _ = average_on_grid(np.linspace(0, 0.2, 100_000), values_sc, 4)
    assert averaged_tc.dtype == np.float64
    np.testing.assert_allclose(averaged_tc, np.float64(np.float32(0.1)), rtol=1e-11)
