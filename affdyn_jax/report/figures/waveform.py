"""The outline of a sound, for a picture of it."""

from collections.abc import Iterable
from typing import NamedTuple

import numpy as np


class Outline(NamedTuple):
    """The lowest and the highest sample of each stretch of a sound.

    Attributes:
        times_s: Where each of the S stretches begins, in seconds, shape (S,).
        lowest_s: Shape (S,), full scale ±1.
        highest_s: Shape (S,).
    """

    times_s: np.ndarray
    lowest_s: np.ndarray
    highest_s: np.ndarray


def outline(blocks: Iterable[np.ndarray], sample_rate: int, stretch: int) -> Outline:
    """The outline of a sound that arrives block by block; its samples are not kept.

    Args:
        blocks: Samples of shape (S,).
        sample_rate: In Hz.
        stretch: Samples of each stretch; the last one may have fewer.
    """
    rest = np.empty(0, np.float32)
    lowest, highest = [], []
    for block in blocks:
        samples = np.concatenate([rest, block])
        whole = len(samples) // stretch * stretch
        stretches = samples[:whole].reshape(-1, stretch)
        lowest.append(stretches.min(axis=1))
        highest.append(stretches.max(axis=1))
        rest = samples[whole:]
    if len(rest):
        lowest.append(rest.min(keepdims=True))
        highest.append(rest.max(keepdims=True))
    lowest_s, highest_s = np.concatenate(lowest), np.concatenate(highest)
    return Outline(np.arange(len(lowest_s)) * stretch / sample_rate, lowest_s, highest_s)
