"""Whether two models' scores differ by more than chance (§4.3): permutations and bootstrap.

Everything here works on the sums that CCC (Eq. 2) is made of. They add up over the units that are
swapped or drawn, so a thousand permutations are one matrix product. The units are groups of
recordings; by default each recording is one. They may also be single frames, as perhaps in the
paper, but neighbouring frames resemble each other, and a test that takes them as independent finds
differences where there are none (`docs/fidelity.md`). In shapes, U is units, P permutations,
B resamples.
"""

import itertools
from collections.abc import Sequence

import numpy as np

CONFIDENCE = 0.95  # of every interval, over seeds too
PERMUTATIONS = 1000  # as many as in §4.3

# Swaps computed together: with frames as units all permutations would fill the memory.
_SWAPS_AT_ONCE = 2**20

# What rounding may leave of a difference that is 0, relative to its terms.
_ROUNDING = 1e-12


def sums_by_frame(
    predictions_snt: np.ndarray, gold_nt: np.ndarray, valid_nt: np.ndarray
) -> np.ndarray:
    """The terms, for each valid frame, of the sums that CCC is made of.

    The gold standard's mean is subtracted from both traces first, so that nothing cancels.

    Args:
        predictions_snt: Predictions of one model trained with S seeds, shape (S, N, T).
        gold_nt: The gold standard, shape (N, T).
        valid_nt: Which frames count, shape (N, T), boolean; others may hold anything.

    Returns:
        Count, prediction, gold standard, their squares and their product, float64, shape
        (U, S, 6) for the U valid frames, recording by recording.
    """
    gold_u = gold_nt[valid_nt].astype(np.float64)
    predictions_us = predictions_snt[:, valid_nt].T.astype(np.float64)
    centre = gold_u.mean() if len(gold_u) else 0.0
    x_us = predictions_us - centre
    y_us = np.broadcast_to((gold_u - centre)[:, None], x_us.shape)
    return np.stack([np.ones_like(x_us), x_us, y_us, x_us**2, y_us**2, x_us * y_us], axis=-1)


def sums_by_recording(
    predictions_snt: np.ndarray, gold_nt: np.ndarray, valid_nt: np.ndarray
) -> np.ndarray:
    """The sums of each recording, shape (N, S, 6); see `sums_by_frame`."""
    frames_us6 = sums_by_frame(predictions_snt, gold_nt, valid_nt)
    sums_ns6 = np.zeros((len(valid_nt), *frames_us6.shape[1:]))
    np.add.at(sums_ns6, np.nonzero(valid_nt)[0], frames_us6)
    return sums_ns6


def sums_by_group(sums_ns6: np.ndarray, groups: Sequence[str]) -> np.ndarray:
    """The sums of each group of recordings, shape (G, S, 6), in the order of their first ones.

    Args:
        sums_ns6: From `sums_by_recording`.
        groups: The group of each recording.
    """
    place_of = {group: place for place, group in enumerate(dict.fromkeys(groups))}
    sums_gs6 = np.zeros((len(place_of), *sums_ns6.shape[1:]))
    np.add.at(sums_gs6, [place_of[group] for group in groups], sums_ns6)
    return sums_gs6


def mean_ccc(sums_s6: np.ndarray) -> np.ndarray:
    """CCC (Eq. 2) of frames that were summed up, averaged over seeds.

    Args:
        sums_s6: Shape (…, S, 6).

    Returns:
        Shape (…); a CCC that is 0/0 counts as 0, as in `concordance`.
    """
    count, x, y, xx, yy, xy = np.moveaxis(sums_s6, -1, 0)
    count = np.maximum(count, 1)
    covariance = xy / count - (x / count) * (y / count)
    squares = (xx + yy) / count
    # Both variances and the squared difference of the means; the squared means drop out.
    denominator = squares - 2 * (x / count) * (y / count)
    defined = denominator > _ROUNDING * squares
    return np.where(defined, 2 * covariance / np.where(defined, denominator, 1), 0).mean(axis=-1)


def permutation_p_value(
    first_us6: np.ndarray,
    second_us6: np.ndarray,
    rng: np.random.Generator,
    permutations: int = PERMUTATIONS,
) -> float:
    """Two-sided p of the difference of two models' CCCs: a paired permutation test.

    If the models are equally good, it is chance which of them made which of a unit's two
    predictions. Each permutation swaps these in a random half of the units, in all seeds
    together, since seeds tell nothing about other recordings; its statistic is the difference of
    `mean_ccc`.

    If there are at most `permutations` ways of swapping, 2^U, each is taken once, and p is the
    share of them whose difference is at least as large as the observed one, which is among them.
    Otherwise p = (1 + hits) / (1 + permutations). How small it can be is `smallest_p_value`.

    Args:
        first_us6: From `sums_by_recording` or `sums_by_frame`, shape (U, S, 6).
        second_us6: Of the other model, for the same units and seeds.
        rng: Draws the permutations.
        permutations: How many at most.
    """
    half_sum_s6 = (first_us6 + second_us6).sum(axis=0) / 2
    half_difference_us6 = (first_us6 - second_us6) / 2

    def difference(signs_pu: np.ndarray) -> np.ndarray:
        """The statistic where -1 swaps a unit, shape (P,)."""
        moved_ps6 = np.tensordot(signs_pu.astype(np.float64), half_difference_us6, axes=1)
        return mean_ccc(half_sum_s6 + moved_ps6) - mean_ccc(half_sum_s6 - moved_ps6)

    units = len(first_us6)
    # Equal differences may come out unequal by rounding.
    observed = abs(difference(np.ones((1, units)))[0]) - _ROUNDING
    if 2**units <= permutations:
        all_signs = np.array(list(itertools.product((1, -1), repeat=units)), np.int8)
        return float(np.mean(np.abs(difference(all_signs)) >= observed))
    hits = 0
    at_once = max(1, _SWAPS_AT_ONCE // units)
    for done in range(0, permutations, at_once):
        shape = (min(at_once, permutations - done), units)
        signs_pu = 1 - 2 * rng.integers(2, size=shape, dtype=np.int8)
        hits += int(np.sum(np.abs(difference(signs_pu)) >= observed))
    return (1 + hits) / (1 + permutations)


def smallest_p_value(units: int) -> float:
    """The smallest p that `permutation_p_value` can give for so many units.

    Where each way of swapping is taken once, swapping no unit and swapping all of them both give
    the observed difference: with fewer than six units p cannot fall below .05.
    """
    return 2 / 2**units if 2**units <= PERMUTATIONS else 1 / (1 + PERMUTATIONS)


def bootstrap_counts(units: int, rng: np.random.Generator, resamples: int = 1000) -> np.ndarray:
    """How often each resample holds each of the U units, drawn with replacement, shape (B, U).

    `mean_ccc(np.tensordot(counts_bu, sums_us6, axes=1))` is the score of each resample. Scores
    of two models from the same counts are paired.
    """
    return rng.multinomial(units, np.full(units, 1 / units), resamples)


def percentile_interval(values_b: np.ndarray) -> tuple[float, float]:
    """The middle of the B resamples' values: the percentile bootstrap's interval."""
    low, high = np.quantile(values_b, [(1 - CONFIDENCE) / 2, (1 + CONFIDENCE) / 2])
    return float(low), float(high)
