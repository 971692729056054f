"""Several raters of one recording of the stand-in: they hear the same and differ in what they do.

Each has a delay, a level and a reach of their own and drifts slowly about what they mean; the
last one follows the speaker less than the others.
"""

import numpy as np

from affdyn_jax.corpora.standin.traces import RATING_RATE, rate, slow_noise

# RECOLA's, three men and three women who speak French.
RATERS = ("FM1", "FM2", "FM3", "FF1", "FF2", "FF3")
RATERS_RATE = 25.0  # Hz

_DELAY_SPREAD = 0.2  # of its logarithm
_REACH_SPREAD = 0.25  # of its logarithm
_LEVEL_SPREAD = 0.05
_DRIFT, _DRIFT_S = 0.04, 8.0
# How far the last rater follows, and how much more that one drifts.
_LEAST_REACH, _LEAST_DRIFT = 0.4, 2.0


def rate_by_several(
    rng: np.random.Generator, felt_sd: np.ndarray, reaction_delay_s: float
) -> tuple[np.ndarray, np.ndarray]:
    """What the raters make of what was felt.

    Args:
        rng: Source of all that is drawn.
        felt_sd: Felt affect at 10 Hz, shape (S, D).
        reaction_delay_s: Median time from what is felt to its rating, in seconds.

    Returns:
        Times at 25 Hz up to the end of the recording, which has a sample of its own, shape (S,);
        ratings in [-1, 1], shape (S, D, R).
    """
    duration_s = len(felt_sd) / RATING_RATE
    times_s = np.arange(int(duration_s * RATERS_RATE) + 1) / RATERS_RATE
    felt_times_s = np.arange(len(felt_sd)) / RATING_RATE
    drift_samples = round(_DRIFT_S * RATING_RATE)
    ratings_sdr = np.empty((len(times_s), felt_sd.shape[1], len(RATERS)))
    for r in range(len(RATERS)):
        is_least = r == len(RATERS) - 1
        delay_s = reaction_delay_s * np.exp(_DELAY_SPREAD * rng.standard_normal())
        rated_sd = rate(rng, felt_sd, delay_s)
        for d in range(felt_sd.shape[1]):
            reach = np.exp(_REACH_SPREAD * rng.standard_normal())
            level = _LEVEL_SPREAD * rng.standard_normal()
            drift_s = _DRIFT * slow_noise(rng, len(felt_sd), drift_samples)
            if is_least:
                reach, drift_s = _LEAST_REACH * reach, _LEAST_DRIFT * drift_s
            rating_s = reach * rated_sd[:, d] + level + drift_s
            ratings_sdr[:, d, r] = np.interp(times_s, felt_times_s, rating_s)
    return times_s, np.clip(ratings_sdr, -1.0, 1.0)
