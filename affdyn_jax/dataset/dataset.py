"""A corpus and its features as arrays: joined, standardised and padded."""

import dataclasses
from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np

from affdyn_jax.corpora.corpus import Corpus, Recording
from affdyn_jax.corpora.partitions import PARTITIONS
from affdyn_jax.dataset.constant_ratings import check_changes, is_constant, recordings_by_task
from affdyn_jax.dataset.examples import Examples, pad
from affdyn_jax.dataset.gold_on_grid import GoldOnGrid, GoldTraces
from affdyn_jax.dataset.splits import Split, corpus_split
from affdyn_jax.dataset.standardisation import (
    Standardisation,
    fit_standardisation,
    standardised,
)
from affdyn_jax.errors import FeatureError
from affdyn_jax.method.rating_scale import UNIT_SCALE, RatingScale
from affdyn_jax.method.tasks import Task, tasks_of

# Features and ratings of one recording end together up to the last window or the last word.
_LENGTH_TOLERANCE = 1.0  # seconds


@dataclasses.dataclass(frozen=True, eq=False)
class Dataset:
    """A corpus as arrays, with all that says what they mean.

    Attributes:
        dimensions: The D dimensions.
        frame_rate: Of the grid, in Hz.
        annotation_delay: Seconds by which the gold standards were moved earlier.
        feature_names: Names of the F features.
        names: Recordings of each partition, in the order of the arrays' rows; a partition
            without recordings is missing.
        examples: Arrays of each partition; the gold standards hold the states of all
            dimensions, then their dynamics (`tasks.tasks_of`).
        labelled: Partitions that have gold standards.
        standardisation: What the features were standardised with.
        splits: Which of them lanes train on, choose epochs by and are tested on: the corpus's own
            partitions, or one for each fold of a cross-validation.
        constant: For each partition and each task's column, the recordings whose gold standard
            never changes, where there are any. A task learns nothing from such a training
            recording: none of its frames is valid there, so its loss is 1 with a gradient of 0.
        rating_scale: The scale that the corpus was rated on; the arrays are on [-1, 1].
    """

    dimensions: tuple[str, ...]
    frame_rate: float
    annotation_delay: float
    feature_names: Sequence[str]
    names: dict[str, tuple[str, ...]]
    examples: dict[str, Examples]
    labelled: frozenset[str]
    standardisation: Standardisation
    splits: tuple[Split, ...]
    constant: dict[str, dict[str, list[str]]]
    rating_scale: RatingScale = UNIT_SCALE

    def __repr__(self) -> str:
        counts = ", ".join(f"{len(names)} {partition}" for partition, names in self.names.items())
        return f"Dataset({counts} recordings; {len(self.feature_names)} features)"

    @property
    def tasks(self) -> tuple[Task, ...]:
        """The K tasks, in the order of the gold standards."""
        return tasks_of(self.dimensions)

    @property
    def gold(self) -> dict[str, Examples]:
        """The partitions that have gold standards."""
        return {partition: self.examples[partition] for partition in sorted(self.labelled)}


