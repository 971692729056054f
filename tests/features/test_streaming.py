import dataclasses
import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from affdyn_jax.errors import FeatureError
from affdyn_jax.features.mfb import MelFilterBanks
from affdyn_jax.features.mfcc import CepstralFunctionals
from affdyn_jax.features.streaming import PiecewiseFrames

EXTRACTORS = [
    MelFilterBanks(),
    MelFilterBanks(bands=20, window=0.032, hop=0.016),
    CepstralFunctionals(),
    CepstralFunctionals(window=0.5, hop=0.064, mel_filter_banks=MelFilterBanks(hop=0.016)),
]


def noise(seconds):
    samples = np.random.default_rng(0).standard_normal(round(seconds * 16000)) * 0.1
    return samples.astype(np.float32)


def in_pieces(frames, samples, cuts):
    edges = [0, *sorted(cuts), len(samples)]
    pieces = [frames.add(samples[a:b]) for a, b in itertools.pairwise(edges)]
    pieces.append(frames.finish())
    for piece, later in itertools.pairwise(pieces):
        assert all(later.times_s >= piece.next_time)
    assert pieces[-1].next_time == np.inf
    times, values, _ = zip(*pieces, strict=True)
    return np.concatenate(times), np.concatenate(values)


@pytest.mark.parametrize("extractor", EXTRACTORS)
@given(seconds=st.floats(0.2, 7), fractions=st.lists(st.floats(0, 1), max_size=12))
@settings(max_examples=15, deadline=None)
def test_wherever_audio_is_cut_its_frames_are_the_same(extractor, seconds, fractions):
    samples = noise(seconds)
    expected_s, expected_sf = extractor(samples)
    cuts = [round(fraction * len(samples)) for fraction in fractions]
    times_s, values_sf = in_pieces(PiecewiseFrames(extractor, "a.wav"), samples, cuts)
    np.testing.assert_array_equal(times_s, expected_s)
    np.testing.assert_allclose(values_sf, expected_sf, rtol=0, atol=2e-5)


@pytest.mark.parametrize("extractor", EXTRACTORS)
def test_sample_by_sample(extractor):
    samples = noise(0.3)
    times_s, values_sf = in_pieces(
        PiecewiseFrames(extractor, "a.wav"), samples, range(1, len(samples))
    )
    expected_s, expected_sf = extractor(samples)
    np.testing.assert_array_equal(times_s, expected_s)
    np.testing.assert_allclose(values_sf, expected_sf, rtol=0, atol=2e-5)


@pytest.mark.parametrize("extractor", EXTRACTORS)
def test_a_frame_comes_as_soon_as_its_reach_is_heard_and_depends_on_no_more(extractor):
    """What comes later is replaced by something else, and what comes earlier as well."""
    timing = extractor.timing
    number = (timing.reach + 20000) // timing.hop
    centre = timing.first + number * timing.hop
    samples = noise(6.0)
    frames = PiecewiseFrames(extractor, "a.wav")
    before = frames.add(samples[: centre + timing.reach - 1])
    assert len(before.times_s) == number
    assert before.next_time == centre / 16000
    (time,), (values_f,), _ = frames.add(samples[centre + timing.reach - 1 : centre + timing.reach])
    assert time == centre / 16000
    others = -samples
    others[centre - timing.reach : centre + timing.reach] *= -1
    np.testing.assert_allclose(extractor(others)[1][number], values_f, rtol=0, atol=2e-5)


@pytest.mark.parametrize("extractor", EXTRACTORS)
def test_what_is_held_does_not_grow(extractor):
    frames, longest = PiecewiseFrames(extractor, "a.wav"), 0
    for _ in range(100):
        frames.add(noise(0.25))
        longest = max(longest, len(frames._held))
    assert longest <= 2 * extractor.timing.reach + extractor.timing.period + 2 * 4000


@pytest.mark.parametrize("extractor", EXTRACTORS)
def test_too_short_for_a_frame(extractor):
    frames = PiecewiseFrames(extractor, "a.wav")
    times_s, values_sf, next_time = frames.add(noise(0.01))
    assert next_time == extractor.timing.first / 16000
    assert times_s.shape == (0,)
    assert values_sf.shape == (0, extractor.feature_count)
    with pytest.raises(FeatureError, match=r"a.wav: 0.01 s of audio are too short"):
        frames.finish()


@pytest.mark.parametrize("extractor", EXTRACTORS)
def test_as_many_features_as_promised(extractor):
    assert extractor(noise(1.0))[1].shape[1] == extractor.feature_count
    assert extractor.identity is extractor
    fields = {field.name for field in dataclasses.fields(extractor)}
    assert not {"timing", "identity", "is_streamable", "checkpoint"} & fields
