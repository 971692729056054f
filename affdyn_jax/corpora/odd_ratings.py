"""Recordings whose ratings lie elsewhere than those of others, as if they were on another scale."""

import logging
from collections.abc import Iterator

import numpy as np

from affdyn_jax.corpora.corpus import Corpus

# SEWA's recordings spread by 0.15 to 2.3 times the median, and their means are less than one
# median spread apart from the next one. A single recording may well be odd by nature.
_SPREAD_GAP, _SPREAD_OF_ONE = 3.0, 6.0  # times; of one, times the median
_LEVEL_GAP, _LEVEL_GAP_OF_ONE = 1.5, 3.0  # times the usual spread, or their own if that is wider

_FEWEST = 4  # recordings, below which none is the odd one

log = logging.getLogger(__name__)


def warn_of_odd_ratings(corpus: Corpus) -> None:
    """Log a line for each dimension whose recordings seem to be on several scales."""
    rated = [recording for recording in corpus.recordings if recording.gold_standard is not None]
    for d, dimension in enumerate(corpus.dimensions):
        names, levels, spreads = [], [], []
        for recording in rated:
            values_s = recording.gold_standard.values_sd[:, d]
            values_s = values_s[np.isfinite(values_s)]
            if values_s.size and np.ptp(values_s) > 0:
                names.append(recording.name)
                levels.append(values_s.mean())
                spreads.append(values_s.std())
        if len(names) < _FEWEST:
            continue
        for odd_n, what in _odd(np.array(levels), np.array(spreads)):
            odd = [name for name, is_odd in zip(names, odd_n, strict=True) if is_odd]
            log.warning(
                "ratings of '%s' %s in %d of %d recordings, e.g. '%s'; check that all are on one "
                "scale",
                *(dimension, what, len(odd), len(names), odd[0]),
            )


def _odd(levels_n: np.ndarray, spreads_n: np.ndarray) -> Iterator[tuple[np.ndarray, str]]:
    """Which recordings are odd, and in what."""
    usual = np.median(spreads_n)
    below, above = _sides(np.log(spreads_n), np.log(_SPREAD_GAP))
    if min(below.sum(), above.sum()) > 1:
        yield min(below, above, key=np.sum), "spread several times as wide or as narrow as others"
    elif (is_odd_n := spreads_n > _SPREAD_OF_ONE * usual).any():
        yield is_odd_n, "spread several times as wide as others"
    odd_n = min(_sides(levels_n, _LEVEL_GAP * usual), key=np.sum)
    if odd_n.any():
        gap = np.abs(levels_n[odd_n][:, None] - levels_n[~odd_n]).min()
        factor = _LEVEL_GAP if odd_n.sum() > 1 else _LEVEL_GAP_OF_ONE
        if gap > factor * max(usual, np.median(spreads_n[odd_n])):
            yield odd_n, "lie apart from all others"


def _sides(values_n: np.ndarray, smallest_gap: float) -> tuple[np.ndarray, np.ndarray]:
    """Which values lie below and which above the widest gap between them, if it is wide enough."""
    in_order = np.sort(values_n)
    widest = np.argmax(np.diff(in_order))
    below = values_n <= in_order[widest]
    if in_order[widest + 1] - in_order[widest] < smallest_gap:
        below = np.ones_like(below)
    return below, ~below
