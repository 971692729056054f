"""Gold standards of all tasks on the grid: what of them can be wrong is found without features."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from affdyn_jax.corpora.corpus import Corpus, Recording
from affdyn_jax.corpora.faults import told_together
from affdyn_jax.corpora.gold_standards import gold_standard_on_grid
from affdyn_jax.dataset.constant_ratings import check_changes, is_constant
from affdyn_jax.method.dynamics import dynamics
from affdyn_jax.method.tasks import tasks_of


class GoldOnGrid(NamedTuple):
    """The gold standards of one recording.

    Attributes:
        values_tk: States of all dimensions, then their dynamics (`tasks.tasks_of`), shape
            (T, K), float64; 0 where invalid.
        valid_tk: Which frames of a task count, shape (T, K), boolean.
    """

    values_tk: np.ndarray
    valid_tk: np.ndarray


def put_on_grid(
    corpus: Corpus, frame_rate: float, annotation_delay: float
) -> dict[str, GoldOnGrid]:
    """The gold standards of each recording that has one, by name.

    Args:
        corpus: The recordings.
        frame_rate: Of the grid, in Hz.
        annotation_delay: Seconds by which the raters lag behind the speech.

    Raises:
        ConfigError: The delay is negative or longer than some ratings.
        CorpusError: Ratings with a gap, or of a dimension that never changes in train or dev.
    """
    with told_together() as attempt:
        gold = {
            recording.name: attempt(
                _on_grid, recording, corpus.dimensions, frame_rate, annotation_delay
            )
            for recording in corpus.recordings
            if recording.gold_standard is not None
        }
    for partition in ("train", "dev"):
        of_partition = [gold[recording.name] for recording in corpus.partition(partition)]
        constant_nk = np.stack([is_constant(*traces) for traces in of_partition])
        check_changes(constant_nk, tasks_of(corpus.dimensions), partition, corpus.root)
    return gold


def _on_grid(
    recording: Recording, dimensions: Sequence[str], frame_rate: float, annotation_delay: float
) -> GoldOnGrid:
    states_td, state_valid_t = gold_standard_on_grid(
        recording.gold_standard, recording.name, frame_rate=frame_rate, delay=annotation_delay
    )
    dynamics_td, dynamics_valid_t = dynamics(states_td, state_valid_t, frame_rate)
    valid_t2 = np.stack([state_valid_t, dynamics_valid_t], axis=1)
    return GoldOnGrid(
        np.concatenate([states_td, dynamics_td], axis=1),
        np.repeat(valid_t2, len(dimensions), axis=1),
    )