def build_dataset(
    corpus: Corpus,
    gold: GoldOnGrid,
    features: Mapping[str, np.ndarray],
    feature_names: Sequence[str],
    features_may_outlast: bool = False,
) -> Dataset:
    """Join each recording's features and gold standards, window by window.

    Args:
        corpus: The recordings.
        gold: Their gold standards, from `gold_on_grid.put_on_grid`.
        features: Features of each recording by name, shape (T, F), on the same grid.
        feature_names: Names of the F features.
        features_may_outlast: Whether features may continue where the ratings have ended, as
            published ones do that were padded to the longest recording; they are cut there.
            Audio that continues for more than a second means ratings that are not whole.

    Raises:
        FeatureError: Features that are not finite, lie far outside of what was seen in
            training, or do not last as long as the ratings.
        CorpusError: A dimension changes only where the features have ended, in all of train
            or dev.
    """
    _check_finite(features, gold.frame_rate)
    tasks = tasks_of(corpus.dimensions)
    joined = {
        recording.name: _join(recording, gold, features[recording.name], features_may_outlast)
        if recording.name in gold.traces
        else _unlabelled(features[recording.name], len(tasks))
        for recording in corpus.recordings
    }
    training_frames = [
        joined[recording.name].features_tf for recording in corpus.partition("train")
    ]
    standardisation = fit_standardisation(np.concatenate(training_frames))

    recordings = {p: corpus.partition(p) for p in PARTITIONS if corpus.partition(p)}
    names = {p: tuple(r.name for r in of_partition) for p, of_partition in recordings.items()}
    examples = {
        partition: _padded(
            {name: joined[name] for name in names_n}, standardisation, gold.frame_rate
        )
        for partition, names_n in names.items()
    }
    labelled = [p for p, (first, *_) in recordings.items() if first.gold_standard is not None]

    constant_nk = {
        partition: is_constant(examples[partition].gold_ntk, examples[partition].valid_ntk, axis=1)
        for partition in labelled
    }
    for partition in ("train", "dev"):
        check_changes(constant_nk[partition], tasks, partition, corpus.root)
    # Deviations of a constant from its mean are rounding errors, which are not to be learnt.
    examples["train"].valid_ntk[...] &= ~constant_nk["train"][:, None]
    by_task = {p: recordings_by_task(constant_nk[p], names[p], tasks) for p in labelled}
    return Dataset(
        dimensions=corpus.dimensions,
        frame_rate=gold.frame_rate,
        annotation_delay=gold.annotation_delay,
        feature_names=feature_names,
        names=names,
        examples=examples,
        labelled=frozenset(labelled),
        standardisation=standardisation,
        splits=(corpus_split(examples),),
        constant={partition: found for partition, found in by_task.items() if found},
        rating_scale=corpus.rating_scale,
    )


class _Joined(NamedTuple):
    """Features (T, F) and gold standards of the frames of a recording that have both."""

    features_tf: np.ndarray
    traces: GoldTraces


def _padded(
    joined: Mapping[str, _Joined], standardisation: Standardisation, frame_rate: float
) -> Examples:
    """Recordings by name as the arrays of a partition."""
    inputs = [
        standardised(standardisation, features_tf, frame_rate, f"recording '{name}'")
        for name, (features_tf, _) in joined.items()
    ]
    values, valid = zip(*(traces for _, traces in joined.values()), strict=True)
    return pad(inputs, values, valid)


def _check_finite(features: Mapping[str, np.ndarray], frame_rate: float) -> None:
    for name, features_tf in features.items():
        if not np.isfinite(features_tf).all():
            frame, column = np.argwhere(~np.isfinite(features_tf))[0]
            raise FeatureError(
                f"recording '{name}': feature {column} is {features_tf[frame, column]} at "
                f"{frame / frame_rate:g} s; features must be finite"
            )


def _unlabelled(features_tf: np.ndarray, task_count: int) -> _Joined:
    """A recording without gold standards, with zeros in their place."""
    nothing_tk = np.zeros((len(features_tf), task_count))
    return _Joined(features_tf, GoldTraces(nothing_tk, nothing_tk.astype(bool)))


def _join(
    recording: Recording, gold: GoldOnGrid, features_tf: np.ndarray, features_may_outlast: bool
) -> _Joined:
    traces, frame_rate = gold.traces[recording.name], gold.frame_rate
    rated_count = len(traces.values_tk)
    missing = (rated_count - len(features_tf)) / frame_rate
    if missing > _LENGTH_TOLERANCE or (missing < -_LENGTH_TOLERANCE and not features_may_outlast):
        raise FeatureError(
            f"{recording.gold_standard.path}: the ratings of '{recording.name}' last "
            f"{rated_count / frame_rate:g} s, its features "
            f"{len(features_tf) / frame_rate:g} s ({recording.audio or 'precomputed'}); they may "
            f"differ by {_LENGTH_TOLERANCE:g} s: cut the longer or complete the shorter"
        )
    shared = slice(min(rated_count, len(features_tf)))
    return _Joined(
        features_tf[shared], GoldTraces(traces.values_tk[shared], traces.valid_tk[shared])
    )
