import dataclasses

import numpy as np
import pytest
import scipy.signal

from affdyn_jax.corpora.standin.voice import Articulation, synthesise

POINT_COUNT = 200


def steady(**changes):
    """A schwa held for 2 s."""
    articulation = Articulation(
        pitch_hz_p=np.full(POINT_COUNT, 120.0),
        voicing_p=np.ones(POINT_COUNT),
        breath_p=np.zeros(POINT_COUNT),
        friction_p=np.zeros(POINT_COUNT),
        friction_hz_p=np.full(POINT_COUNT, 4000.0),
        formants_hz_pf=np.tile([500.0, 1500.0, 2500.0], (POINT_COUNT, 1)),
        tilt_p=np.full(POINT_COUNT, 0.5),
    )
    arrays = {name: np.full(POINT_COUNT, value) for name, value in changes.items()}
    return dataclasses.replace(articulation, **arrays)


def sound_of(articulation, *, tract_scale=1.0, room_noise=0.0, microphone_tilt=0.0):
    return synthesise(
        np.random.default_rng(0),
        articulation,
        tract_scale=tract_scale,
        room_noise=room_noise,
        microphone_tilt=microphone_tilt,
    )


def spectrum_of(sound):
    """Frequencies and power, 1 Hz apart, of the second half of 2 s."""
    return scipy.signal.periodogram(sound[16000:], 16000, window="hann")


def centroid_of(sound):
    frequencies_hz, power = spectrum_of(sound)
    return np.sum(frequencies_hz * power) / power.sum()


def test_sound_has_160_samples_a_point():
    sound = sound_of(steady())
    assert sound.shape == (160 * POINT_COUNT,)
    assert sound.dtype == np.float32


@pytest.mark.parametrize("pitch_hz", [90.0, 120.0, 233.0])
def test_voiced_sound_consists_of_harmonics_of_the_pitch(pitch_hz):
    frequencies_hz, power = spectrum_of(sound_of(steady(pitch_hz_p=pitch_hz)))
    harmonic = np.round(frequencies_hz / pitch_hz)
    is_near = (np.abs(frequencies_hz - harmonic * pitch_hz) <= 3.0) & (harmonic > 0)
    low = frequencies_hz < 3000
    assert power[low & is_near].sum() > 0.98 * power[low].sum()
    fundamental = frequencies_hz[np.argmax(power * (np.abs(frequencies_hz - pitch_hz) < 30))]
    assert fundamental == pytest.approx(pitch_hz, abs=1.0)


@pytest.mark.parametrize("formants_hz", [(500.0, 1500.0, 2500.0), (300.0, 2200.0, 3000.0)])
def test_breath_resonates_at_the_formants(formants_hz):
    whisper = steady(voicing_p=0.0, breath_p=1.0, tilt_p=0.0)
    formants_hz_pf = np.tile(formants_hz, (POINT_COUNT, 1))
    sound = sound_of(dataclasses.replace(whisper, formants_hz_pf=formants_hz_pf))
    frequencies_hz, power = scipy.signal.welch(sound, 16000, nperseg=512)
    level_db = 10 * np.log10(power)
    peaks, _ = scipy.signal.find_peaks(level_db, prominence=3.0)
    found_hz = frequencies_hz[peaks]
    for formant_hz in formants_hz:
        assert np.abs(found_hz - formant_hz).min() < 100.0


def test_formants_follow_their_frequencies_over_time():
    rising_hz = np.linspace(400.0, 900.0, POINT_COUNT)
    moving = np.stack([rising_hz, np.full(POINT_COUNT, 2000.0), np.full(POINT_COUNT, 2800.0)], 1)
    whisper = steady(voicing_p=0.0, breath_p=1.0, tilt_p=0.0)
    sound = sound_of(dataclasses.replace(whisper, formants_hz_pf=moving))
    first_hz, last_hz = (
        frequencies_hz[np.argmax(power * (frequencies_hz < 1300))]
        for frequencies_hz, power in (
            scipy.signal.welch(part, 16000, nperseg=512) for part in (sound[:4800], sound[-4800:])
        )
    )
    assert first_hz == pytest.approx(437.0, abs=90.0)
    assert last_hz == pytest.approx(863.0, abs=90.0)


@pytest.mark.parametrize("centre_hz", [3000.0, 5000.0, 6000.0])
def test_friction_is_noise_around_its_centre(centre_hz):
    hiss = sound_of(steady(voicing_p=0.0, friction_p=1.0, friction_hz_p=centre_hz))
    frequencies_hz, power = scipy.signal.welch(hiss, 16000, nperseg=256)
    assert frequencies_hz[power.argmax()] == pytest.approx(centre_hz, abs=700.0)


def test_a_steeper_tilt_and_a_duller_microphone_sound_darker():
    plain = centroid_of(sound_of(steady()))
    assert centroid_of(sound_of(steady(tilt_p=1.0))) < 0.9 * plain
    assert centroid_of(sound_of(steady(), microphone_tilt=-0.5)) < 0.9 * plain


@pytest.mark.parametrize("tract_scale", [1.0, 1.15])
def test_upper_formants_are_the_speakers(tract_scale):
    whisper = steady(voicing_p=0.0, breath_p=1.0, tilt_p=0.0)
    sound = sound_of(whisper, tract_scale=tract_scale)
    frequencies_hz, power = scipy.signal.welch(sound, 16000, nperseg=512)
    upper = (frequencies_hz > 3100) & (frequencies_hz < 4450)
    fourth_hz = frequencies_hz[upper][power[upper].argmax()]
    assert fourth_hz == pytest.approx(3500 * tract_scale, rel=0.04)


def test_a_silent_voice_leaves_the_room_alone():
    silent = steady(voicing_p=0.0)
    np.testing.assert_array_equal(sound_of(silent), 0.0)
    quiet, loud = (sound_of(silent, room_noise=level).std() for level in (0.01, 0.02))
    assert loud == pytest.approx(2 * quiet, rel=1e-4)


def test_sound_comes_when_it_is_articulated():
    voicing_p = np.zeros(POINT_COUNT)
    voicing_p[100:120] = 1.0
    sound = sound_of(dataclasses.replace(steady(), voicing_p=voicing_p))
    energy = np.cumsum(sound.astype(np.float64) ** 2)
    begin, end = np.searchsorted(energy, [0.01 * energy[-1], 0.99 * energy[-1]]) / 16000
    assert begin == pytest.approx(1.0, abs=0.02)
    assert end == pytest.approx(1.2, abs=0.03)


def test_blocks_leave_no_seam():
    # 1 % of difference between neighbouring periods is what rounding and pulse placing leave.
    points = 1100
    long = Articulation(
        **{
            field.name: np.repeat(getattr(steady(), field.name)[:1], points, axis=0)
            for field in dataclasses.fields(Articulation)
        }
    )
    long = dataclasses.replace(long, pitch_hz_p=np.full(points, 100.0))
    periods = sound_of(long)[3200:-3200].reshape(-1, 160)
    np.testing.assert_allclose(
        periods, periods[:1].repeat(len(periods), 0), atol=1e-2 * np.abs(periods).max()
    )
