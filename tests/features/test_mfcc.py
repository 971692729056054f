from pathlib import Path

import numpy as np
import pytest
import scipy.fft
import scipy.signal

from affdyn_jax.errors import ConfigError, FeatureError
from affdyn_jax.features.audio import SAMPLE_RATE, read_audio
from affdyn_jax.features.mfb import MelFilterBanks
from affdyn_jax.features.mfcc import CepstralFunctionals
from tests.references.make_librosa import sound

REFERENCE = Path(__file__).parents[1] / "references" / "librosa.npz"


def noise(seconds, seed=0):
    """Noise whose colour and loudness change, so that no feature is near constant."""
    generator = np.random.default_rng(seed)
    white = generator.standard_normal(int(seconds * SAMPLE_RATE))
    coloured = scipy.signal.lfilter([1], [1, -0.9], white)
    fade = np.sin(2 * np.pi * 0.2 * np.arange(len(white)) / SAMPLE_RATE)
    return (0.05 * (white + fade * coloured)).astype(np.float32)


def reference(samples, coefficients=13, window=4.0, hop=0.1):
    """Window by window, in float64, by SciPy's transform and its derivatives."""
    frame_times, log_energies = MelFilterBanks()(samples)
    cepstra = scipy.fft.dct(log_energies.astype(np.float64), type=2, norm="ortho", axis=1)
    cepstra = cepstra[:, 1 : coefficients + 1]
    slopes = scipy.signal.savgol_filter(cepstra, 9, polyorder=1, deriv=1, axis=0)
    curvatures = scipy.signal.savgol_filter(cepstra, 9, polyorder=2, deriv=2, axis=0)
    descriptors = np.concatenate([cepstra, slopes, curvatures], axis=1)
    times, rows = [], []
    while len(times) * hop < len(samples) / SAMPLE_RATE - 1e-9:
        time = len(times) * hop
        seen = descriptors[(frame_times >= time - window / 2) & (frame_times < time + window / 2)]
        times.append(time)
        rows.append(np.concatenate([seen.mean(axis=0), seen.std(axis=0)]))
    return np.array(times), np.array(rows)


@pytest.mark.parametrize("seconds", [0.105, 0.5, 3.0, 7.0, 9.97])
def test_equals_brute_force(seconds):
    times_s, features_sf = CepstralFunctionals()(noise(seconds))
    expected_times_s, expected_sf = reference(noise(seconds))
    assert features_sf.shape[1] == 78
    np.testing.assert_allclose(times_s, expected_times_s, atol=1e-9)
    np.testing.assert_allclose(features_sf, expected_sf, atol=1e-6)


def test_equals_brute_force_with_other_settings():
    _, features_sf = CepstralFunctionals(coefficients=6, window=1.0, hop=0.25)(noise(5.0))
    _, expected_sf = reference(noise(5.0), 6, 1.0, 0.25)
    assert features_sf.shape == (20, 36)
    np.testing.assert_allclose(features_sf, expected_sf, atol=1e-6)


def test_equals_brute_force_on_real_speech(real_speech):
    samples = read_audio(real_speech / "debate_sample.wav")[: 20 * SAMPLE_RATE]
    times_s, features_sf = CepstralFunctionals()(samples)
    expected_times_s, expected_sf = reference(samples)
    assert features_sf.shape == (200, 78)
    np.testing.assert_allclose(times_s, expected_times_s, atol=1e-9)
    np.testing.assert_allclose(features_sf, expected_sf, atol=1e-6)
    assert np.all(features_sf.std(axis=0) > 0)


def test_coefficients_are_librosas_without_the_first():
    # Less than half a window: the first mean is that of all frames.
    _, features_sf = CepstralFunctionals()(sound(1.9))
    with np.load(REFERENCE) as recorded:
        np.testing.assert_allclose(features_sf[0, :13], recorded["mean_cepstra_c"], atol=1e-4)


def test_loudness_is_left_out():
    _, quiet_sf = CepstralFunctionals()(noise(3.0))
    _, loud_sf = CepstralFunctionals()(2 * noise(3.0))
    np.testing.assert_allclose(loud_sf, quiet_sf, atol=1e-4)


def test_a_constant_does_not_drown_in_rounding():
    samples = np.concatenate([noise(60.0), np.zeros(60 * SAMPLE_RATE, np.float32)])
    times_s, features_sf = CepstralFunctionals()(samples)
    silent_sf = features_sf[(times_s > 62.2) & (times_s < 117)]
    np.testing.assert_allclose(silent_sf, 0, atol=1e-5)


def test_windows_reach_two_seconds_to_both_sides():
    samples = np.zeros(20 * SAMPLE_RATE, np.float32)
    samples[10 * SAMPLE_RATE : 10 * SAMPLE_RATE + 200] = noise(1.0)[:200]
    times_s, features_sf = CepstralFunctionals()(samples)
    touched_s = features_sf[:, 39:52].max(axis=1) > 0.01
    # The frames that see the burst have their centres between 9.9925 and 10.0225 s.
    np.testing.assert_array_equal(touched_s, (times_s > 7.99) & (times_s < 12.03))


def test_windows_end_with_the_audio():
    for seconds, windows in ((10.0, 100), (10.01, 101), (9.99, 100)):
        times_s, features_sf = CepstralFunctionals()(noise(seconds))
        assert len(times_s) == len(features_sf) == windows


def test_shorter_than_a_derivative():
    nine_frames = noise(1.0)[: 400 + 8 * 160]
    _, features_sf = CepstralFunctionals()(nine_frames)
    assert np.isfinite(features_sf).all()
    with pytest.raises(FeatureError, match=r"0\.104938 s of audio are too short .* 9 frames"):
        CepstralFunctionals()(nine_frames[:-1])
    with pytest.raises(FeatureError, match=r"too short for one frame of 0\.025 s"):
        CepstralFunctionals()(nine_frames[:399])


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"coefficients": 0}, "0 coefficients of 40"),
        ({"coefficients": 40}, "40 coefficients of 40"),
        ({"window": 0.05}, "window is 0.05 s; below 0.07 s"),
        ({"window": float("nan")}, "window is nan s"),
        ({"hop": 0.0}, "hop is 0.0 s"),
        ({"hop": 100.0}, "hop is 100.0 s"),
    ],
)
def test_settings_that_make_no_sense(settings, message):
    with pytest.raises(ConfigError) as caught:
        CepstralFunctionals(**settings)
    assert message in str(caught.value)
    assert "\n" not in str(caught.value)


def test_the_shortest_window_still_holds_frames():
    for length in range(1680, 2000):
        _, features_sf = CepstralFunctionals(window=0.07, hop=0.001)(noise(1.0)[:length])
        assert np.isfinite(features_sf).all()
