"""The common time grid of features and ratings: 4 Hz, by averaging (§3.2).

Features and ratings share this one function, so a feature and a rating of the same index
cover the same quarter of a second.
"""

import numpy as np

# Hz, the lowest and the highest that are accepted.
FRAME_RATES = (0.1, 100.0)

# Decimal times such as 0.3 have no exact binary form, and tables round them to six decimals:
# a sample up to a microsecond before a window's start belongs to that window.
EDGE_TOLERANCE_S = 1e-6


def frame_at(times_s: np.ndarray, frame_rate: float) -> np.ndarray:
    """Index of the window [t, t + 1/frame_rate), t = 0, 1/frame_rate, …, of each time.

    Args:
        times_s: Times in seconds, of any shape.
        frame_rate: Windows per second.

    Returns:
        The indices, of the same shape, int64; negative for times before 0.
    """
    edges_passed_s = (np.asarray(times_s, np.float64) + EDGE_TOLERANCE_S) * frame_rate
    return np.floor(edges_passed_s).astype(np.int64)


def average_on_grid(
    times_s: np.ndarray, values_sc: np.ndarray, frame_rate: float, frame_count: int | None = None
) -> tuple[np.ndarray, np.ndarray]:
    """Mean of the samples in each window [t, t + 1/frame_rate), t = 0, 1/frame_rate, ….

    Any sampling rate will do, e.g. one that puts 12.5 samples in a window.

    Args:
        times_s: Times of the S samples in seconds; those before 0 are left out.
        values_sc: Their values in C columns, shape (S, C), finite.
        frame_rate: Frames per second, 4 in the paper.
        frame_count: T; by default the grid ends with the window of the last sample.

    Returns:
        The means, shape (T, C), float64, 0 where a window holds no sample; and how many
        samples each window holds, shape (T,).
    """
    frames_s = frame_at(times_s, frame_rate)
    if frame_count is None:
        frame_count = int(frames_s.max(initial=-1)) + 1
    on_grid_s = (frames_s >= 0) & (frames_s < frame_count)
    counts_t = np.bincount(frames_s[on_grid_s], minlength=frame_count)
    sums_tc = np.empty((frame_count, values_sc.shape[1]))
    for column, values_s in enumerate(values_sc[on_grid_s].T):
        sums_tc[:, column] = np.bincount(frames_s[on_grid_s], values_s, minlength=frame_count)
    return sums_tc / np.maximum(counts_t, 1)[:, None], counts_t
