"""A corpus's ratings checked against their scale, and mapped to the network's."""

import dataclasses
import logging

import numpy as np

from affdyn_jax.corpora.corpus import Corpus, GoldStandard
from affdyn_jax.errors import CorpusError
from affdyn_jax.method.rating_scale import RatingScale

# Ratings that use less of a scale were probably made on another.
_SMALLEST_SHARE = 0.05

log = logging.getLogger(__name__)


def on_unit_scale(corpus: Corpus, scale: RatingScale) -> Corpus:
    """The corpus with all gold standards between -1 and 1.

    Ratings that use only a small part of the scale cause a warning.

    Args:
        corpus: Its gold standards are on its own scale.
        scale: That scale.

    Raises:
        CorpusError: A rating lies outside of the scale.
    """
    rated = [r.gold_standard for r in corpus.recordings if r.gold_standard is not None]
    ranges_nd2 = np.stack([_ranges(gold_standard) for gold_standard in rated])
    lowest_d, highest_d = np.fmin.reduce(ranges_nd2[..., 0]), np.fmax.reduce(ranges_nd2[..., 1])
    lowest, highest = np.fmin.reduce(lowest_d), np.fmax.reduce(highest_d)
    for gold_standard, ranges_d2 in zip(rated, ranges_nd2, strict=True):
        for dimension, (low, high) in zip(corpus.dimensions, ranges_d2, strict=True):
            if np.isfinite(low) and not scale.is_within(low, high):
                raise CorpusError(
                    f"{gold_standard.path}: ratings of '{dimension}' go from {low:g} to {high:g}, "
                    f"outside of corpus.rating_range, {scale}; all ratings of the corpus go from "
                    f"{lowest:g} to {highest:g}: name the scale that the raters used, "
                    "--config.corpus.rating_range=LOW,HIGH"
                )
    for dimension, low, high in zip(corpus.dimensions, lowest_d, highest_d, strict=True):
        if (high - low) < _SMALLEST_SHARE * (scale.high - scale.low):
            log.warning(
                "ratings of '%s' lie between %g and %g, a small part of corpus.rating_range, %s; "
                "check that this is the scale that the raters used",
                *(dimension, low, high, scale),
            )
    return dataclasses.replace(
        corpus,
        rating_scale=scale,
        recordings=tuple(
            dataclasses.replace(recording, gold_standard=_mapped(recording.gold_standard, scale))
            for recording in corpus.recordings
        ),
    )


def _ranges(gold_standard: GoldStandard) -> np.ndarray:
    """Lowest and highest rating in each dimension, shape (D, 2); NaN where there is none."""
    if gold_standard.rated_d2 is not None:
        return gold_standard.rated_d2
    values_sd = gold_standard.values_sd
    return np.stack([np.fmin.reduce(values_sd), np.fmax.reduce(values_sd)], axis=1)


def _mapped(gold_standard: GoldStandard | None, scale: RatingScale) -> GoldStandard | None:
    if gold_standard is None:
        return None
    return dataclasses.replace(
        gold_standard, values_sd=scale.to_unit(gold_standard.values_sd), rated_d2=None
    )
