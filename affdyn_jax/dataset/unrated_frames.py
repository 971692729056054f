"""Frames without a rating, which count in no loss and no score."""

import itertools
import logging
from collections.abc import Mapping, Sequence

import numpy as np

from affdyn_jax.dataset.examples import Examples

# Of a recording; where less is rated, the times of its ratings are probably not what they seem.
_SMALLEST_SHARE = 0.6

log = logging.getLogger(__name__)


def unrated_shares(
    gold: Mapping[str, Examples], dimensions: Sequence[str]
) -> dict[str, dict[str, float]]:
    """The share of frames whose state has no gold standard, where there are any.

    Args:
        gold: Partitions that have gold standards.
        dimensions: The D dimensions, whose states come first in these.

    Returns:
        Of each partition and dimension.
    """
    shares = {}
    for partition, examples in gold.items():
        for d, dimension in enumerate(dimensions):
            frames = examples.frames_n.sum()
            if missing := frames - examples.valid_ntk[..., d].sum():
                shares.setdefault(partition, {})[dimension] = float(missing / frames)
    return shares


def tell(
    shares: Mapping[str, Mapping[str, float]],
    examples: Mapping[str, Examples],
    names: Mapping[str, Sequence[str]],
) -> None:
    """Log a line for each partition, and a warning where most of some recordings is missing.

    Args:
        shares: From `unrated_shares`.
        examples: Of each partition.
        names: Of the recordings of each partition.
    """
    for partition, by_dimension in shares.items():
        log.info(
            "%s: frames without a rating, which count in no loss and no score: %s",
            partition,
            ", ".join(f"{share:.1%} of {dimension}" for dimension, share in by_dimension.items()),
        )
        valid_ntd, _ = np.split(examples[partition].valid_ntk, 2, axis=-1)  # of states
        rated_n = valid_ntd.sum(axis=1).max(axis=-1) / examples[partition].frames_n
        few = [*itertools.compress(names[partition], rated_n < _SMALLEST_SHARE)]
        if few:
            log.warning(
                "%s: most frames of %d recording(s) have no rating, so check the times of their "
                "ratings: %s",
                *(partition, len(few), ", ".join(few)),
            )
