"""Gold standards from the ratings of several raters, and how far the raters agree.

One recording and one dimension at a time, since raters use the scale differently from
recording to recording. S counts samples, R raters.
"""

import dataclasses
from collections.abc import Sequence

import numpy as np

from affdyn_jax.errors import CorpusError
from affdyn_jax.method.concordance import concordance


@dataclasses.dataclass(frozen=True, eq=False)
class JoinedRatings:
    """The gold standard of one dimension, made of several raters' ratings.

    Attributes:
        values_s: The gold standard, shape (S,), finite.
        agreement: Mean CCC of all pairs of raters.
        doubts: Reasons not to trust it, in words; none in good order.
    """

    values_s: np.ndarray
    agreement: float
    doubts: tuple[str, ...]


def join_ratings(ratings_sr: np.ndarray, raters: Sequence[str], method: str) -> JoinedRatings:
    """Make the gold standard of one recording and dimension.

    `mean`: the mean of the raters, sample by sample.

    `centred`: the mean of the ratings after each was shifted so that its own mean is the
    agreement-weighted mean of the raters' means (AVEC 2016, Valstar et al., where it is called
    CCC centring). A rater's agreement is the mean CCC with the others (`agreements`), also
    where it is negative. Where the agreements give no level, because they do not sum to more
    than 0 or would leave the range of the raters' means, all raters weigh the same: the result
    is then that of `mean`.

    `ewe`: the evaluator-weighted estimator of Grimm and Kroschel (2005), a weighted mean. The
    weight of a rater is Pearson's correlation of the rating with the mean of the others; theirs
    is with the mean of all, which contains the rating itself. Negative weights count as 0.
    Where all are 0, all raters weigh the same.

    A rating that never moves agrees with no other: its CCC and correlation are 0. It still
    takes part in `mean` and `centred`, whose dynamics it flattens; `ewe` leaves it out.

    Args:
        ratings_sr: The ratings, shape (S, R), finite.
        raters: Names of the R raters, for the doubts.
        method: `mean`, `centred` or `ewe`.

    Raises:
        CorpusError: There are fewer than two raters, or values so large that no finite gold
            standard comes out.
    """
    if len(raters) < 2:
        raise CorpusError(
            f"the only rater is '{raters[0]}'; agreement and a gold standard need two"
            if raters
            else "there is no rater; agreement and a gold standard need two"
        )
    with np.errstate(over="ignore", invalid="ignore"):
        agreement_r = agreements(ratings_sr)
        if method == "centred":
            values_s, is_weighted = _centred(ratings_sr, agreement_r)
        elif method == "ewe":
            values_s, is_weighted = _evaluator_weighted(ratings_sr)
        else:
            values_s, is_weighted = ratings_sr.mean(axis=1), True
    if not (np.isfinite(values_s).all() and np.isfinite(agreement_r).all()):
        raise CorpusError(
            f"ratings as large as {np.abs(ratings_sr).max():g} are on no scale; they have no mean"
        )
    doubts = [
        f"rater '{rater}' never moves"
        if is_constant
        else f"rater '{rater}' contradicts the others (mean CCC {agreement:.3f})"
        for rater, is_constant, agreement in zip(
            raters, ~_moves(ratings_sr), agreement_r, strict=True
        )
        if is_constant or agreement < 0
    ]
    if not is_weighted:
        doubts.append("the raters agree too little to be weighted, so all count the same")
    return JoinedRatings(values_s, float(agreement_r.mean()), tuple(doubts))


def agreements(ratings_sr: np.ndarray) -> np.ndarray:
    """Each rater's mean CCC (Eq. 2) with the others, shape (R,).

    Their mean is the mean of all pairs of raters. A rating that never moves has 0 with all.
    """
    rater_count = ratings_sr.shape[1]
    first_p, second_p = np.triu_indices(rater_count, k=1)
    moves_r = _moves(ratings_sr)
    ccc_p = concordance(
        ratings_sr[:, first_p],
        ratings_sr[:, second_p],
        np.ones((len(ratings_sr), len(first_p)), bool),
    )
    # Two flat ratings at one level are 0/0, which rounding may turn into anything.
    ccc_p = np.where(moves_r[first_p] & moves_r[second_p], ccc_p, 0.0)
    ccc_rr = np.zeros((rater_count, rater_count))
    ccc_rr[first_p, second_p] = ccc_rr[second_p, first_p] = ccc_p
    return ccc_rr.sum(axis=1) / (rater_count - 1)


def _moves(ratings_sr: np.ndarray) -> np.ndarray:
    """Which ratings are more than one value throughout, shape (R,)."""
    return (ratings_sr != ratings_sr[:1]).any(axis=0)


def _centred(ratings_sr: np.ndarray, agreement_r: np.ndarray) -> tuple[np.ndarray, bool]:
    """The CCC-centred mean, and whether the agreements could serve as weights."""
    means_r = ratings_sr.mean(axis=0)
    total = agreement_r.sum()
    if total <= 0:
        return ratings_sr.mean(axis=1), False
    level = means_r @ agreement_r / total
    if agreement_r.min() < 0 and not means_r.min() <= level <= means_r.max():
        return ratings_sr.mean(axis=1), False
    # Shifting each by its own distance shifts their mean by the mean distance.
    return ratings_sr.mean(axis=1) + (level - means_r.mean()), True


def _evaluator_weighted(ratings_sr: np.ndarray) -> tuple[np.ndarray, bool]:
    """The evaluator-weighted estimator, and whether any rater weighs more than 0."""
    rater_count = ratings_sr.shape[1]
    deviations_sr = np.where(_moves(ratings_sr), ratings_sr - ratings_sr.mean(axis=0), 0.0)
    # The factor 1/(R-1) of the others' mean does not change a correlation.
    others_sr = deviations_sr @ (1.0 - np.eye(rater_count))
    covariance_r = np.sum(deviations_sr * others_sr, axis=0)
    norms_r = np.linalg.norm(deviations_sr, axis=0) * np.linalg.norm(others_sr, axis=0)
    correlation_r = np.divide(covariance_r, norms_r, out=np.zeros(rater_count), where=norms_r > 0)
    weights_r = np.maximum(correlation_r, 0.0)
    if weights_r.sum() == 0:
        return ratings_sr.mean(axis=1), False
    return ratings_sr @ (weights_r / weights_r.sum()), True
