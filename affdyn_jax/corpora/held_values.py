"""Ratings that hold until they change, as samples: of sliders logged when they move, of intervals.

A rating trace has samples. Where a tool writes only when a value begins to hold, and until when,
the value is repeated a hundred times a second: the mean over a window of the grid is then right to
a hundredth of a second.
"""

import numpy as np

RATE = 100  # Hz


def sample_times(end_s: float) -> np.ndarray:
    """Times of the S samples from 0 until just before the end, in seconds."""
    return np.arange(int(np.ceil(end_s * RATE - 1e-6))) / RATE


def sample_held(
    start_i: np.ndarray, stop_i: np.ndarray, value_i: np.ndarray, times_s: np.ndarray
) -> np.ndarray:
    """The value that holds at each time, shape (S,), NaN where none does.

    Args:
        start_i: When each of the I values begins to hold, increasing.
        stop_i: When it ceases to, at the next one's start at the latest.
        value_i: The values.
        times_s: The S times, in the same unit.
    """
    last_s = np.searchsorted(start_i, times_s, side="right") - 1
    holds_s = (last_s >= 0) & (times_s < stop_i[last_s])
    return np.where(holds_s, value_i[last_s], np.nan)
