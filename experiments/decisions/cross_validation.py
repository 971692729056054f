"""Predictions for every recording, by lanes that have seen nothing of its conversation.

The few test recordings that a config's partitions leave tell little. Here each conversation is
test once, the next two are dev, and all others train.
"""

import dataclasses
import itertools
import tempfile
from pathlib import Path

import numpy as np

from affdyn_jax.corpora.corpus import Corpus
from affdyn_jax.dataset.dataset import Dataset
from affdyn_jax.dataset.examples import Examples
from affdyn_jax.errors import RunError
from affdyn_jax.evaluation.significance import sums_by_recording
from affdyn_jax.training.lanes import Lane
from affdyn_jax.training.settings import TrainingSettings
from affdyn_jax.training.sweep import train_together

_DEV_CONVERSATIONS = 2


def conversations(corpus: Corpus) -> list[tuple[str, str]]:
    """The recordings in pairs whose ratings are equally long.

    SEWA recorded conversations of two people; both sides of one are equally long, and their
    ratings resemble each other. The corpus must have both sides of each.
    """
    by_length = sorted(corpus.recordings, key=lambda r: (len(r.gold_standard.times_s), r.name))
    names = [recording.name for recording in by_length]
    return list(zip(names[::2], names[1::2], strict=True))


def folds(corpus: Corpus) -> list[Corpus]:
    """The corpus once for each conversation, which is then its test partition.

    Recordings are in the order of their names; the corpus's own partitions do not matter.
    """
    sides = conversations(corpus)
    partitioned = []
    for fold in range(len(sides)):
        test, *dev = (sides[(fold + step) % len(sides)] for step in range(1 + _DEV_CONVERSATIONS))
        partition_of = dict.fromkeys(test, "test")
        partition_of |= dict.fromkeys(itertools.chain(*dev), "dev")
        recordings = tuple(
            dataclasses.replace(r, partition=partition_of.get(r.name, "train"))
            for r in sorted(corpus.recordings, key=lambda r: r.name)
        )
        partitioned.append(dataclasses.replace(corpus, recordings=recordings))
    return partitioned


def by_conversation(sums_kns6: np.ndarray) -> np.ndarray:
    """Sums of the test recordings of all folds, added up in pairs of consecutive recordings.

    Args:
        sums_kns6: Shape (K, N, S, 6).

    Returns:
        Shape (K, N/2, S, 6).
    """
    return sums_kns6[:, ::2] + sums_kns6[:, 1::2]


def train(
    lanes: tuple[Lane, ...], dataset: Dataset, settings: TrainingSettings
) -> dict[str, np.ndarray]:
    """Train lanes of one hidden size, leaving nothing on disk.

    Args:
        lanes: One of the groups of `lanes.lanes_by_hidden_size`.
        dataset: Of a fold.
        settings: How they are trained.

    Returns:
        Predictions of `dev` and `test`, shape (L, N, T, K).

    Raises:
        RunError: A lane diverged, so there is nothing to compare.
    """
    only_at_the_end = dataclasses.replace(settings, checkpoint_every=settings.max_epochs)
    with tempfile.TemporaryDirectory() as folder:
        trained = train_together(lanes, dataset, only_at_the_end, Path(folder))
    diverged = np.flatnonzero(trained.lane_states.diverged)
    if diverged.size:
        raise RunError(f"lane '{lanes[diverged[0]].name}' diverged; compare without its setting")
    return trained.predictions


def padded(dataset: Dataset, frame_count: int) -> Dataset:
    """The dataset with all partitions as long as the longest recording of any fold.

    The folds then share their compiled programs. Padding changes no result.
    """
    examples = {}
    for partition, of_partition in dataset.examples.items():
        *arrays, frames_n = of_partition
        missing = frame_count - arrays[0].shape[1]
        longer = [np.pad(array_ntc, ((0, 0), (0, missing), (0, 0))) for array_ntc in arrays]
        examples[partition] = Examples(*longer, frames_n)
    return dataclasses.replace(dataset, examples=examples)


def sums_of_tasks(predictions_sntk: np.ndarray, reference: Examples) -> np.ndarray:
    """The sums that CCC is made of, for each task and recording, shape (K, N, S, 6).

    Args:
        predictions_sntk: Of S seeds.
        reference: The examples whose gold standards they are compared with.
    """
    return np.stack(
        [
            sums_by_recording(
                predictions_sntk[..., k], reference.gold_ntk[..., k], reference.valid_ntk[..., k]
            )
            for k in range(reference.gold_ntk.shape[-1])
        ]
    )
