"""One recording block by block, and many of them in threads."""

import dataclasses

import numpy as np
import pytest
import soundfile

from affdyn_jax.errors import FeatureError
from affdyn_jax.features.audio import cut, read_audio
from affdyn_jax.features.mfb import MelFilterBanks
from affdyn_jax.features.mfcc import CepstralFunctionals
from affdyn_jax.features.pooling import pool_frames

EXTRACTORS = [MelFilterBanks(), CepstralFunctionals()]


@pytest.fixture
def audio_paths(tmp_path):
    paths = {name: tmp_path / f"{name}.wav" for name in "ba"}
    for seconds, path in enumerate(paths.values(), start=5):
        samples = np.random.default_rng(seconds).standard_normal(16000 * seconds) * 0.1
        soundfile.write(path, samples, 16000)
    return paths


@pytest.mark.parametrize("extractor", EXTRACTORS)
def test_frames_of_blocks_are_those_of_the_whole(extractor, audio_paths):
    samples = read_audio(audio_paths["a"])
    assert len(list(cut(samples))) == 2
    pieces = list(extractor.frames(lambda: cut(samples), "a"))
    expected_s, expected_sf = extractor(samples)
    times_s, values_sf = (np.concatenate(part) for part in list(zip(*pieces, strict=True))[:2])
    np.testing.assert_array_equal(times_s, expected_s)
    np.testing.assert_allclose(values_sf, expected_sf, rtol=0, atol=2e-5)
    assert pieces[-1].next_time == np.inf


@pytest.mark.parametrize("extractor", EXTRACTORS)
def test_many_recordings_come_in_their_order(extractor, audio_paths):
    extracted = list(extractor.extract(audio_paths, 4.0, workers=2))
    assert [name for name, _ in extracted] == ["b", "a"]
    for name, features_tf in extracted:
        expected_tf = pool_frames(*extractor(read_audio(audio_paths[name])), 4.0, name)
        np.testing.assert_array_equal(features_tf, expected_tf)


def test_what_is_too_short_is_named(audio_paths, tmp_path):
    short = tmp_path / "short.wav"
    soundfile.write(short, np.zeros(100), 16000)
    with pytest.raises(FeatureError, match=r"short\.wav: .* too short"):
        list(MelFilterBanks().extract({"b": audio_paths["b"], "short": short}, 4.0, workers=1))


@pytest.mark.parametrize("extractor", EXTRACTORS)
def test_the_settings_are_the_identity(extractor):
    assert extractor.identity == dataclasses.replace(extractor)
    assert extractor.is_streamable
    assert extractor.checkpoint == ""
