import time
from pathlib import Path

import numpy as np
import pytest
import scipy.signal

from affdyn_jax.errors import ConfigError, FeatureError
from affdyn_jax.features.audio import SAMPLE_RATE, read_audio
from affdyn_jax.features.mfb import ENERGY_FLOOR, MelFilterBanks
from tests.references.make_librosa import sound

REFERENCE = Path(__file__).parents[1] / "references" / "librosa.npz"


def slaney_mel(hertz):
    """Slaney's Auditory Toolbox: 15 mel at 1 kHz, linear below, 27 steps a factor 6.4 above."""
    hertz = np.asarray(hertz, np.float64)
    above = 15 + 27 * np.log(np.maximum(hertz, 1000) / 1000) / np.log(6.4)
    return np.where(hertz < 1000, hertz * 3 / 200, above)


def slaney_hertz(mel):
    mel = np.asarray(mel, np.float64)
    return np.where(mel < 15, mel * 200 / 3, 1000 * 6.4 ** ((mel - 15) / 27))


def reference(samples, bands=40, window=400, hop=160):
    """Log mel energies in float64 by SciPy's transform and triangles drawn by interpolation."""
    hann = scipy.signal.get_window("hann", window)
    frequencies, _, spectrum = scipy.signal.stft(
        samples.astype(np.float64),
        SAMPLE_RATE,
        window=hann,
        nperseg=window,
        noverlap=window - hop,
        boundary=None,
        padded=False,
    )
    power = np.abs(spectrum * hann.sum()) ** 2
    corners = slaney_hertz(np.linspace(0, slaney_mel(SAMPLE_RATE / 2), bands + 2))
    energies = []
    for low, peak, high in zip(corners, corners[1:], corners[2:], strict=False):
        triangle = np.interp(frequencies, [low, peak, high], [0, 1, 0])
        energies.append(triangle * 2 / (high - low) @ power)
    return np.log(np.maximum(energies, 1e-10)).T


def noise(seconds=1.0, seed=0):
    samples = np.random.default_rng(seed).standard_normal(int(seconds * SAMPLE_RATE)) * 0.1
    return samples.astype(np.float32)


def test_equals_the_formula_on_noise():
    _, log_energies_sb = MelFilterBanks()(noise())
    assert log_energies_sb.shape == (98, 40)
    assert log_energies_sb.dtype == np.float32
    np.testing.assert_allclose(log_energies_sb, reference(noise()), atol=1e-4)


def test_equals_the_formula_with_other_settings():
    _, log_energies_sb = MelFilterBanks(bands=23, window=0.032, hop=0.016)(noise())
    np.testing.assert_allclose(log_energies_sb, reference(noise(), 23, 512, 256), atol=1e-4)


def test_equals_the_formula_on_real_speech(real_speech):
    for path in [*real_speech.glob("03*.wav"), real_speech / "noisy_speech_48k.flac"]:
        samples = read_audio(path)
        _, log_energies_sb = MelFilterBanks()(samples)
        np.testing.assert_allclose(log_energies_sb, reference(samples), atol=2e-3)


def test_equals_librosa():
    # More frames than are computed at once.
    _, log_energies_sb = MelFilterBanks()(sound(50.0))
    assert log_energies_sb.shape == (4998, 40)
    with np.load(REFERENCE) as recorded:
        np.testing.assert_allclose(log_energies_sb[::97], recorded["log_energies_sb"], atol=1e-4)


def test_times_are_the_frames_centres():
    times_s, log_energies_sb = MelFilterBanks()(noise())
    np.testing.assert_allclose(times_s, (np.arange(98) * 160 + 200) / 16000, rtol=1e-12)
    # A click lights the frames whose 25 ms hold it, and they are where their times say.
    click = np.zeros(SAMPLE_RATE, np.float32)
    click[8000] = 1
    times_s, log_energies_sb = MelFilterBanks()(click)
    lit_s = log_energies_sb.max(axis=1) > np.log(2 * ENERGY_FLOOR)
    np.testing.assert_array_equal(lit_s, np.abs(times_s - 0.5) < 0.0124)


@pytest.mark.parametrize("frequency", [150, 440, 1000, 2500, 6000, 7500])
def test_a_sine_lights_the_band_of_its_frequency(frequency):
    sine = np.sin(2 * np.pi * frequency * np.arange(SAMPLE_RATE) / SAMPLE_RATE).astype(np.float32)
    _, log_energies_sb = MelFilterBanks()(sine)
    band_width = slaney_mel(8000) / 41
    assert abs(log_energies_sb.mean(axis=0).argmax() + 1 - slaney_mel(frequency) / band_width) < 1


def test_twice_the_amplitude_is_log_4_more():
    _, quiet_sb = MelFilterBanks()(noise())
    _, loud_sb = MelFilterBanks()(2 * noise())
    np.testing.assert_allclose(loud_sb - quiet_sb, np.log(4), atol=1e-5)


def test_digital_silence_is_the_floor_and_16_bit_rounding_lies_above():
    _, silent_sb = MelFilterBanks()(np.zeros(SAMPLE_RATE, np.float32))
    np.testing.assert_allclose(silent_sb, np.log(1e-10), rtol=1e-6)
    rounding = np.random.default_rng(0).uniform(-0.5, 0.5, 10 * SAMPLE_RATE) / 2**15
    _, rounded_sb = MelFilterBanks()(rounding.astype(np.float32))
    energies_b = np.exp(rounded_sb).mean(axis=0)
    assert np.all((energies_b > 2e-10) & (energies_b < 4e-10))


@pytest.mark.parametrize(("length", "frames"), [(400, 1), (559, 1), (560, 2), (16000, 98)])
def test_only_whole_frames_count(length, frames):
    times_s, log_energies_sb = MelFilterBanks()(noise()[:length])
    assert len(times_s) == len(log_energies_sb) == frames


def test_shorter_than_a_frame():
    with pytest.raises(FeatureError, match=r"0\.0249375 s of audio are too short .* 0\.025 s"):
        MelFilterBanks()(noise()[:399])


def test_samples_too_large_for_energies():
    with pytest.raises(FeatureError, match=r"samples of up to 1e\+30 have no finite energy"):
        MelFilterBanks()(np.full(SAMPLE_RATE, 1e30, np.float32))


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"bands": 0}, "0 bands"),
        ({"bands": -3}, "-3 bands"),
        ({"bands": 256}, "256 bands over the 201 frequency bins"),
        ({"window": 0.0}, "window is 0.0 s"),
        ({"window": -0.025}, "window is -0.025 s"),
        ({"window": 25.0}, "window is 25.0 s"),
        ({"window": float("nan")}, "window is nan s"),
        ({"hop": 0.0}, "hop is 0.0 s"),
        ({"hop": float("inf")}, "hop is inf s"),
    ],
)
def test_settings_that_make_no_sense(settings, message):
    with pytest.raises(ConfigError) as caught:
        MelFilterBanks(**settings)
    assert message in str(caught.value)
    assert "\n" not in str(caught.value)


def test_three_minutes_take_well_under_a_second():
    samples, extractor = noise(170.0), MelFilterBanks()
    extractor(samples)
    start = time.process_time()
    extractor(samples)
    assert time.process_time() - start < 1.0
