"""Against transformers' `WhisperFeatureExtractor`, as it computes without PyTorch."""

import functools

import numpy as np
import pytest

from affdyn_jax.features.audio import read_audio
from affdyn_jax.features.encoders.log_mel import log_mel


@functools.cache
def theirs(bands, seconds):
    transformers = pytest.importorskip("transformers")
    return transformers.WhisperFeatureExtractor(feature_size=bands, chunk_length=seconds)


def assert_theirs(samples, bands):
    expected_bm = theirs(bands, 1)._np_extract_fbank_features(samples[None], "cpu")[0]
    energies_mb = log_mel(samples, bands)
    assert energies_mb.dtype == np.float32
    np.testing.assert_allclose(energies_mb, expected_bm.T, atol=2e-6)


def tone(hertz, loudness):
    return loudness * np.sin(2 * np.pi * hertz * np.arange(16000) / 16000)


@pytest.mark.parametrize("bands", [80, 128])
@pytest.mark.parametrize(
    "samples",
    [
        np.random.default_rng(0).normal(size=16000),
        np.random.default_rng(1).normal(size=16000) * (np.arange(16000) < 5000),
        # Seven orders of magnitude apart: what is weaker by eight or more is silent.
        tone(300, 1.0) + tone(5000, 3e-4),
        tone(300, 1.0) + tone(5000, 1e-5),
        np.zeros(16000),
    ],
    ids=["noise", "filled up", "weak", "too weak", "silence"],
)
def test_synthetic_sound(samples, bands):
    assert_theirs(samples.astype(np.float32), bands)


@pytest.mark.parametrize("bands", [80, 128])
def test_real_speech(real_speech, bands):
    assert_theirs(read_audio(real_speech / "debate_sample.wav")[16000 * 7 : 16000 * 8], bands)


def test_a_whole_window_as_the_extractor_is_called():
    samples = np.random.default_rng(2).normal(size=16000).astype(np.float32)
    called = theirs(80, 1)(samples[:12345], sampling_rate=16000, return_tensors="np")
    filled = np.pad(samples[:12345], (0, 16000 - 12345))
    # With PyTorch it computes in single precision, to 1e-5 by its own account.
    np.testing.assert_allclose(log_mel(filled, 80), called["input_features"][0].T, atol=1e-4)
