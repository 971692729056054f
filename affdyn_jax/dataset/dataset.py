"""Recordings and their features joined, standardised and padded for training."""

import dataclasses
from collections.abc import Mapping

import numpy as np

from affdyn_jax.corpora.corpus import Corpus, Recording
from affdyn_jax.corpora.partitions import PARTITIONS
from affdyn_jax.dataset.constant_ratings import check_changes, is_constant, recordings_by_task
from affdyn_jax.dataset.examples import Examples, pad
from affdyn_jax.dataset.gold_on_grid import GoldOnGrid
from affdyn_jax.errors import FeatureError
from affdyn_jax.method.tasks import tasks_of

# Features and ratings of one recording end together up to the last window or the last word.
_LENGTH_TOLERANCE = 1.0  # seconds

# Beyond this, squares of float32 numbers lose all meaning.
_FARTHEST_FEATURE = 1e6  # standard deviations


@dataclasses.dataclass(frozen=True, eq=False)
class Standardisation:
    """Mean and standard deviation of each feature over the training frames (§3.2).

    Attributes:
        mean_f: Shape (F,), float64.
        deviation_f: Shape (F,), float64; 1 where a feature never changes.
    """

    mean_f: np.ndarray
    deviation_f: np.ndarray

    def __repr__(self) -> str:
        return f"Standardisation({len(self.mean_f)} features)"

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
            dimensions, then their dynamics (`tasks.tasks_of`).
        labelled: Partitions that have gold standards.
        standardisation: What the features were standardised with.
        constant: For each partition and each task's column, the recordings whose gold standard
            never changes, where there are any. A task learns nothing from such a training
            recording: none of its frames is valid there, so its loss is 1 with a gradient of 0.
    """

    names: dict[str, tuple[str, ...]]
    examples: dict[str, Examples]
    labelled: frozenset[str]
    standardisation: Standardisation
    constant: dict[str, dict[str, list[str]]]

    def __repr__(self) -> str:
        counts = ", ".join(f"{len(names)} {partition}" for partition, names in self.names.items())
        return f"Dataset({counts} recordings; {len(self.standardisation.mean_f)} features)"

    @property
    def gold(self) -> dict[str, Examples]:
        """The partitions that have gold standards."""
        return {partition: self.examples[partition] for partition in sorted(self.labelled)}


def build_dataset(
    corpus: Corpus,
    gold: Mapping[str, GoldOnGrid],
    features: Mapping[str, np.ndarray],
    frame_rate: float,
    features_may_outlast: bool = False,
) -> Dataset:
    """Join each recording's features and gold standards, window by window.

    Args:
        corpus: The recordings.
        gold: Their gold standards, from `gold_on_grid.put_on_grid`.
        features: Features of each recording by name, shape (T, F), on the grid.
        frame_rate: Of the grid, in Hz.
        features_may_outlast: Whether features may go on where the ratings have ended, as
            published ones do that were padded to the longest recording; they are cut there.
            Audio that goes on for more than a second means ratings that are not whole.

    Raises:
        FeatureError: Features that are not finite, lie far outside of what was seen in
            training, or do not last as long as the ratings.
        CorpusError: A dimension changes only where the features have ended, in all of train
            or dev.
    """
    for name, features_tf in features.items():
        if not np.isfinite(features_tf).all():
            frame, column = np.argwhere(~np.isfinite(features_tf))[0]
            raise FeatureError(
                f"recording '{name}': feature {column} is {features_tf[frame, column]} at "
                f"{frame / frame_rate:g} s; features must be finite"
            )
    tasks = tasks_of(corpus.dimensions)
    joined = {
        recording.name: _join(
            recording,
            gold[recording.name],
            features[recording.name],
            frame_rate,
            features_may_outlast,
        )
        if recording.name in gold
        else _unlabelled(features[recording.name], len(tasks))
        for recording in corpus.recordings
    }
    training_frames = [joined[recording.name][0] for recording in corpus.partition("train")]
    standardisation = fit_standardisation(np.concatenate(training_frames))

    names, examples, labelled, constant = {}, {}, set(), {}
    for partition in PARTITIONS:
        recordings = corpus.partition(partition)
        if recordings:
            names[partition] = tuple(recording.name for recording in recordings)
            features_of, gold_of, valid_of = zip(
                *(joined[name] for name in names[partition]), strict=True
            )
            inputs = [
                standardised(standardisation, features_tf, frame_rate, f"recording '{name}'")
                for name, features_tf in zip(names[partition], features_of, strict=True)
            ]
            examples[partition] = pad(inputs, gold_of, valid_of)
            if recordings[0].gold_standard is not None:
                labelled.add(partition)
                constant_nk = is_constant(
                    examples[partition].gold_ntk, examples[partition].valid_ntk, axis=1
                )
                if partition != "test":
                    check_changes(constant_nk, tasks, partition, corpus.root)
                by_task = recordings_by_task(constant_nk, names[partition], tasks)
                if by_task:
                    constant[partition] = by_task
                if partition == "train":
                    # Its deviations from its mean are rounding errors, which are not to be learnt.
                    examples[partition].valid_ntk[...] &= ~constant_nk[:, None]
    return Dataset(names, examples, frozenset(labelled), standardisation, constant)


def fit_standardisation(features_tf: np.ndarray) -> Standardisation:
    """Mean and standard deviation (divided by T) of each feature, shape (T, F)."""
    changes_f = np.ptp(features_tf, axis=0) > 0  # rounding lets the deviation differ from 0
    deviation_f = features_tf.std(axis=0, dtype=np.float64)
    return Standardisation(
        mean_f=features_tf.mean(axis=0, dtype=np.float64),
        deviation_f=np.where(changes_f & (deviation_f > 0), deviation_f, 1.0),
    )


def standardised(
    standardisation: Standardisation,
    features_tf: np.ndarray,
    frame_rate: float,
    source: object,
    first: int = 0,
) -> np.ndarray:
    """Standardised features, none of them beyond all that training has seen.

    Args:
        standardisation: That of the training frames.
        features_tf: Shape (T, F), on the grid.
        frame_rate: Of the grid, in Hz.
        source: Names the recording in messages.
        first: Which frame of the recording they begin with.

    Raises:
        FeatureError: One lies far outside of what was seen in training.
    """
    with np.errstate(over="ignore"):
        standardised_tf = standardisation(features_tf)
    is_far_tf = np.abs(standardised_tf) > _FARTHEST_FEATURE
    if is_far_tf.any():
        frame, column = np.argwhere(is_far_tf)[0]
        raise FeatureError(
            f"{source}: feature {column} is {features_tf[frame, column]} at "
            f"{(first + frame) / frame_rate:g} s, over {_FARTHEST_FEATURE:g} standard deviations "
            f"from the training partition's mean of {standardisation.mean_f[column]:g}; extract "
            "it again, or leave that feature out"
        )
    return standardised_tf


def _unlabelled(
    features_tf: np.ndarray, task_count: int
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Features of a recording without gold standards, and what stands in their place."""
    nothing_tk = np.zeros((len(features_tf), task_count))
    return features_tf, nothing_tk, nothing_tk.astype(bool)


def _join(
    recording: Recording,
    gold: GoldOnGrid,
    features_tf: np.ndarray,
    frame_rate: float,
    features_may_outlast: bool,
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Features (T, F), gold standards (T, K) and their validity (T, K) of one recording."""
    rated_count = len(gold.values_tk)
    missing = (rated_count - len(features_tf)) / frame_rate
    if missing > _LENGTH_TOLERANCE or (missing < -_LENGTH_TOLERANCE and not features_may_outlast):
        raise FeatureError(
            f"{recording.gold_standard.path}: the ratings of '{recording.name}' last "
            f"{rated_count / frame_rate:g} s, its features "
            f"{len(features_tf) / frame_rate:g} s ({recording.audio or 'precomputed'}); they may "
            f"differ by {_LENGTH_TOLERANCE:g} s: cut the longer or complete the shorter"
        )
    shared = slice(min(rated_count, len(features_tf)))
    return features_tf[shared], gold.values_tk[shared], gold.valid_tk[shared]
