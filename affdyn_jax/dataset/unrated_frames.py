"""Frames without a rating, which count in no loss and no score."""

import logging
from collections.abc import Mapping, Sequence

from affdyn_jax.dataset.examples import Examples

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


def tell(shares: Mapping[str, Mapping[str, float]]) -> None:
    """Log a line for each partition."""
    for partition, by_dimension in shares.items():
        log.info(
            "%s: frames without a rating, which count in no loss and no score: %s",
            partition,
            ", ".join(f"{share:.1%} of {dimension}" for dimension, share in by_dimension.items()),
        )
