"""Features of a recording as a file has them, at its own rate."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np


class FeatureTrace(NamedTuple):
    """Frames of features and their times.

    Attributes:
        times_s: Times of the S frames as the file has them; empty where it has none.
        values_sf: Their features, shape (S, F).
        names: The F features.
        line_s: The line of each frame, or the row where a file has no lines.
    """

    times_s: np.ndarray
    values_sf: np.ndarray
    names: tuple[str, ...]
    line_s: Sequence[int]
