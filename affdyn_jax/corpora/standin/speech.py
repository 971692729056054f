"""What the stand-in's speaker utters: syllables, turns and pauses, moved by affect.

A clock of beats runs through a recording, faster when the speaker is aroused. Each beat is a
syllable or a rest. Arousal is heard in loudness, pitch, spectral tilt and rate; valence, more
faintly, in formants, melody and breath. Speakers, microphones and chance move all of them too.

P counts control points, one every 10 ms; B counts beats; S counts samples at 10 Hz.
"""

import dataclasses

import numpy as np

from affdyn_jax.corpora.standin.traces import RATING_RATE, slow_noise
from affdyn_jax.corpora.standin.voice import CONTROL_RATE, Articulation, synthesise

# Typical formants of a man's i, e, a, o, u, y, ø and schwa.
_VOWELS_HZ = np.array(
    [
        [280.0, 2250.0, 3000.0],
        [400.0, 2050.0, 2650.0],
        [730.0, 1250.0, 2500.0],
        [460.0, 850.0, 2450.0],
        [320.0, 800.0, 2300.0],
        [290.0, 1800.0, 2200.0],
        [420.0, 1550.0, 2300.0],
        [520.0, 1450.0, 2500.0],
    ]
)
_VOWEL_SPREAD = 0.05
# What a syllable begins with, and how often.
_VOWEL, _SONORANT, _STOP, _FRICATIVE = range(4)
_ONSET_SHARES = (0.15, 0.35, 0.25, 0.25)

# Mean length of an utterance; breaths and the partner's turns, from and up to but without.
_UTTERANCE_BEATS = 11
_BREATH_BEATS = (1, 3)
_TURN_BEATS = (4, 14)
_TURN_SHARE = 0.3

# What a unit of arousal adds: to the logarithm of the rate, in dB, octaves, powers of frequency.
_AROUSAL_RATE = 0.7
_AROUSAL_LEVEL_DB = 16.0
_AROUSAL_PITCH = 1.1
_AROUSAL_TILT = -1.0
# What a unit of valence adds to the logarithms: a smile shortens the vocal tract, the melody
# is livelier and the voice clearer.
_VALENCE_FORMANTS = 0.12
_VALENCE_MELODY = 1.5
_VALENCE_BREATH = -0.7

# What moves without affect: slowly, over an utterance, and from syllable to syllable.
_WANDER_S = 4.0
_WANDER_RATE = 0.08
_WANDER_LEVEL_DB = 0.8
_WANDER_PITCH = 0.06
_WANDER_TILT = 0.04
_DECLINATION_LEVEL_DB = -4.0
_DECLINATION_PITCH = -0.2
_SYLLABLE_LEVEL_DB = 2.0
_SYLLABLE_PITCH = 0.08

# Amplitudes beside a voicing of 1; then what brings a calm voice to about -35 dB full scale,
# so that only few recordings have to be turned down for their loudest moment.
_HUM = 0.3
_BREATH = 0.015
_FRICTION = 0.06
_GAIN = 0.3
_HIGHEST_PEAK = 0.98


@dataclasses.dataclass(frozen=True)
class _Speaker:
    """What a recording's speaker, room and microphone are like, whatever is felt."""

    pitch_hz: float
    tract_scale: float
    syllable_rate: float
    tilt: float
    level_db: float
    room_noise: float
    microphone_tilt: float


def speak(rng: np.random.Generator, felt_sd: np.ndarray) -> np.ndarray:
    """Speech of one recording.

    Args:
        rng: Source of all that is drawn.
        felt_sd: Arousal and valence at 10 Hz at the time when they are felt, shape (S, 2).

    Returns:
        1600 S samples at 16 kHz, 16 bit.
    """
    times_s = np.arange(len(felt_sd)) / RATING_RATE
    times_p = np.arange(len(felt_sd) * round(CONTROL_RATE / RATING_RATE)) / CONTROL_RATE
    arousal_p, valence_p = (np.interp(times_p, times_s, felt_s) for felt_s in felt_sd.T)
    speaker = _draw_speaker(rng)
    sound = synthesise(
        rng,
        _articulate(rng, speaker, arousal_p, valence_p),
        tract_scale=speaker.tract_scale,
        room_noise=speaker.room_noise,
        microphone_tilt=speaker.microphone_tilt,
    )
    sound *= _GAIN * _amplitude(speaker.level_db)
    sound /= max(1.0, np.abs(sound).max() / _HIGHEST_PEAK)
    return np.rint(sound * np.iinfo(np.int16).max).astype(np.int16)


def _draw_speaker(rng: np.random.Generator) -> _Speaker:
    """A man or a woman, in some room before some microphone."""
    pitch_hz, tract_scale = (200.0, 1.14) if rng.random() < 0.5 else (115.0, 1.0)
    return _Speaker(
        pitch_hz=pitch_hz * np.exp2(rng.normal(0.0, 0.15)),
        tract_scale=tract_scale * np.exp(rng.normal(0.0, 0.02)),
        syllable_rate=rng.normal(4.6, 0.3),
        tilt=rng.normal(0.75, 0.05),
        level_db=rng.normal(0.0, 1.0),
        room_noise=_amplitude(rng.uniform(-42.0, -30.0)),
        microphone_tilt=rng.normal(0.0, 0.05),
    )


