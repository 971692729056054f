"""Recordings and their features joined, standardised and padded for training."""

import dataclasses
from collections.abc import Mapping

import numpy as np

from affdyn_jax.corpora.corpus import PARTITIONS, Corpus, Recording
from affdyn_jax.corpora.ratings import gold_standard_on_grid
from affdyn_jax.dynamics import dynamics
from affdyn_jax.errors import FeatureError
from affdyn_jax.examples import Examples, pad

# Features and ratings of one recording end together up to the last window or the last word.
_LENGTH_TOLERANCE = 1.0  # seconds


@dataclasses.dataclass(frozen=True, eq=False)
class Standardisation:
    """Mean and standard deviation of each feature over the training frames (§3.2).

    Attributes:
        mean_f: Shape (F,), float64.
        deviation_f: Shape (F,), float64; 1 where a feature never changes.
    """

    mean_f: np.ndarray
    deviation_f: np.ndarray

    def __call__(self, features_tf: np.ndarray) -> np.ndarray:
        """Features of zero mean and unit variance, shape (T, F), float32."""
        return ((features_tf - self.mean_f) / self.deviation_f).astype(np.float32)


@dataclasses.dataclass(frozen=True, eq=False)
class Dataset:
    """A corpus as arrays.

    Attributes:
        names: Recordings of each partition, in the order of the arrays' rows; a partition
            without recordings is missing.
        examples: Arrays of each partition; the gold standards hold the states of all
            dimensions, then their dynamics (`lanes.tasks_of`).
        labelled: Partitions that have gold standards.
        standardisation: What the features were standardised with.
    """

    names: dict[str, tuple[str, ...]]
    examples: dict[str, Examples]
    labelled: frozenset[str]
    standardisation: Standardisation

    @property
    def gold(self) -> dict[str, Examples]:
        """The partitions that have gold standards."""
        return {partition: self.examples[partition] for partition in sorted(self.labelled)}


def build_dataset(
    corpus: Corpus,
    features: Mapping[str, np.ndarray],
    frame_rate: float,
    annotation_delay: float,
    features_may_outlast: bool = False,
) -> Dataset:
    """Join each recording's features and gold standard, window by window.

    Args:
        corpus: The recordings.
        features: Features of each recording by name, shape (T, F), on the grid.
        frame_rate: Of the grid, in Hz.
        annotation_delay: Seconds by which the raters lag behind the speech.
        features_may_outlast: Whether features may go on where the ratings have ended, as
            published ones do that were padded to the longest recording; they are cut there.
            Audio that goes on for more than a second means ratings that are not whole.

    Raises:
        FeatureError: Features that are not finite or do not last as long as the ratings.
        CorpusError: Ratings with a gap.
    """
    for name, features_tf in features.items():
        if not np.isfinite(features_tf).all():
            frame, column = np.argwhere(~np.isfinite(features_tf))[0]
            raise FeatureError(
                f"recording '{name}': feature {column} is {features_tf[frame, column]} at "
                f"{frame / frame_rate:g} s; features must be finite"
            )
    joined = {
        recording.name: _join(
            recording,
            features[recording.name],
            len(corpus.dimensions),
            frame_rate,
            annotation_delay,
            features_may_outlast,
        )
        for recording in corpus.recordings
    }
    training_frames = [joined[recording.name][0] for recording in corpus.partition("train")]
    standardisation = fit_standardisation(np.concatenate(training_frames))

    names, examples, labelled = {}, {}, set()
    for partition in PARTITIONS:
        recordings = corpus.partition(partition)
        if recordings:
            names[partition] = tuple(recording.name for recording in recordings)
            features_of, gold_of, valid_of = zip(
                *(joined[name] for name in names[partition]), strict=True
            )
            examples[partition] = pad([standardisation(f) for f in features_of], gold_of, valid_of)
            if recordings[0].gold_standard is not None:
                labelled.add(partition)
    return Dataset(names, examples, frozenset(labelled), standardisation)


def fit_standardisation(features_tf: np.ndarray) -> Standardisation:
    """Mean and standard deviation (divided by T) of each feature, shape (T, F)."""
    deviation_f = features_tf.std(axis=0, dtype=np.float64)
    return Standardisation(
        mean_f=features_tf.mean(axis=0, dtype=np.float64),
        deviation_f=np.where(deviation_f > 0, deviation_f, 1.0),
    )


def _join(
    recording: Recording,
    features_tf: np.ndarray,
    dimension_count: int,
    frame_rate: float,
    annotation_delay: float,
    features_may_outlast: bool,
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Features (T, F), gold standards (T, K) and their validity (T, K) of one recording."""
    if recording.gold_standard is None:
        nothing_tk = np.zeros((len(features_tf), 2 * dimension_count))
        return features_tf, nothing_tk, nothing_tk.astype(bool)

    states_td, state_valid_t = gold_standard_on_grid(
        recording.gold_standard, recording.name, frame_rate=frame_rate, delay=annotation_delay
    )
    missing = (len(states_td) - len(features_tf)) / frame_rate
    if missing > _LENGTH_TOLERANCE or (missing < -_LENGTH_TOLERANCE and not features_may_outlast):
        raise FeatureError(
            f"{recording.gold_standard.path}: the ratings of '{recording.name}' last "
            f"{len(states_td) / frame_rate:g} s, its features "
            f"{len(features_tf) / frame_rate:g} s ({recording.audio or 'precomputed'}); they may "
            f"differ by {_LENGTH_TOLERANCE:g} s: cut the longer or complete the shorter"
        )
    frame_count = min(len(states_td), len(features_tf))
    states_td, state_valid_t = states_td[:frame_count], state_valid_t[:frame_count]
    dynamics_td, dynamics_valid_t = dynamics(states_td, state_valid_t, frame_rate)
    valid_tk = np.repeat(
        np.stack([state_valid_t, dynamics_valid_t], axis=1), dimension_count, axis=1
    )
    return features_tf[:frame_count], np.concatenate([states_td, dynamics_td], 1), valid_tk
