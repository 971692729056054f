"""Frames at any rate to the 4 Hz grid that features and ratings share (§3.2)."""

from pathlib import Path

import numpy as np

from affdyn_jax.errors import FeatureError
from affdyn_jax.features.extractor import Frames
from affdyn_jax.method.grid import average_on_grid, frame_at


class GrowingPool:
    """Frames of a recording without end, averaged on the grid window by window.

    It keeps the sums of one window in memory.

    Args:
        feature_count: F.
        frame_rate: Frames per second of the grid, 4 in the paper.
        source: Names the recording in messages.
    """

    def __init__(self, feature_count: int, frame_rate: float, source: object):
        self._frame_rate, self._source = frame_rate, source
        self._open = 0  # the window that may still get frames
        self._sum_f, self._count = np.zeros(feature_count), 0  # of those that it has

    def add(self, frames: Frames) -> np.ndarray:
        """Take in the next frames, and give out the windows that they complete.

        Returns:
            Features of the windows, shape (T, F), float32, the same as `pool_frames` has them.

        Raises:
            FeatureError: A window holds no frame, or features that are not finite.
        """
        first = self._open
        touched_w, starts_w, counts_w = np.unique(
            frame_at(frames.times_s, self._frame_rate), return_index=True, return_counts=True
        )
        if np.isfinite(frames.next_time):
            self._open = int(frame_at(np.array(frames.next_time), self._frame_rate))
        elif len(touched_w):
            self._open = int(touched_w[-1]) + 1
        else:
            self._open += self._count > 0
        sums_tf = np.zeros((self._open + 1 - first, len(self._sum_f)))
        counts_t = np.zeros(len(sums_tf), np.int64)
        sums_tf[0], counts_t[0] = self._sum_f, self._count
        if len(touched_w):
            sums_wf = np.add.reduceat(frames.values_sf, starts_w, axis=0, dtype=np.float64)
            sums_tf[touched_w - first] += sums_wf
            counts_t[touched_w - first] += counts_w
        self._sum_f, self._count = sums_tf[-1].copy(), int(counts_t[-1])
        means_tf = sums_tf[:-1] / np.maximum(counts_t[:-1], 1)[:, None]
        return _checked(means_tf, counts_t[:-1], self._frame_rate, self._source, first)


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
        FeatureError: There is no frame, a window holds none, or features are not finite.
    """
    means_tf, counts_t = average_on_grid(times_s, values_sf, frame_rate)
    if len(means_tf) == 0:
        raise FeatureError(f"{path}: there is no frame of features at or after 0 s")
    return _checked(means_tf, counts_t, frame_rate, path)


def _checked(
    means_tf: np.ndarray, counts_t: np.ndarray, frame_rate: float, source: object, first: int = 0
) -> np.ndarray:
    """The means in single precision, if each window has one and all are finite in it."""
    if not counts_t.all():
        start = (first + np.argmin(counts_t)) / frame_rate
        raise FeatureError(
            f"{source}: no frame of features falls between {start:g} s and "
            f"{start + 1 / frame_rate:g} s; give features with {frame_rate:g} or more frames a "
            "second and without gaps"
        )
    with np.errstate(over="ignore"):
        features_tf = means_tf.astype(np.float32)
    if not np.isfinite(features_tf).all():
        frame, column = np.argwhere(~np.isfinite(features_tf))[0]
        raise FeatureError(
            f"{source}: feature {column} is {means_tf[frame, column]:g} at "
            f"{(first + frame) / frame_rate:g} s; features must be finite in single precision: "
            "check the recording's level, or extract them again"
        )
    return features_tf
