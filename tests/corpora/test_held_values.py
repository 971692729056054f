import numpy as np

from affdyn_jax.corpora.held_values import sample_held, sample_times


def test_a_hundred_samples_a_second_until_just_before_the_end():
    np.testing.assert_array_equal(sample_times(0.03), [0, 0.01, 0.02])
    np.testing.assert_array_equal(sample_times(0.025), [0, 0.01, 0.02])
    assert len(sample_times(0.29)) == 29
    assert len(sample_times(0.0)) == 0


def test_a_value_holds_from_its_start_until_its_stop():
    start_i, stop_i, value_i = np.array([0.01, 0.03]), np.array([0.02, 0.05]), np.array([5.0, 7.0])
    held_s = sample_held(start_i, stop_i, value_i, np.arange(6) / 100)
    np.testing.assert_array_equal(held_s, [np.nan, 5, np.nan, 7, 7, np.nan])
