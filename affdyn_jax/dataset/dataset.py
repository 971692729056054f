"""A corpus and its features as arrays: joined, standardised and padded."""

import dataclasses
from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np

from affdyn_jax.corpora.corpus import Corpus
from affdyn_jax.corpora.partitions import PARTITIONS
from affdyn_jax.dataset.constant_ratings import check_changes, is_constant, recordings_by_task
from affdyn_jax.dataset.examples import Examples, pad
from affdyn_jax.dataset.folds import Fold
from affdyn_jax.dataset.gold_on_grid import GoldOnGrid, GoldTraces
from affdyn_jax.dataset.joined_frames import JoinedFrames, join_frames, without_ratings
from affdyn_jax.dataset.settings import UNSMOOTHED, DynamicsSettings
from affdyn_jax.dataset.smoothing import unsmoothed
from affdyn_jax.dataset.splits import Split, corpus_split, fold_splits
from affdyn_jax.dataset.standardisation import (
    Standardisation,
    check_finite,
    fit_standardisation,
    standardised,
)
from affdyn_jax.dataset.subsets import subsets_of
from affdyn_jax.dataset.unrated_frames import unrated_shares
from affdyn_jax.method.rating_scale import UNIT_SCALE, RatingScale
from affdyn_jax.method.tasks import Task, tasks_of


