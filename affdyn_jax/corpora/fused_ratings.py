"""The gold standard of a recording from the ratings of several raters, and of several files."""

import dataclasses
import logging
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from affdyn_jax.corpora.rater_fusion import JoinedRatings, join_ratings
from affdyn_jax.errors import CorpusError
from affdyn_jax.system.file_names import in_one_line

# A rater who is silent for longer than both has not rated in between.
_PAUSE_S = 0.25  # the paper's frame
_PAUSE_STEPS = 2.0  # of this rater's usual ones

log = logging.getLogger(__name__)


@dataclasses.dataclass(frozen=True, eq=False)
class Ratings:
    """All ratings of one recording and dimension.

    Attributes:
        path: Their file, for messages; the first one where there are several.
        times_s: Times of the S samples in seconds, increasing.
        values_sr: Ratings of the R raters, shape (S, R), NaN where one has none.
        raters: Their names.
    """

    path: Path
    times_s: np.ndarray
    values_sr: np.ndarray
    raters: tuple[str, ...]

    @property
    def extremes(self) -> tuple[float, float]:
        """The lowest and the highest rating of any rater; NaN where there is none."""
        return np.fmin.reduce(self.values_sr, axis=None), np.fmax.reduce(self.values_sr, axis=None)


def side_by_side(ratings: Sequence[Ratings]) -> Ratings:
    """Ratings of one recording and dimension from several files, as if they were of one.

    Where times differ, they become those of the file with most samples, and between its own samples
    each rating is a straight line; it has none before its first, after its last and in its pauses.
    """
    raters = tuple(rater for of_file in ratings for rater in of_file.raters)
    most = max(ratings, key=lambda of_file: len(of_file.times_s))
    values = [
        of_file.values_sr
        if np.array_equal(of_file.times_s, most.times_s)
        else _at(most.times_s, of_file)
        for of_file in ratings
    ]
    return Ratings(ratings[0].path, most.times_s, np.hstack(values), raters)


def _at(times_s: np.ndarray, ratings: Ratings) -> np.ndarray:
    """A file's ratings at other times, shape (S, R)."""
    values_sr = np.full((len(times_s), len(ratings.raters)), np.nan)
    for rater, own in enumerate(ratings.values_sr.T):
        is_rated = np.isfinite(own)
        own_s, own = ratings.times_s[is_rated], own[is_rated]
        if len(own_s) < 2:
            continue
        steps = np.diff(own_s)
        is_pause = steps > max(_PAUSE_S, _PAUSE_STEPS * np.median(steps))
        step_s = np.clip(np.searchsorted(own_s, times_s, side="right") - 1, 0, len(steps) - 1)
        is_silent_s = is_pause[step_s] & (times_s > own_s[step_s]) & (times_s < own_s[step_s + 1])
        values_s = np.interp(times_s, own_s, own, left=np.nan, right=np.nan)
        values_sr[:, rater] = np.where(is_silent_s, np.nan, values_s)
    return values_sr


def join(ratings: Ratings, method: str) -> JoinedRatings:
    """The gold standard of one recording and dimension: NaN where not every rater has rated.

    Reasons not to trust it (see `join_ratings`) are logged as warnings.

    Raises:
        CorpusError: At no time all raters have rated, or `join_ratings` refuses them.
    """
    is_rated_s = np.isfinite(ratings.values_sr).all(axis=1)
    if not is_rated_s.any():
        raise CorpusError(f"{ratings.path}: at no time have all raters rated")
    try:
        joined = join_ratings(ratings.values_sr[is_rated_s], ratings.raters, method)
    except CorpusError as error:
        raise CorpusError(f"{ratings.path}: {error}") from error
    if joined.doubts:
        log.warning("%s: %s", in_one_line(ratings.path), "; ".join(joined.doubts))
    values_s = np.full(len(is_rated_s), np.nan)
    values_s[is_rated_s] = joined.values_s
    return dataclasses.replace(joined, values_s=values_s)
