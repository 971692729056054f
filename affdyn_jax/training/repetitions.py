"""Axis S: what lanes that differ in their settings alone have in common."""

from collections.abc import Sequence
from typing import NamedTuple

import jax
import numpy as np

from affdyn_jax.dataset.examples import Examples
from affdyn_jax.dataset.splits import Split, corpus_split
from affdyn_jax.dataset.standardisation import Standardisation

NONE = -1  # in place of a recording, where a repetition has fewer than another


class Repetition(NamedTuple):
    """A seed on one division of the recordings: lanes that share them share all their data.

    Attributes:
        seed: Of the initial weights, of the order of recordings and of dropout.
        split: The recordings that they train on, choose epochs by and are tested on.
    """

    seed: int
    split: Split


class TrainingData(NamedTuple):
    """What lanes are trained on, and which of it belongs to whom.

    Attributes:
        train: The training examples, from which each repetition takes its own.
        dev: Likewise; it may hold the same arrays.
        repetitions: The S repetitions.
    """

    train: Examples
    dev: Examples
    repetitions: Sequence[Repetition]


class Scaling(NamedTuple):
    """A standardisation in the program: features less their mean, times their scale."""

    mean_f: np.ndarray
    scale_f: np.ndarray


class SharedInputs(NamedTuple):
    """What the lanes of a repetition share in an epoch.

    Attributes:
        order_n: Rows of the training examples in the order of the epoch, `NONE` at the end.
        dev_n: Rows of the dev examples, `NONE` at the end.
        scaling: What is done to the features of both.
        seed: The seed and the epoch, which dropout is drawn by, shape (2,), uint32.
        layer: Index of the layer that they hear, see `Examples.heard`; int32.
    """

    order_n: np.ndarray
    dev_n: np.ndarray
    scaling: Scaling
    seed: np.ndarray
    layer: np.ndarray


class OfRepetitions(NamedTuple):
    """Recordings that each of S repetitions predicts.

    Attributes:
        rows_n: Rows of some examples, `NONE` at the end of the shorter, shape (S, N).
        scaling: What is done to their features, leading axis S.
        layer: Index of the layer that is heard, shape (S,), int32.
    """

    rows_n: np.ndarray
    scaling: Scaling
    layer: np.ndarray


def all_of(examples: Examples) -> OfRepetitions:
    """All recordings for a single repetition; their features are standardised already."""
    recording_count, feature_count = len(examples.frames_n), examples.features_ntf.shape[-1]
    nothing = Scaling(
        np.zeros((1, feature_count), np.float32), np.ones((1, feature_count), np.float32)
    )
    every_n = np.arange(recording_count, dtype=np.int32)
    return OfRepetitions(every_n[None], nothing, np.zeros(1, np.int32))


def repetitions_of(seeds: Sequence[int], splits: Sequence[Split]) -> list[Repetition]:
    """Every seed on every split, split by split, as `lanes_by_hidden_size` has them."""
    return [Repetition(seed, split) for split in splits for seed in seeds]


def whole_partitions(train: Examples, dev: Examples, seeds: Sequence[int]) -> TrainingData:
    """All of both partitions for every seed; their features are standardised already."""
    split = corpus_split({"train": train, "dev": dev})
    return TrainingData(train, dev, repetitions_of(seeds, [split]))


def recording_order(seed: int, epoch: int, recording_count: int) -> np.ndarray:
    """The order in which an epoch sees the N training recordings, shape (N,), int32.

    A function of seed and epoch alone: lanes that share a seed share it, and a run that is
    resumed, or repeated in PyTorch, finds the same one.
    """
    order = np.random.default_rng([seed, epoch]).permutation(recording_count)
    return order.astype(np.int32)


def shared_inputs(repetitions: Sequence[Repetition], epoch: int) -> SharedInputs:
    """What the lanes of S repetitions share in an epoch: arrays with a leading axis S."""
    orders = [
        split.train_n[recording_order(seed, epoch, len(split.train_n))]
        for seed, split in repetitions
    ]
    return SharedInputs(
        order_n=padded_rows(orders),
        dev_n=padded_rows([split.dev_n for _, split in repetitions]),
        scaling=scaling([split.standardisation for _, split in repetitions]),
        seed=np.array([(seed, epoch) for seed, _ in repetitions], np.uint32),
        layer=_layers([split for _, split in repetitions]),
    )


def scaling(standardisations: Sequence[Standardisation]) -> Scaling:
    """Standardisations as arrays with a leading axis S, float32."""
    return Scaling(
        np.stack([s.mean_f for s in standardisations]).astype(np.float32),
        np.stack([1 / s.deviation_f for s in standardisations]).astype(np.float32),
    )


def rows_of(repetitions: Sequence[Repetition], partition: str) -> OfRepetitions:
    """The recordings of a partition, `dev` or `test`, that each repetition has."""
    splits = [split for _, split in repetitions]
    rows = [split.dev_n if partition == "dev" else split.test_n for split in splits]
    of_each = scaling([split.standardisation for split in splits])
    return OfRepetitions(padded_rows(rows), of_each, _layers(splits))


def _layers(splits: Sequence[Split]) -> np.ndarray:
    return np.array([split.layer for split in splits], np.int32)


def scaled(scaling: Scaling, features_tf: jax.Array) -> jax.Array:
    """Standardised features of a recording, (T, F), in the program; also in the padding."""
    return (features_tf - scaling.mean_f[None]) * scaling.scale_f[None]


def padded_rows(rows: Sequence[np.ndarray]) -> np.ndarray:
    """Rows of recordings of unequal number as one array, `NONE` at the end of the shorter."""
    padded_sn = np.full((len(rows), max(map(len, rows))), NONE, np.int32)
    for padded_n, row_n in zip(padded_sn, rows, strict=True):
        padded_n[: len(row_n)] = row_n
    return padded_sn
