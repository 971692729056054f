"""The frames of a recording that have both features and gold standards."""

from typing import NamedTuple

import numpy as np

from affdyn_jax.corpora.corpus import Recording
from affdyn_jax.corpora.gold_standards import MASK_GAPS
from affdyn_jax.dataset.gold_on_grid import GoldOnGrid, GoldTraces
from affdyn_jax.errors import FeatureError

# Features and ratings of one recording end together up to the last window or the last word.
_LENGTH_TOLERANCE = 1.0  # seconds


class JoinedFrames(NamedTuple):
    """Features (T, F) and gold standards of the frames of a recording that have both."""

    features_tf: np.ndarray
    traces: GoldTraces


def without_ratings(features_tf: np.ndarray, task_count: int) -> JoinedFrames:
    """A recording without gold standards, with zeros in their place."""
    nothing_tk = np.zeros((len(features_tf), task_count))
    return JoinedFrames(features_tf, GoldTraces(nothing_tk, nothing_tk.astype(bool)))


def join_frames(
    recording: Recording,
    gold: GoldOnGrid,
    features_tf: np.ndarray,
    features_may_outlast: bool,
    masks_gaps: bool,
) -> JoinedFrames:
    """The frames that a recording's features and ratings have in common.

    Args:
        recording: The recording.
        gold: Gold standards of the corpus.
        features_tf: Its features, shape (T, F), on the grid.
        features_may_outlast: As of `dataset.build_dataset`.
        masks_gaps: Whether features may continue where the ratings have ended.

    Raises:
        FeatureError: They do not last equally long.
    """
    traces, frame_rate = gold.traces[recording.name], gold.frame_rate
    rated_count = len(traces.values_tk)
    missing = (rated_count - len(features_tf)) / frame_rate
    ends_early = missing < -_LENGTH_TOLERANCE and not features_may_outlast
    if missing > _LENGTH_TOLERANCE or (ends_early and not masks_gaps):
        raise FeatureError(
            f"{recording.gold_standard.path}: the ratings of '{recording.name}' last "
            f"{rated_count / frame_rate:g} s, its features "
            f"{len(features_tf) / frame_rate:g} s ({recording.audio or 'precomputed'}); they may "
            f"differ by {_LENGTH_TOLERANCE:g} s: cut the longer or complete the shorter"
            + ends_early
            * f"; {MASK_GAPS}"
        )
    if ends_early:
        unrated = ((0, len(features_tf) - rated_count), (0, 0))
        return JoinedFrames(features_tf, GoldTraces(*(np.pad(trace, unrated) for trace in traces)))
    shared = slice(min(rated_count, len(features_tf)))
    return JoinedFrames(
        features_tf[shared], GoldTraces(traces.values_tk[shared], traces.valid_tk[shared])
    )
