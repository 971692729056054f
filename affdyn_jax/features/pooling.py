"""Frames at any rate to the 4 Hz grid that features and ratings share (§3.2)."""

from pathlib import Path

import numpy as np

from affdyn_jax.errors import FeatureError
from affdyn_jax.grid import average_on_grid


def pool_frames(
    times_s: np.ndarray, values_sf: np.ndarray, frame_rate: float, path: Path
) -> np.ndarray:
    """Average the frames whose times fall in each window of the grid.

    Args:
        times_s: Times of the S frames in seconds.
        values_sf: Their features, shape (S, F), finite.
        frame_rate: Frames per second of the grid, 4 in the paper.
        path: The recording's file, for messages.

    Returns:
        The features on the grid, shape (T, F), float32; it ends with the last frame's window.

    Raises:
        FeatureError: There is no frame, or a window holds none.
    """
    features_tf, counts_t = average_on_grid(times_s, values_sf, frame_rate)
    if len(features_tf) == 0:
        raise FeatureError(f"{path}: there is no frame of features at or after 0 s")
    if not counts_t.all():
        start = np.argmin(counts_t) / frame_rate
        raise FeatureError(
            f"{path}: no frame of features falls between {start:g} s and "
            f"{start + 1 / frame_rate:g} s; give features with {frame_rate:g} or more frames a "
            "second and without gaps"
        )
    return features_tf.astype(np.float32)
