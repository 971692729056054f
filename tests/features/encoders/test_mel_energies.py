"""Against librosa; what front ends make of them, their own tests compare with transformers."""

import librosa
import numpy as np
import pytest

from affdyn_jax.features.encoders import mel_energies
from affdyn_jax.features.encoders.mel_energies import frames_of


@pytest.mark.parametrize(("samples", "frames"), [(0, 0), (399, 0), (400, 1), (559, 1), (560, 2)])
def test_frames_lie_within_the_samples(samples, frames):
    assert frames_of(np.arange(samples)).shape == (frames, 400)
    for number, frame in enumerate(frames_of(np.arange(samples))):
        np.testing.assert_array_equal(frame, np.arange(160 * number, 160 * number + 400))


def test_energies_are_librosas_however_many_are_computed_together(monkeypatch):
    samples = np.random.default_rng(0).normal(size=4000)
    options = {"n_fft": 400, "hop_length": 160, "center": False, "window": "boxcar"}
    expected_bm = librosa.feature.melspectrogram(y=samples, sr=16000, n_mels=20, **options)
    filters_bf = librosa.filters.mel(sr=16000, n_fft=400, n_mels=20, dtype=np.float64)
    for block in (4096, 7):
        monkeypatch.setattr(mel_energies, "_BLOCK", block)
        energies_mb = mel_energies.mel_energies(frames_of(samples), lambda f: f, filters_bf)
        np.testing.assert_allclose(energies_mb, expected_bm.T, rtol=1e-6)