@dataclasses.dataclass(frozen=True, eq=False)
class Dataset:
    """A corpus as arrays, with all that says what they mean.

    Attributes:
        dimensions: The D dimensions.
        frame_rate: Of the grid, in Hz.
        annotation_delay: Seconds by which the gold standards were moved earlier.
        feature_names: Names of the F features; of several layers, those of all side by side.
        names: Recordings of each partition, in the order of the arrays' rows; a partition
            without recordings is missing.
        groups: The group of each of these recordings (see `Recording`).
        examples: Arrays of each partition; the gold standards hold the states of all
            dimensions, then their dynamics (`tasks.tasks_of`). Of folds, each partition holds
            all recordings, with the same array of features, which are not standardised.
        splits: One for each fold; without folds, one of all recordings of each partition. Of
            several layers these of the first one, then of the next.
        labelled: Partitions that have gold standards.
        standardisation: What the features were standardised with, in the order of their names; of
            folds, mean and deviation over all recordings.
        constant: For each partition (of folds for `test`, as each recording is tested once) and
            each task's column, the recordings whose gold standard never changes, if any. A task
            learns nothing from such a training recording: none of its frames is valid there, so
            its loss is 1 with a gradient of 0.
        rating_scale: The scale of the corpus, on which results are; the arrays are on [-1, 1].
        unrated: See `unrated_frames.unrated_shares`; empty unless the corpus masks gaps.
        dynamics_settings: How the dynamics of the gold standards were made.
        subsets: Recordings of each corpus and language, where there are several (see `subsets`).
        layers: Numbers of the layers whose features are here; each has splits that name it (see
            `layers.join_layers`). Empty where features have none.
        summed_layers: Numbers of those that stand side by side in each frame, for models of their
            weighted sum (see `layers.side_by_side`).
    """

    dimensions: tuple[str, ...]
    frame_rate: float
    annotation_delay: float
    feature_names: Sequence[str]
    names: dict[str, tuple[str, ...]]
    groups: dict[str, tuple[str, ...]]
    examples: dict[str, Examples]
    splits: tuple[Split, ...]
    labelled: frozenset[str]
    standardisation: Standardisation
    constant: dict[str, dict[str, list[str]]]
    rating_scale: RatingScale = UNIT_SCALE
    unrated: dict[str, dict[str, float]] = dataclasses.field(default_factory=dict)
    dynamics_settings: DynamicsSettings = UNSMOOTHED
    subsets: Mapping[str, Mapping[str, Sequence[str]]] = dataclasses.field(default_factory=dict)
    layers: tuple[int, ...] = ()
    summed_layers: tuple[int, ...] = ()

    def __repr__(self) -> str:
        counts = ", ".join(f"{len(names)} {partition}" for partition, names in self.names.items())
        recordings = f"{counts} recordings"
        if self.has_folds:
            recordings = f"{len(self.names['test'])} recordings in {len(self.folds)} folds"
        return f"Dataset({recordings}; {len(self.feature_names)} features)"

    @property
    def has_folds(self) -> bool:
        """Whether recordings are split in several ways, and each partition holds all of them."""
        return len(self.folds) > 1

    @property
    def folds(self) -> tuple[Split, ...]:
        """The splits of one layer, where there are several: all have the same recordings."""
        return self.splits[: len(self.splits) // max(1, len(self.layers))]

    @property
    def tasks(self) -> tuple[Task, ...]:
        """The K tasks, in the order of the gold standards."""
        return tasks_of(self.dimensions)

    def gold_in(self, partition: str, fold: int | None) -> Examples:
        """A fold's recordings in a partition, without their features; all of them without a fold.

        Args:
            partition: One that has gold standards.
            fold: From 0.
        """
        examples = self.examples[partition]
        if fold is None:
            return examples
        return examples.without_features(self.folds[fold].rows(partition))

    @property
    def gold(self) -> dict[str, Examples]:
        """The partitions that have gold standards."""
        return {partition: self.examples[partition] for partition in sorted(self.labelled)}

    def heard_by(self, layer: int | None, fold: int | None) -> Split:
        """The split of a layer's number and a fold; None where there are none."""
        index = 0 if layer is None else self.layers.index(layer)
        return self.splits[index * len(self.folds) + (fold or 0)]

    def standardisation_of(self, layer: int | None) -> Standardisation:
        """The part of `standardisation` that the features of a layer's number have."""
        if layer is None:
            return self.standardisation
        count = len(self.feature_names) // len(self.layers)
        first = self.layers.index(layer) * count
        return self.standardisation[first : first + count]

    @property
    def without_features(self) -> "Dataset":
        """The same dataset without the arrays of features, which take most of the memory."""
        examples = {
            partition: each._replace(
                features_ntf=np.empty((*each.features_ntf.shape[:2], 0), np.float32)
            )
            for partition, each in self.examples.items()
        }
        return dataclasses.replace(self, examples=examples)

    @property
    def unsmoothed(self) -> "Dataset":
        """The same dataset with the dynamics of states that are not smoothed."""
        return dataclasses.replace(
            self,
            examples={p: unsmoothed(e, self.frame_rate) for p, e in self.examples.items()},
            dynamics_settings=UNSMOOTHED,
        )


def build_dataset(
    corpus: Corpus,
    gold: GoldOnGrid,
    features: Mapping[str, np.ndarray],
    feature_names: Sequence[str],
    features_may_outlast: bool = False,
    folds: Sequence[Fold] = (),
) -> Dataset:
    """Join each recording's features and gold standards, window by window.

    Args:
        corpus: The recordings.
        gold: Their gold standards, from `gold_on_grid.put_on_grid`.
        features: Features of each recording by name, shape (T, F), on the same grid.
        feature_names: Names of the F features.
        features_may_outlast: Whether features may continue where the ratings have ended, as
            published ones do that were padded to the longest recording; they are cut there.
            Audio may continue for a second, or for longer if the corpus masks gaps.
        folds: Of a cross-validation, from `folds.plan_folds`; without any, the corpus's
            partitions are used.

    Raises:
        FeatureError: Features that are not finite, lie far outside of what was seen in
            training, or do not last as long as the ratings.
        CorpusError: A dimension changes only where the features have ended, in all of train
            or dev of a fold.
    """
    check_finite(features, gold.frame_rate)
    tasks = tasks_of(corpus.dimensions)
    joined = {
        recording.name: join_frames(
            *(recording, gold, features[recording.name]), features_may_outlast, corpus.masks_gaps
        )
        if recording.name in gold.traces
        else without_ratings(features[recording.name], len(tasks))
        for recording in corpus.recordings
    }
    arrays = (
        _cross_validated(joined, folds, gold.frame_rate)
        if folds
        else _partitioned(joined, corpus, gold.frame_rate)
    )
    names, examples, splits = arrays.names, arrays.examples, arrays.splits
    labelled = [partition for partition, (first, *_) in names.items() if first in gold.traces]

    constant_nk = {
        partition: is_constant(examples[partition].gold_ntk, examples[partition].valid_ntk, axis=1)
        for partition in labelled
    }
    for index, split in enumerate(splits):
        source = f"{corpus.root}, fold {index}" if folds else corpus.root
        check_changes(constant_nk["train"][split.train_n], tasks, "train", source)
        check_changes(constant_nk["dev"][split.dev_n], tasks, "dev", source)
    masked = {p: examples[p] for p in labelled if corpus.masks_gaps}
    unrated = unrated_shares(masked, corpus.dimensions)
    # Deviations of a constant from its mean are rounding errors, which are not to be learnt.
    examples["train"].valid_ntk[...] &= ~constant_nk["train"][:, None]
    by_task = {
        partition: recordings_by_task(constant_nk[partition], names[partition], tasks)
        for partition in (["test"] if folds else labelled)
    }
    used = {name for of_partition in names.values() for name in of_partition}
    group_of = {recording.name: recording.group for recording in corpus.recordings}
    return Dataset(
        dimensions=corpus.dimensions,
        frame_rate=gold.frame_rate,
        annotation_delay=gold.annotation_delay,
        feature_names=feature_names,
        names=names,
        groups={p: tuple(group_of[name] for name in of_p) for p, of_p in names.items()},
        examples=examples,
        splits=splits,
        labelled=frozenset(labelled),
        standardisation=arrays.standardisation,
        constant={partition: found for partition, found in by_task.items() if found},
        rating_scale=corpus.rating_scale,
        unrated=unrated,
        dynamics_settings=gold.dynamics_settings,
        subsets=subsets_of(r for r in corpus.recordings if r.name in used),
    )


class _Arrays(NamedTuple):
    """Fields of a `Dataset`."""

    names: dict[str, tuple[str, ...]]
    examples: dict[str, Examples]
    splits: tuple[Split, ...]
    standardisation: Standardisation


def _partitioned(joined: Mapping[str, JoinedFrames], corpus: Corpus, frame_rate: float) -> _Arrays:
    """Each of the corpus's partitions, standardised by the training frames."""
    names = {p: tuple(recording.name for recording in corpus.partition(p)) for p in PARTITIONS}
    names = {partition: of_partition for partition, of_partition in names.items() if of_partition}
    training_frames = [joined[name].features_tf for name in names["train"]]
    standardisation = fit_standardisation(np.concatenate(training_frames))
    examples = {}
    for partition, of_partition in names.items():
        inputs = [
            standardised(
                standardisation, joined[name].features_tf, frame_rate, f"recording '{name}'"
            )
            for name in of_partition
        ]
        examples[partition] = _padded(inputs, [joined[name].traces for name in of_partition])
    return _Arrays(names, examples, (corpus_split(examples),), standardisation)


def _cross_validated(
    joined: Mapping[str, JoinedFrames], folds: Sequence[Fold], frame_rate: float
) -> _Arrays:
    """All recordings of the folds as each partition, features once and as they are.

    The order of recordings is that of their names, as in a partition.
    """
    names = sorted(name for fold in folds for name in fold.test)
    features = {name: joined[name].features_tf for name in names}
    splits = fold_splits(folds, features, frame_rate)
    standardisation = fit_standardisation(np.concatenate([*features.values()]))
    shared = _padded([*features.values()], [joined[name].traces for name in names])
    # Of what trains, frames are masked that may be scored.
    train = shared._replace(valid_ntk=shared.valid_ntk.copy())
    examples = {"train": train, "dev": shared, "test": shared}
    return _Arrays(dict.fromkeys(PARTITIONS, tuple(names)), examples, splits, standardisation)


def _padded(inputs: Sequence[np.ndarray], traces: Sequence[GoldTraces]) -> Examples:
    values, valid = zip(*traces, strict=True)
    return pad(inputs, values, valid)
