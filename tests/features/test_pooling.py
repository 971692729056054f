import itertools
from pathlib import Path

import hypothesis
import numpy as np
import pytest
from hypothesis import strategies as st

from affdyn_jax.errors import FeatureError
from affdyn_jax.features.extractor import Frames
from affdyn_jax.features.pooling import GrowingPool, pool_frames

PATH = Path("corpus") / "speech.wav"


@hypothesis.given(
    hops=st.lists(st.integers(1, 249), min_size=1, max_size=60), seed=st.integers(0, 2**32 - 1)
)
@hypothesis.settings(deadline=None, max_examples=100)
def test_equals_means_taken_one_by_one(hops, seed):
    # Frames at whole milliseconds, never 250 ms apart, the first within the first window.
    milliseconds = np.cumsum(hops)
    values_sf = np.random.default_rng(seed).normal(size=(len(hops), 3))
    features_tf = pool_frames(milliseconds / 1000, values_sf, 4.0, PATH)
    assert features_tf.dtype == np.float32
    assert len(features_tf) == milliseconds[-1] // 250 + 1
    for frame, features_f in enumerate(features_tf):
        expected_f = values_sf[milliseconds // 250 == frame].mean(axis=0)
        np.testing.assert_allclose(features_f, expected_f, rtol=1e-5, atol=1e-6)


def test_frames_at_10_hertz_fall_three_and_two_into_a_window():
    features_tf = pool_frames(np.arange(10) / 10, np.arange(10.0)[:, None], 4.0, PATH)
    np.testing.assert_allclose(features_tf[:, 0], [1, 3.5, 6, 8.5])


@pytest.mark.parametrize(
    ("times_s", "window"),
    [
        ([0.3, 0.6], "between 0 s and 0.25 s"),
        ([0.1, 0.3, 0.9], "between 0.5 s and 0.75 s"),
        ([0.0, 1.0, 2.0], "between 0.25 s and 0.5 s"),
    ],
)
def test_a_window_without_frame(times_s, window):
    with pytest.raises(FeatureError) as caught:
        pool_frames(np.array(times_s), np.ones((len(times_s), 2)), 4.0, PATH)
    assert str(caught.value).startswith(f"{PATH}: no frame of features falls {window}")
    assert "\n" not in str(caught.value)


def test_no_frame_at_all():
    with pytest.raises(FeatureError, match="there is no frame of features"):
        pool_frames(np.array([-1.0]), np.ones((1, 2)), 4.0, PATH)


@pytest.mark.parametrize("value", [np.nan, -np.inf, 1e300])
def test_features_that_are_not_finite_in_single_precision(value):
    values_sf = np.ones((10, 2))
    values_sf[6, 1] = value
    times_s = np.arange(10) / 10
    for pooled in (
        lambda: pool_frames(times_s, values_sf, 4.0, PATH),
        lambda: GrowingPool(2, 4.0, PATH).add(Frames(times_s, values_sf, np.inf)),
    ):
        with pytest.raises(FeatureError) as caught:
            pooled()
        assert str(caught.value).startswith(f"{PATH}: feature 1 is ")
        assert " at 0.5 s; " in str(caught.value)


@hypothesis.given(
    hops=st.lists(st.floats(0.001, 0.2), min_size=1, max_size=60),
    cuts=st.lists(st.integers(0, 60), max_size=5),
)
def test_a_growing_pool_has_each_window_as_soon_as_it_is_complete(hops, cuts):
    times_s = np.cumsum(hops) - hops[0]
    values_sf = np.random.default_rng(0).normal(size=(len(hops), 2))
    edges = [0, *sorted(min(cut, len(hops)) for cut in cuts), len(hops)]
    pool, rows = GrowingPool(2, 4.0, "x"), []
    for start, stop in itertools.pairwise(edges):
        next_time = times_s[stop] if stop < len(times_s) else np.inf
        rows.extend(pool.add(Frames(times_s[start:stop], values_sf[start:stop], next_time)))
        if np.isfinite(next_time):
            assert len(rows) == int((next_time + 1e-6) * 4)
    expected_tf = pool_frames(times_s, values_sf, 4.0, PATH)
    np.testing.assert_allclose(rows, expected_tf, rtol=0, atol=1e-6)


def test_a_growing_pool_names_the_time_of_a_gap():
    pool = GrowingPool(1, 4.0, "the sound")
    assert len(pool.add(Frames(np.array([0.1, 0.3]), np.ones((2, 1)), 0.6))) == 2
    with pytest.raises(FeatureError, match=r"the sound: no frame .* between 0.75 s and 1 s"):
        pool.add(Frames(np.array([0.6, 1.1]), np.ones((2, 1)), 1.2))


def test_a_growing_pool_names_the_time_of_what_is_not_finite():
    pool = GrowingPool(1, 4.0, "the sound")
    pool.add(Frames(np.array([0.1]), np.ones((1, 1)), 0.3))
    with pytest.raises(FeatureError, match=r"the sound: feature 0 is 1e\+300 at 0.25 s"):
        pool.add(Frames(np.array([0.3]), np.full((1, 1), 1e300), np.inf))


@hypothesis.given(st.integers(1, 300), st.floats(0.2, 20.0), st.data())
@hypothesis.settings(deadline=None, max_examples=50)
def test_wherever_frames_are_cut_rows_are_the_same_to_the_last_digit(count, rate, data):
    # Of the extractor's next frame only so much is known that it comes later.
    times_s = 0.0125 + 0.02 * np.arange(count)
    values_sf = np.random.default_rng(count).normal(size=(count, 2)).astype(np.float32)
    cuts = sorted(data.draw(st.sets(st.integers(1, count), max_size=6)) | {0, count})
    pool, rows = GrowingPool(2, rate, PATH), []
    for start, stop in itertools.pairwise(cuts):
        piece = times_s[start:stop], values_sf[start:stop]
        rows.append(pool.add(Frames(*piece, piece[0][-1])))
    rows.append(pool.add(Frames(np.empty(0), np.empty((0, 2), np.float32), np.inf)))
    whole_tf = pool_frames(times_s, values_sf, rate, PATH)
    np.testing.assert_array_equal(np.concatenate(rows), whole_tf)


@pytest.mark.parametrize("next_time", [0.9, np.inf])
def test_a_window_without_frame_is_found_row_by_row(next_time):
    pool = GrowingPool(2, 4.0, PATH)
    pool.add(Frames(np.array([0.1, 0.3]), np.ones((2, 2)), 0.3))
    with pytest.raises(FeatureError, match=r"between 0.5 s and 0.75 s"):
        pool.add(Frames(np.array([0.9]), np.ones((1, 2)), next_time))
