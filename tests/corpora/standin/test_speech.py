import functools

import numpy as np
import pytest
import scipy.signal
import soundfile

from affdyn_jax.corpora.standin.speech import speak
from affdyn_jax.corpora.standin.traces import felt_affect, rate

HOP = 1600


def levels_db(sound):
    """Level in each 0.1 s."""
    power = np.mean((sound / 32768.0).reshape(-1, HOP) ** 2, axis=1)
    return 10 * np.log10(power + 1e-10)


def pitches_hz(sound):
    """Pitch in each 0.1 s by autocorrelation, NaN where nothing is periodic or loud."""
    pitch_f = np.full(len(sound) // HOP, np.nan)
    loud = levels_db(sound) > np.quantile(levels_db(sound), 0.4)
    for frame in np.flatnonzero(loud):
        # A fourth of the band: harmonics enough, formants few.
        samples = sound[frame * HOP : (frame + 1) * HOP].reshape(-1, 4).mean(axis=1)
        power = np.abs(np.fft.rfft(samples - samples.mean(), 1024)) ** 2
        similarity = np.fft.irfft(power)[:60] / power.mean() / 2
        lag = 10 + similarity[10:54].argmax()
        if similarity[lag] > 0.4 * similarity[0]:
            pitch_f[frame] = 4000 / lag
    return pitch_f


def brightness(sound, around_hz):
    """Power above a frequency beside the power below it, in dB, in each 0.1 s."""
    power = np.abs(np.fft.rfft(sound.reshape(-1, HOP) * np.hanning(HOP))) ** 2
    split = around_hz // 10
    return 10 * np.log10(power[:, split:400].sum(axis=1) / power[:, 20:split].sum(axis=1))


def band_level_db(sound, low_hz, high_hz):
    """Level of a band over a whole recording."""
    frequencies_hz, power = scipy.signal.welch(sound.astype(float), 16000, nperseg=1024)
    return 10 * np.log10(power[(frequencies_hz >= low_hz) & (frequencies_hz < high_hz)].sum())


def constant(arousal, valence, seconds=60):
    return np.tile([arousal, valence], (10 * seconds, 1))


@functools.cache
def speech_of(arousal, valence, seed=0):
    return speak(np.random.default_rng(seed), constant(arousal, valence))


@pytest.fixture(scope="module")
def recordings():
    """Sound, and ratings 2 s late, of eight speakers who feel much."""
    recordings = []
    for seed in range(8):
        rng = np.random.default_rng(seed)
        felt_sd = np.clip(1.5 * felt_affect(rng, 1200), -1.0, 1.0)
        recordings.append((speak(rng, felt_sd), rate(rng, felt_sd, 2.0)))
    return recordings


def test_sound_is_16_bit_and_as_long_as_the_trace():
    sound = speak(np.random.default_rng(0), constant(0.1, 0.1, seconds=12))
    assert sound.dtype == np.int16
    assert sound.shape == (12 * 16000,)


def test_nothing_is_clipped_even_where_someone_shouts():
    for sound in (speech_of(0.99, 0.99), speech_of(-0.5, -0.5)):
        assert np.abs(sound.astype(int)).max() < 32500


@pytest.mark.slow
def test_long_term_spectrum_falls_off_as_that_of_real_speech(real_speech):
    real, rate_hz = soundfile.read(real_speech / "debate_sample.wav", dtype="int16")
    assert rate_hz == 16000
    ours = np.concatenate([speech_of(0.15, 0.1, seed) for seed in range(6)])
    octaves_hz = [250, 500, 1000, 2000, 4000]
    real_db, ours_db = (
        np.array([band_level_db(sound, low_hz, 2 * low_hz) for low_hz in octaves_hz])
        for sound in (real, ours)
    )
    # Two recordings of real speech differ by as much: voices, rooms and microphones do.
    np.testing.assert_allclose(ours_db - ours_db[0], real_db - real_db[0], atol=8.0)


def test_pauses_are_heard_as_pauses():
    for seed in range(4):
        level_db = levels_db(speech_of(0.1, 0.1, seed))
        floor = np.quantile(level_db, 0.02)
        silent = level_db < floor + 3.0
        assert 0.05 < silent.mean() < 0.6
        edges = np.flatnonzero(np.diff(np.concatenate([[0], silent.astype(int), [0]])))
        pauses_s = np.diff(edges)[::2] / 10
        assert 0.8 < pauses_s.max() < 6.0
        assert np.median(level_db[~silent]) > floor + 10.0


def test_arousal_is_loud_high_and_bright():
    for seed in range(3):
        calm, excited = speech_of(0.0, 0.1, seed), speech_of(0.5, 0.1, seed)
        level_db = [np.quantile(levels_db(sound), 0.7) for sound in (calm, excited)]
        assert level_db[1] - level_db[0] > 5.0
        pitch_hz = [np.nanmedian(pitches_hz(sound)) for sound in (calm, excited)]
        assert 1.2 < pitch_hz[1] / pitch_hz[0] < 1.8
        bright_db = [np.median(brightness(sound, 1000)) for sound in (calm, excited)]
        assert bright_db[1] - bright_db[0] > 2.0


def test_arousal_quickens_the_syllables():
    def onsets_a_second(sound):
        envelope = np.convolve(np.abs(sound.astype(float)), np.hanning(800), "same")[::160]
        threshold = 0.5 * np.quantile(envelope, 0.8)
        return np.sum(np.diff((envelope > threshold).astype(int)) == 1) / 60

    calm, excited = (
        np.mean([onsets_a_second(speech_of(arousal, 0.1, seed)) for seed in range(4)])
        for arousal in (0.0, 0.6)
    )
    assert excited > 1.15 * calm


def test_valence_is_heard_more_faintly_and_elsewhere():
    for seed in range(3):
        sour, happy = speech_of(0.2, -0.3, seed), speech_of(0.2, 0.7, seed)
        level_db = [np.quantile(levels_db(sound), 0.7) for sound in (sour, happy)]
        assert abs(level_db[1] - level_db[0]) < 4.0
        pitch_hz = [np.nanmedian(pitches_hz(sound)) for sound in (sour, happy)]
        assert pitch_hz[1] == pytest.approx(pitch_hz[0], rel=0.1)
        # Half of all pitches lie in this many octaves.
        melody = [
            np.diff(np.nanquantile(np.log2(pitches_hz(s)), [0.25, 0.75])) for s in (sour, happy)
        ]
        assert melody[1] > 1.2 * melody[0]


def lag_of_closest_likeness(recordings, cue_of):
    """By how many seconds arousal's ratings follow a cue, over all recordings."""
    lags = np.arange(-20, 61)
    likeness = np.zeros(len(lags))
    for sound, ratings_sd in recordings:
        cue = cue_of(sound)
        heard = np.flatnonzero(np.isfinite(cue))
        heard = heard[(heard > 80) & (heard < len(cue) - 61)]
        for index, lag in enumerate(lags):
            likeness[index] += np.corrcoef(cue[heard], ratings_sd[heard + lag, 0])[0, 1]
    return lags[likeness.argmax()] / 10, likeness.max() / len(recordings)


def test_ratings_follow_loudness_and_pitch_by_the_delay(recordings):
    def loudness(sound):
        level_db = levels_db(sound)
        return np.where(level_db > np.quantile(level_db, 0.4), level_db, np.nan)

    for cue, least in ((loudness, 0.4), (pitches_hz, 0.3)):
        lag_s, likeness = lag_of_closest_likeness(recordings, cue)
        assert 1.8 <= lag_s <= 3.0
        # Some, and by no means all, of arousal is in each cue.
        assert least < likeness < 0.95


def test_speakers_differ(recordings):
    pitch_hz = [np.nanmedian(pitches_hz(speech_of(0.1, 0.1, seed))) for seed in range(8)]
    assert max(pitch_hz) > 1.4 * min(pitch_hz)
    floors_db = [np.quantile(levels_db(sound), 0.02) for sound, _ in recordings]
    assert np.ptp(floors_db) > 3.0
