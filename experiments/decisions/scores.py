"""Scores of several seeds' models and their differences, with intervals, as a table's cells.

Everything is made of one task's sums, shape (U, S, 6), of U units (recordings or conversations)
and S seeds (`significance.sums_by_recording`). Seeds and units are two sources of chance, and each
has its own interval: over all seeds on the units at hand, over all units with the seeds at hand.
"""

import numpy as np
import pandas as pd

from affdyn_jax.evaluation.selection import half_interval
from affdyn_jax.evaluation.significance import (
    bootstrap_counts,
    mean_ccc,
    percentile_interval,
    permutation_p_value,
)
from affdyn_jax.report.notation import ccc, ccc_with_interval

_SIGNIFICANT = 0.05


def over_seeds(sums_us6: np.ndarray) -> str:
    """A score, mean over seeds, and half a 95 % interval by Student's t: `.541 ± .012`."""
    return _of_seeds(_scores_of_seeds(sums_us6))


def over_seeds_and_units(sums_us6: np.ndarray) -> str:
    """A score with both intervals, `.541 ± .012 [.431, .620]`.

    Brackets hold a 95 % bootstrap interval over the U units, recordings or conversations.
    """
    return _cell(_scores_of_seeds(sums_us6), _scores_of_resamples(sums_us6))


def difference(sums_us6: np.ndarray, default_us6: np.ndarray) -> str:
    """Difference of a score from the default's, paired by seed and by unit.

    An asterisk means p < .05 in a permutation test over units.
    """
    cell = _cell(
        _scores_of_seeds(sums_us6) - _scores_of_seeds(default_us6),
        _scores_of_resamples(sums_us6) - _scores_of_resamples(default_us6),
    )
    p = permutation_p_value(sums_us6, default_us6, np.random.default_rng(0))
    return f"{cell} *" if p < _SIGNIFICANT else cell


def concatenated(sums_us6: np.ndarray) -> float:
    """CCC (Eq. 2) over all units concatenated, mean over seeds: a run's score (decision 4)."""
    return float(mean_ccc(sums_us6.sum(axis=0)))


def mean_of_units(sums_us6: np.ndarray) -> float:
    """CCC of each unit, mean over units and seeds."""
    return float(mean_ccc(sums_us6).mean())


def with_mixed_variances(sums_us6: np.ndarray) -> float:
    """CCC with a covariance divided by n and variances by n - 1, as in AVEC's scripts.

    Mean over the first axis: (1, S, 6) are recordings concatenated, (N, S, 6) single ones.
    """
    count, x, y, xx, yy, xy = np.moveaxis(sums_us6, -1, 0)
    variances = (xx - x**2 / count + yy - y**2 / count) / (count - 1)
    covariance = xy / count - x * y / count**2
    return float(np.mean(2 * covariance / (variances + ((x - y) / count) ** 2)))


def _scores_of_seeds(sums_us6: np.ndarray) -> np.ndarray:
    """The score of each seed, shape (S,)."""
    return mean_ccc(sums_us6.sum(axis=0)[:, None])


def _scores_of_resamples(sums_us6: np.ndarray) -> np.ndarray:
    """The score of each resample of the units, shape (B,); the resamples are always the same."""
    counts_bu = bootstrap_counts(len(sums_us6), np.random.default_rng(0))
    return mean_ccc(np.tensordot(counts_bu, sums_us6, axes=1))


def _of_seeds(values_s: np.ndarray) -> str:
    return ccc_with_interval(float(values_s.mean()), half_interval(pd.Series(values_s)))


def _cell(values_s: np.ndarray, values_b: np.ndarray) -> str:
    low, high = percentile_interval(values_b)
    return f"{_of_seeds(values_s)} [{ccc(low)}, {ccc(high)}]"
