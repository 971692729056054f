"""Every recording predicted by lanes that have seen nothing of the conversation it is from.

Three recordings to test on, as a config's partitions may leave, say little. Here each
conversation is test once, the next two are dev, and all others train.
"""

import dataclasses
import itertools
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from affdyn_jax.corpora.corpus import Corpus
from affdyn_jax.dataset import Dataset
from affdyn_jax.errors import RunError
from affdyn_jax.evaluation import lane_scores
from affdyn_jax.examples import Examples
from affdyn_jax.lanes import Lane, Task, tasks_of
from affdyn_jax.selection import over_seeds, select_w
from affdyn_jax.significance import sums_by_recording
from affdyn_jax.sweep import TrainedLanes, train_together

_DEV_CONVERSATIONS = 2

# From mean scores over seeds (`selection.over_seeds`) to the w that is chosen for each task.
Choice = Callable[[pd.DataFrame, Sequence[Task]], dict[Task, float]]


def conversations(corpus: Corpus) -> list[tuple[str, str]]:
    """The recordings two by two, by how long their ratings last.

    SEWA recorded conversations of two people; the two sides of one are equally long, and their
    ratings resemble each other. Expects both sides of each.
    """
    by_length = sorted(corpus.recordings, key=lambda r: (len(r.gold_standard.times_s), r.name))
    names = [recording.name for recording in by_length]
    return list(zip(names[::2], names[1::2], strict=True))


def folds(corpus: Corpus) -> list[Corpus]:
    """The corpus once for each conversation, which then is its test partition."""
    sides = conversations(corpus)
    partitioned = []
    for fold in range(len(sides)):
        test, *dev = (sides[(fold + step) % len(sides)] for step in range(1 + _DEV_CONVERSATIONS))
        partition_of = dict.fromkeys(test, "test")
        partition_of |= dict.fromkeys(itertools.chain(*dev), "dev")
        recordings = tuple(
            dataclasses.replace(r, partition=partition_of.get(r.name, "train"))
            for r in corpus.recordings
        )
        partitioned.append(dataclasses.replace(corpus, recordings=recordings))
    return partitioned


def by_conversation(sums_kns6: np.ndarray) -> np.ndarray:
    """Sums of the test recordings of all folds, one after the other, added up two by two.

    Args:
        sums_kns6: Shape (K, N, S, 6).

    Returns:
        Shape (K, N/2, S, 6).
    """
    return sums_kns6[:, ::2] + sums_kns6[:, 1::2]


def train(
    lanes: tuple[Lane, ...], dataset: Dataset, dimensions: Sequence[str], training: dict[str, Any]
) -> TrainedLanes:
    """Train lanes of one hidden size, and keep nothing on disk.

    Args:
        lanes: From `pipeline.read_lanes`.
        dataset: Of a fold.
        dimensions: The D dimensions.
        training: From `pipeline.read_training`.

    Raises:
        RunError: A lane diverged, so there is nothing to compare.
    """
    only_at_the_end = training | {"checkpoint_every": training["max_epochs"]}
    with tempfile.TemporaryDirectory() as folder:
        trained = train_together(
            lanes, dataset, dimensions, checkpoints_folder=Path(folder), **only_at_the_end
        )
    diverged = np.flatnonzero(trained.trained.lanes.diverged)
    if diverged.size:
        raise RunError(f"lane '{lanes[diverged[0]].name}' diverged; compare without its setting")
    return trained


def w_of_each_task(means: pd.DataFrame, tasks: Sequence[Task]) -> dict[Task, float]:
    """The w that a run chooses: for each task the one that is best on dev."""
    selection = select_w(means).set_index(["dimension", "target"])["w"]
    return {task: float(selection[task.dimension, task.target]) for task in tasks}


def one_w_for_all(means: pd.DataFrame, tasks: Sequence[Task]) -> dict[Task, float]:
    """The w whose scores on dev have the highest mean over tasks, the smallest of equal ones."""
    w = means.groupby("w")["dev_ccc"].mean().idxmax()
    return dict.fromkeys(tasks, float(w))


def chosen_predictions(
    trained: TrainedLanes, dataset: Dataset, dimensions: Sequence[str], choose: Choice
) -> dict[str, np.ndarray]:
    """What the lanes at the chosen w predict: for `dev` and `test` shape (S, N, T, K).

    Args:
        trained: Lanes of one setup and hidden size, of S seeds.
        dataset: That they were trained on.
        dimensions: The D dimensions.
        choose: The choice of w for each task.
    """
    tasks, lanes_after = tasks_of(dimensions), trained.trained.lanes
    scores = lane_scores(
        trained.lanes,
        tasks,
        trained.predictions,
        dataset.gold,
        lanes_after.best_epoch,
        lanes_after.epochs,
        lanes_after.diverged,
    )
    chosen = choose(over_seeds(scores), tasks)
    of_task = [
        [index for index, lane in enumerate(trained.lanes) if lane.w == chosen[task]]
        for task in tasks
    ]
    return {
        partition: np.stack(
            [predictions_lntk[of_task[k], ..., k] for k in range(len(tasks))], axis=-1
        )
        for partition, predictions_lntk in trained.predictions.items()
    }


def sums_of_tasks(predictions_sntk: np.ndarray, reference: Examples) -> np.ndarray:
    """What CCC is made of, for each task and recording, shape (K, N, S, 6).

    Args:
        predictions_sntk: Of S seeds.
        reference: Whose gold standards they are to be compared with.
    """
    return np.stack(
        [
            sums_by_recording(
                predictions_sntk[..., k], reference.gold_ntk[..., k], reference.valid_ntk[..., k]
            )
            for k in range(reference.gold_ntk.shape[-1])
        ]
    )