def _articulate(
    rng: np.random.Generator, speaker: _Speaker, arousal_p: np.ndarray, valence_p: np.ndarray
) -> Articulation:
    """Syllables and rests as affect, the speaker and chance will have them."""

    def wander() -> np.ndarray:
        return slow_noise(rng, len(arousal_p), round(_WANDER_S * CONTROL_RATE))

    rate_p = speaker.syllable_rate * np.exp(_AROUSAL_RATE * arousal_p + _WANDER_RATE * wander())
    beat_p, within_p = _beats(rng, rate_p)
    beat_count = beat_p[-1] + 1
    spoken_b, declined_b = _turns(rng, beat_count)
    stress_b = rng.standard_normal(beat_count)

    level_b = _DECLINATION_LEVEL_DB * declined_b + _SYLLABLE_LEVEL_DB * stress_b
    level_p = _AROUSAL_LEVEL_DB * arousal_p + _WANDER_LEVEL_DB * wander() + level_b[beat_p]
    loudness_p = np.where(spoken_b[beat_p], _amplitude(level_p), 0.0)

    melody_b = _SYLLABLE_PITCH * (0.5 * stress_b + rng.standard_normal(beat_count))
    pitch_p = _AROUSAL_PITCH * arousal_p + _WANDER_PITCH * wander()
    pitch_p += _DECLINATION_PITCH * declined_b[beat_p]
    pitch_p += np.exp(_VALENCE_MELODY * valence_p) * melody_b[beat_p]

    onset_b = rng.choice(len(_ONSET_SHARES), beat_count, p=_ONSET_SHARES)
    onset_end_b = np.where(onset_b == _VOWEL, 0.0, rng.uniform(0.2, 0.45, beat_count))
    onset_p, onset_end_p = onset_b[beat_p], onset_end_b[beat_p]
    in_onset_p = within_p < onset_end_p
    coming_end_p = np.clip((1.0 - within_p) / (1.0 - onset_end_p) / 0.35, 0.0, 1.0)
    vowel_p = _smooth(np.where(in_onset_p, 0.0, coming_end_p) * loudness_p, 0.04)
    is_hum_p = in_onset_p & (onset_p == _SONORANT)
    is_burst_p = in_onset_p & (onset_p == _STOP) & (within_p > onset_end_p - 0.12)
    is_friction_p = in_onset_p & (onset_p == _FRICATIVE) | is_burst_p

    formants_hz_pf = speaker.tract_scale * _formants(rng, beat_p, in_onset_p)
    return Articulation(
        pitch_hz_p=speaker.pitch_hz * np.exp2(_smooth(pitch_p, 0.2)),
        voicing_p=vowel_p + _HUM * _smooth(is_hum_p * loudness_p, 0.04),
        breath_p=_BREATH * np.exp(_VALENCE_BREATH * valence_p) * vowel_p,
        friction_p=_FRICTION * _smooth(is_friction_p * loudness_p, 0.03),
        friction_hz_p=rng.uniform(2500.0, 6500.0, beat_count)[beat_p],
        formants_hz_pf=formants_hz_pf * np.exp(_VALENCE_FORMANTS * valence_p)[:, None],
        tilt_p=speaker.tilt + _AROUSAL_TILT * arousal_p + _WANDER_TILT * wander(),
    )


def _beats(rng: np.random.Generator, rate_p: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The beat that each control point is in, and how far (0 to 1) that beat has come."""
    clock_p = np.cumsum(rate_p) / CONTROL_RATE
    beat_count = int(clock_p[-1]) + 2
    bounds = np.arange(beat_count + 1) + rng.uniform(-0.25, 0.25, beat_count + 1)
    bounds[0] = 0.0
    beat_p = np.searchsorted(bounds, clock_p, side="right") - 1
    return beat_p, (clock_p - bounds[beat_p]) / np.diff(bounds)[beat_p]


def _turns(rng: np.random.Generator, beat_count: int) -> tuple[np.ndarray, np.ndarray]:
    """Which beats are spoken, and how far (0 to 1) the utterance has come in each."""
    utterances = 2 + rng.geometric(1 / (_UTTERANCE_BEATS - 2), beat_count)
    breaths = rng.integers(*_BREATH_BEATS, beat_count)
    turns = rng.integers(*_TURN_BEATS, beat_count)
    rests = np.where(rng.random(beat_count) < _TURN_SHARE, turns, breaths)
    lengths = np.stack([rests, utterances], axis=1).ravel()
    starts = np.cumsum(lengths) - lengths
    part_b = np.searchsorted(starts, np.arange(beat_count), side="right") - 1
    return part_b % 2 == 1, (np.arange(beat_count) - starts[part_b]) / lengths[part_b]


def _formants(rng: np.random.Generator, beat_p: np.ndarray, in_onset_p: np.ndarray) -> np.ndarray:
    """The first three formants of a man, gliding from consonants to vowels, shape (P, 3)."""
    beat_count = beat_p[-1] + 1
    vowels_bf = _VOWELS_HZ[rng.integers(len(_VOWELS_HZ), size=beat_count)]
    vowels_bf = vowels_bf * np.exp(rng.normal(0.0, _VOWEL_SPREAD, vowels_bf.shape))
    consonants_bf = vowels_bf * np.array([0.6, 0.0, 1.0])
    consonants_bf[:, 1] = rng.uniform(900.0, 2000.0, beat_count)
    targets_pf = np.where(in_onset_p[:, None], consonants_bf[beat_p], vowels_bf[beat_p])
    return np.stack([_smooth(target_p, 0.12) for target_p in targets_pf.T], axis=1)


def _smooth(values_p: np.ndarray, width_s: float) -> np.ndarray:
    """What organs with mass make of sudden changes."""
    window = np.hanning(round(width_s * CONTROL_RATE) + 2)[1:-1]
    padded = np.pad(values_p, (len(window) // 2, (len(window) - 1) // 2), mode="edge")
    return np.convolve(padded, window / window.sum(), mode="valid")


def _amplitude(level_db: float | np.ndarray) -> float | np.ndarray:
    """The amplitude that has this level beside an amplitude of 1."""
    return 10.0 ** (level_db / 20.0)
