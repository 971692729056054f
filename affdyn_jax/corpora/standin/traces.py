"""Arousal and valence of the stand-in: what a speaker feels and what raters make of it.

Built to the statistics of SEWA's German gold standards (AVEC 2019): a low level with
episodes that rise fast and fade, more alike in the two dimensions than not, rated in short
strokes of the joystick with rests between them. The tests hold the measured figures.

S counts samples at 10 Hz, D is arousal and valence in this order.
"""

import numpy as np

RATING_RATE = 10.0
DIMENSIONS = ("arousal", "valence")

# Episodes: how many a second, their mean height, and the median length of their parts with
# the spread of that length's logarithm.
_EPISODE_RATE = 0.16
_EPISODE_HEIGHT = 0.11
_RISE_S, _RISE_SPREAD = 1.8, 0.5
_HOLD_S, _HOLD_SPREAD = 1.6, 1.1
_FADE_S, _FADE_SPREAD = 1.2, 0.5
# Episodes older than this have faded when the recording starts.
_BEFORE_S = 20.0
# How much arousal and valence of one episode differ in height, and recordings in strength.
_DIMENSION_SPREAD = 0.35
_RECORDING_SPREAD = 0.5
_LEVEL_D = np.array([0.04, 0.02])
_WANDER_D = np.array([0.02, 0.04])
_WANDER_S = 5.0

# Raters: when they first move, how long a stroke and a rest take.
_ONSET_S, _ONSET_SPREAD_S, _ONSET_LATEST_S = 2.6, 1.3, 6.0
_STROKE_S, _STROKE_SPREAD = 0.35, 0.3
_REST_S, _REST_SPREAD = 0.18, 1.2


def slow_noise(rng: np.random.Generator, count: int, width: int) -> np.ndarray:
    """Gaussian noise of unit variance that forgets itself after `width` samples, shape (count,)."""
    window = np.hanning(width + 2)[1:-1]
    window /= np.sqrt(np.sum(window**2))
    return np.convolve(rng.standard_normal(count + width - 1), window, mode="valid")


def felt_affect(rng: np.random.Generator, sample_count: int) -> np.ndarray:
    """Arousal and valence of a speaker, from within and without delay.

    Args:
        rng: Source of all that is drawn.
        sample_count: S, at 10 Hz.

    Returns:
        Values in (-1, 1), shape (S, D).
    """
    times_s = np.arange(sample_count) / RATING_RATE
    duration_s = sample_count / RATING_RATE
    episode_count = rng.poisson(_EPISODE_RATE * (duration_s + _BEFORE_S))
    starts = rng.uniform(-_BEFORE_S, duration_s, episode_count)
    heights = rng.exponential(_EPISODE_HEIGHT, episode_count)
    holds = _lognormal(rng, _HOLD_S, _HOLD_SPREAD, episode_count)
    felt_sd = np.empty((sample_count, len(DIMENSIONS)))
    for d in range(len(DIMENSIONS)):
        rises = _lognormal(rng, _RISE_S, _RISE_SPREAD, episode_count)
        fades = _lognormal(rng, _FADE_S, _FADE_SPREAD, episode_count)
        shares = _lognormal(rng, 1.0, _DIMENSION_SPREAD, episode_count)
        ages = times_s[:, None] - starts
        rising = np.clip(ages / rises, 0.0, 1.0)
        rising = rising**2 * (3.0 - 2.0 * rising)
        fading = np.exp(-np.maximum(ages - rises - holds, 0.0) / fades)
        wander = slow_noise(rng, sample_count, round(_WANDER_S * RATING_RATE))
        felt_sd[:, d] = _LEVEL_D[d] + np.minimum(rising, fading) @ (heights * shares)
        felt_sd[:, d] += _WANDER_D[d] * wander
    return np.tanh(felt_sd * _lognormal(rng, 1.0, _RECORDING_SPREAD, 1))


def rate(rng: np.random.Generator, felt_sd: np.ndarray, reaction_delay_s: float) -> np.ndarray:
    """The gold standard of what was felt: zero at first, late, and in strokes and rests.

    Args:
        rng: Source of all that is drawn.
        felt_sd: Felt affect at 10 Hz, shape (S, D).
        reaction_delay_s: Time from what is felt to its rating, in seconds.

    Returns:
        Ratings at 10 Hz, shape (S, D).
    """
    times_s = np.arange(len(felt_sd)) / RATING_RATE
    ratings_sd = np.empty_like(felt_sd)
    for d in range(len(DIMENSIONS)):
        onset = np.clip(rng.normal(_ONSET_S, _ONSET_SPREAD_S), 0.0, _ONSET_LATEST_S)
        strokes = _lognormal(rng, _STROKE_S, _STROKE_SPREAD, len(times_s))
        rests = _lognormal(rng, _REST_S, _REST_SPREAD, len(times_s))
        begins = onset + np.concatenate([[0.0], np.cumsum(strokes + rests)[:-1]])
        ends = begins + strokes
        reached = np.interp(ends - reaction_delay_s, times_s, felt_sd[:, d])
        left = np.concatenate([[0.0], reached[:-1]])
        knots = np.stack([begins, ends], axis=1).ravel()
        ratings_sd[:, d] = np.interp(times_s, knots, np.stack([left, reached], axis=1).ravel())
    return ratings_sd


def _lognormal(rng: np.random.Generator, median: float, spread: float, count: int) -> np.ndarray:
    """Positive values around a median; `spread` is the standard deviation of their logarithm."""
    return median * np.exp(spread * rng.standard_normal(count))
