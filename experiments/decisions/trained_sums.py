"""An alternative trained on all folds at once, as the sums that its scores are made of."""

import dataclasses
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Literal, NamedTuple

import numpy as np

from affdyn_jax.dataset.dataset import Dataset
from affdyn_jax.dataset.examples import Examples
from affdyn_jax.errors import RunError
from affdyn_jax.evaluation.significance import sums_by_recording
from affdyn_jax.training.lanes import Lane
from affdyn_jax.training.settings import TrainingSettings
from affdyn_jax.training.sweep import train_together


class Sums(NamedTuple):
    """Sums from which the scores of one alternative are made, each of shape (K, N, S, 6).

    Recordings are in the order of folds: of test, each once, one conversation after the other.

    Attributes:
        dev: Of each fold's dev recordings, by the alternative's own gold standards.
        test: Of all recordings, each tested on once, by the alternative's own gold standards.
        test_by_default: The same predictions by the default's gold standards.
    """

    dev: np.ndarray
    test: np.ndarray
    test_by_default: np.ndarray


def trained_sums(
    lanes: tuple[Lane, ...], dataset: Dataset, default: Dataset, settings: TrainingSettings
) -> Sums:
    """Train an alternative, leaving nothing on disk.

    Args:
        lanes: Of all folds and S seeds; they differ in nothing else.
        dataset: The alternative's.
        default: The default's.
        settings: How the alternative trains.

    Raises:
        RunError: A lane diverged, so there is nothing to compare.
    """
    only_at_the_end = dataclasses.replace(settings, checkpoint_every=settings.max_epochs)
    with tempfile.TemporaryDirectory() as folder:
        trained = train_together(lanes, dataset, only_at_the_end, Path(folder))
    diverged = np.flatnonzero(trained.lane_states.diverged)
    if diverged.size:
        raise RunError(f"lane '{lanes[diverged[0]].name}' diverged; compare without its setting")

    def sums(partition: Literal["dev", "test"], compared_with: Dataset) -> np.ndarray:
        return _sums_of_folds(lanes, trained.predictions[partition], compared_with, partition)

    return Sums(sums("dev", dataset), sums("test", dataset), sums("test", default))


def _sums_of_folds(
    lanes: Sequence[Lane],
    predictions_lntk: np.ndarray,
    compared_with: Dataset,
    partition: Literal["dev", "test"],
) -> np.ndarray:
    """The sums of each fold's own recordings, shape (K, N, S, 6)."""
    fold_l = np.array([lane.fold for lane in lanes])
    of_folds = []
    for fold, split in enumerate(compared_with.splits):
        rows_n = {"dev": split.dev_n, "test": split.test_n}[partition]
        reference = Examples(*(array[rows_n] for array in compared_with.examples[partition]))
        predictions_sntk = predictions_lntk[fold_l == fold][:, : len(rows_n)]
        of_folds.append(sums_of_tasks(predictions_sntk, reference))
    return np.concatenate(of_folds, axis=1)


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


def by_conversation(sums_kns6: np.ndarray) -> np.ndarray:
    """Sums of the test recordings of all folds, added up in pairs of consecutive recordings.

    Args:
        sums_kns6: Shape (K, N, S, 6).

    Returns:
        Shape (K, N/2, S, 6).
    """
    return sums_kns6[:, ::2] + sums_kns6[:, 1::2]
