"""Frames at any rate to the 4 Hz grid that features and ratings share (§3.2)."""

from pathlib import Path

import numpy as np

from affdyn_jax.errors import FeatureError
from affdyn_jax.features.extractor import Frames
from affdyn_jax.method.grid import average_on_grid, frame_at


class FramePool:
    """Frames of one recording that arrive piece by piece, averaged on the grid.

    It keeps the grid in memory, not the frames.

    Args:
        last_time: Time of the recording's last frame in seconds, where the grid ends.
        feature_count: F.
        frame_rate: Frames per second of the grid, 4 in the paper.
    """

    def __init__(self, last_time: float, feature_count: int, frame_rate: float):
        self._frame_rate = frame_rate
        frame_total = int(frame_at(np.array(last_time), frame_rate)) + 1
        self._sums_tf = np.zeros((frame_total, feature_count))
        self._counts_t = np.zeros(frame_total, np.int64)

    def add(self, times_s: np.ndarray, values_sf: np.ndarray) -> None:
        """Take in frames of increasing times, each frame once.

        Args:
            times_s: Times of the S frames in seconds, from 0 to the last one's.
            values_sf: Their features, shape (S, F).
        """
        frames_s = frame_at(times_s, self._frame_rate)
        touched, first_of, counts = np.unique(frames_s, return_index=True, return_counts=True)
        self._sums_tf[touched] += np.add.reduceat(values_sf, first_of, axis=0, dtype=np.float64)
        self._counts_t[touched] += counts

    def features(self, path: Path) -> np.ndarray:
        """The features on the grid, shape (T, F), float32.

        Raises:
            FeatureError: A window of the grid holds no frame, or features that are not finite;
                the message names `path`.
        """
        means_tf = self._sums_tf / np.maximum(self._counts_t, 1)[:, None]
        return _checked(means_tf, self._counts_t, self._frame_rate, path)


class GrowingPool:
    """Frames of a recording without end, averaged on the grid window by window.

    It keeps the frames of one window and of one piece in memory.

    Args:
        feature_count: F.
        frame_rate: Frames per second of the grid, 4 in the paper.
        source: Names the recording in messages.
    """

    def __init__(self, feature_count: int, frame_rate: float, source: object):
        self._frame_rate, self._source = frame_rate, source
        self._times_s, self._values_sf = np.empty(0), np.empty((0, feature_count))
        self._first = 0  # the window that comes next

    def add(self, frames: Frames) -> np.ndarray:
        """Take in the next frames, and give out the windows that they complete.

        Returns:
            Features of the windows, shape (T, F), float32, the same as `pool_frames` has them.

        Raises:
            FeatureError: A window holds no frame, or features that are not finite.
        """
        self._times_s = np.concatenate([self._times_s, frames.times_s])
        self._values_sf = np.concatenate([self._values_sf, frames.values_sf])
        frames_s = frame_at(self._times_s, self._frame_rate)
        if np.isinf(frames.next_time):
            stop = int(frames_s[-1]) + 1 if len(frames_s) else self._first
        else:
            stop = int(frame_at(np.array(frames.next_time), self._frame_rate))
        is_complete_s = frames_s < stop
        means_tf, counts_t = average_on_grid(
            self._times_s[is_complete_s] - self._first / self._frame_rate,
            self._values_sf[is_complete_s],
            self._frame_rate,
            stop - self._first,
        )
        first, self._first = self._first, stop
        self._times_s = self._times_s[~is_complete_s]
        self._values_sf = self._values_sf[~is_complete_s]
        return _checked(means_tf, counts_t, self._frame_rate, self._source, first)


class RowPool:
    """Frames of one recording in order, averaged as by `FramePool`, given out row by row.

    It keeps the sums of one window in memory.

    Args:
        feature_count: F.
        frame_rate: Frames per second of the grid, 4 in the paper.
        source: Names the recording in messages.
    """

    def __init__(self, feature_count: int, frame_rate: float, source: object):
        self._frame_rate, self._source = frame_rate, source
        self._sum_f, self._count = np.zeros(feature_count), 0
        self._open = 0  # the window that may still get frames

    def add(self, frames: Frames) -> np.ndarray:
        """Take in the next frames, and give out the windows that they complete.

        Returns:
            Features of the windows, shape (T, F), float32.

        Raises:
            FeatureError: A window holds no frame, or features that are not finite.
        """
        frames_s = frame_at(frames.times_s, self._frame_rate)
        touched, first_of, counts = np.unique(frames_s, return_index=True, return_counts=True)
        first, last = self._open, int(touched[-1]) if len(touched) else self._open
        sums_tf = np.zeros((last + 1 - first, len(self._sum_f)))
        counts_t = np.zeros(last + 1 - first, np.int64)
        sums_tf[0], counts_t[0] = self._sum_f, self._count
        if len(touched):
            added = np.add.reduceat(frames.values_sf, first_of, axis=0, dtype=np.float64)
            sums_tf[touched - first] += added
            counts_t[touched - first] += counts
        complete = slice(None if np.isinf(frames.next_time) else -1)
        self._sum_f, self._count, self._open = sums_tf[-1].copy(), int(counts_t[-1]), last
        means_tf = sums_tf[complete] / np.maximum(counts_t[complete], 1)[:, None]
        return _checked(means_tf, counts_t[complete], self._frame_rate, self._source, first)


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
