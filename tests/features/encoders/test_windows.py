"""Every frame once, from where it lies deepest; and the convolutions' own arithmetic."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from affdyn_jax.features.encoders.windows import (
    Geometry,
    cut_windows,
    overlapping_windows,
)

GEOMETRY = Geometry()
frame_count, sample_count = GEOMETRY.frame_count, GEOMETRY.sample_count


def by_convolutions(samples):
    """The seven convolutions of the published models, one after the other."""
    for kernel, stride in ((10, 5), (3, 2), (3, 2), (3, 2), (3, 2), (2, 2), (2, 2)):
        samples = (samples - kernel) // stride + 1
    return max(0, samples)


@given(st.integers(0, 10**6))
def test_frames_are_those_of_the_convolutions(samples):
    assert frame_count(samples) == by_convolutions(samples)


@given(st.integers(0, 10**6))
def test_frames_of_25_a_second(samples):
    geometry = Geometry(receptive_field=720, first_centre=360.0, stride=640)
    assert geometry.frame_count(samples) == max(0, (by_convolutions(samples) - 2) // 2 + 1)


@given(st.integers(1, 2000))
def test_fewest_samples_of_some_frames(frames):
    assert frame_count(sample_count(frames)) == frames
    assert frame_count(sample_count(frames) - 1) == frames - 1


def test_times_are_centres():
    # The first frame sees samples 0 to 399, whose centre is 12.5 ms; the next is 20 ms later.
    np.testing.assert_allclose(GEOMETRY.frame_times(np.arange(3)), [0.0125, 0.0325, 0.0525])


@given(st.integers(0, 200_000), st.integers(2, 60), st.data())
@settings(deadline=None)
def test_overlapping_windows_keep_each_frame_once_where_it_is_deepest(samples, window, data):
    overlap = data.draw(st.integers(0, window - 1))
    windows = overlapping_windows(GEOMETRY, samples, window, overlap)
    kept = [w.first_frame + f for w in windows for f in range(w.kept.start, w.kept.stop)]
    assert kept == list(range(frame_count(samples)))
    for w in windows:
        assert w.first_frame * 320 + w.sample_count <= samples
    if len(windows) > 1:
        assert {w.sample_count for w in windows} == {sample_count(window)}
        owner = np.repeat(np.arange(len(windows)), [w.kept.stop - w.kept.start for w in windows])
        firsts = np.array([w.first_frame for w in windows])
        for frame, index in enumerate(owner):
            inside = (firsts <= frame) & (frame < firsts + window)
            depth = np.where(inside, np.minimum(frame - firsts, firsts + window - 1 - frame), -1)
            # The recording's own edges are no seams: any window that reaches them is deep.
            depth = np.where(inside & (firsts == 0) & (frame < window // 2), window, depth)
            is_last = inside & (np.arange(len(firsts)) == len(firsts) - 1)
            depth = np.where(is_last & (frame >= firsts[-1] + window // 2), window, depth)
            neighbours = depth[max(0, index - 1) : index + 2]
            assert depth[index] == neighbours.max()


@given(st.integers(0, 200_000), st.integers(1, 60))
def test_cut_windows_lose_the_frames_across_cuts(samples, window):
    windows = cut_windows(GEOMETRY, samples, window)
    kept = {w.first_frame + f for w in windows for f in range(w.kept.start, w.kept.stop)}
    whole = range(frame_count(samples))
    crossing = {f for f in whole if f // window != (f * 320 + 399) // (window * 320)}
    assert kept == set(whole) - crossing
    assert len({w.sample_count for w in windows[:-1]}) <= 1


def test_an_hour_of_30_s_windows():
    windows = overlapping_windows(GEOMETRY, 3600 * 16000, 1500, 100)
    assert len(windows) == -(-(frame_count(3600 * 16000) - 1500) // 1400) + 1
    assert windows[1].first_frame == 1400
    assert windows[0].kept == slice(0, 1450)
    assert windows[1].kept == slice(50, 1450)
