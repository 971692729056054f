"""Which recordings lanes train on, choose epochs by and are tested on."""

import itertools
from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np

from affdyn_jax.dataset.examples import Examples
from affdyn_jax.dataset.folds import Fold
from affdyn_jax.dataset.standardisation import (
    Standardisation,
    fit_standardisation,
    is_far,
    standardised,
)
from affdyn_jax.errors import FeatureError

# In standard deviations; what single precision may round a feature by.
_LARGEST_ROUNDING = 1e-3


class Split(NamedTuple):
    """One division of the recordings, and the standardisation that belongs to it.

    Attributes:
        train_n: Rows of the training examples, int32.
        dev_n: Rows of the dev examples, int32.
        test_n: Rows of the test examples, int32.
        standardisation: What is still to be done to the examples' features, F of them.
        layer: Index of the layer that is heard of the examples' features; see `Examples`.
    """

    train_n: np.ndarray
    dev_n: np.ndarray
    test_n: np.ndarray
    standardisation: Standardisation
    layer: int = 0

    def rows(self, partition: str) -> np.ndarray:
        """Rows of the examples of a partition."""
        return getattr(self, f"{partition}_n")


def corpus_split(examples: Mapping[str, Examples]) -> Split:
    """The corpus's own partitions, whole, of features that are standardised already.

    Args:
        examples: Of each partition; without `test` none is tested on.
    """

    def every(partition: str) -> np.ndarray:
        count = len(examples[partition].frames_n) if partition in examples else 0
        return np.arange(count, dtype=np.int32)

    feature_count = examples["train"].features_ntf.shape[-1]
    nothing = Standardisation(np.zeros(feature_count), np.ones(feature_count))
    return Split(every("train"), every("dev"), every("test"), nothing)


def fold_splits(
    folds: Sequence[Fold], features: Mapping[str, np.ndarray], frame_rate: float
) -> tuple[Split, ...]:
    """A split for each fold, of examples that hold the same recordings in each partition.

    Args:
        folds: Of these recordings.
        features: Of each recording by name, in the order of the examples' rows, shape (T, F),
            not standardised.
        frame_rate: Of the grid, in Hz.

    Raises:
        FeatureError: One lies far outside of what a fold was trained on, or cannot be told from
            others in single precision.
    """
    row_of = {name: np.int32(n) for n, name in enumerate(features)}
    extremes_n2f = np.stack([[tf.min(axis=0), tf.max(axis=0)] for tf in features.values()])
    splits = []
    for index, fold in enumerate(folds):
        training_frames = np.concatenate([features[name] for name in fold.train])
        standardisation = fit_standardisation(training_frames)
        with np.errstate(over="ignore"):
            is_far_n = is_far(standardisation(extremes_n2f)).any(axis=(1, 2))
        for name in itertools.compress(features, is_far_n):
            source = f"recording '{name}' in fold {index}"
            standardised(standardisation, features[name], frame_rate, source)
        _check_single_precision(extremes_n2f, standardisation)
        rows = (np.array([row_of[name] for name in part]) for part in fold)
        splits.append(Split(*rows, standardisation))
    return tuple(splits)


def _check_single_precision(extremes_n2f: np.ndarray, standardisation: Standardisation) -> None:
    """Refuse features that the training program, which standardises them, could not."""
    single = np.finfo(np.float32)
    largest_f = np.abs(extremes_n2f).max(axis=(0, 1))
    rounding_f = single.eps * largest_f
    deviation_f = standardisation.deviation_f
    changes_f = deviation_f != 1  # rounding is nothing to a feature that never does
    is_lost_f = changes_f & (rounding_f > _LARGEST_ROUNDING * deviation_f)
    is_lost_f |= (largest_f > single.max) | (deviation_f < single.tiny)
    for column in np.flatnonzero(is_lost_f):
        raise FeatureError(
            f"feature {column} reaches {largest_f[column]:g} and deviates by "
            f"{deviation_f[column]:g}, which single precision cannot hold; with sweep.folds "
            "subtract its mean and divide it first, or leave that feature out"
        )
