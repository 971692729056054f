"""Gold standards of all tasks on the grid, checked before any feature is computed."""

import dataclasses
from collections.abc import Mapping
from typing import NamedTuple

import numpy as np

from affdyn_jax.corpora.collected_faults import reported_together
from affdyn_jax.corpora.corpus import Corpus, Recording
from affdyn_jax.corpora.gold_standards import gold_standard_on_grid
from affdyn_jax.dataset.settings import UNSMOOTHED, DynamicsSettings
from affdyn_jax.dataset.smoothing import in_long_runs, smoothed
from affdyn_jax.method.dynamics import dynamics


class GoldTraces(NamedTuple):
    """The gold standards of one recording.

    Attributes:
        values_tk: States of all dimensions, then their dynamics (`tasks.tasks_of`), shape
            (T, K), float64; 0 where invalid.
        valid_tk: Which frames of a task count, shape (T, K), boolean.
    """

    values_tk: np.ndarray
    valid_tk: np.ndarray


@dataclasses.dataclass(frozen=True, eq=False)
class GoldOnGrid:
    """The gold standards of a corpus.

    Attributes:
        frame_rate: Of the grid, in Hz.
        annotation_delay: Seconds by which the raters lag behind the speech, and by which the
            traces were moved earlier.
        traces: Of each recording that has a gold standard, by name.
        dynamics_settings: How the dynamics were made.
    """

    frame_rate: float
    annotation_delay: float
    traces: Mapping[str, GoldTraces] = dataclasses.field(repr=False)
    dynamics_settings: DynamicsSettings = UNSMOOTHED


def put_on_grid(
    corpus: Corpus,
    frame_rate: float,
    annotation_delay: float,
    dynamics_settings: DynamicsSettings = UNSMOOTHED,
) -> GoldOnGrid:
    """The gold standards of each recording that has one.

    Args:
        corpus: The recordings.
        frame_rate: Of the grid, in Hz.
        annotation_delay: Seconds by which the raters lag behind the speech.
        dynamics_settings: How their dynamics are made.

    Raises:
        ConfigError: The delay is negative or longer than some ratings, or the window of
            `dynamics_settings` is longer than some.
        CorpusError: Ratings with a gap that is not to be left out.
    """
    with reported_together() as attempt:
        traces = {
            recording.name: attempt(
                *(_on_grid, recording, corpus),
                *(frame_rate, annotation_delay, dynamics_settings),
            )
            for recording in corpus.recordings
            if recording.gold_standard is not None
        }
    return GoldOnGrid(frame_rate, annotation_delay, traces, dynamics_settings)


def _on_grid(
    recording: Recording,
    corpus: Corpus,
    frame_rate: float,
    annotation_delay: float,
    dynamics_settings: DynamicsSettings,
) -> GoldTraces:
    states_td, state_valid_td = gold_standard_on_grid(
        *(recording.gold_standard, recording.name, frame_rate, annotation_delay),
        masks_gaps=corpus.masks_gaps,
    )
    source = f"the ratings of recording '{recording.name}' ({recording.gold_standard.path})"
    dynamics_td, dynamics_valid_td = np.zeros_like(states_td), np.zeros_like(state_valid_td)
    # Dimensions may have gaps of their own.
    for d, valid_t in enumerate(state_valid_td.T):
        of_dimension = slice(d, d + 1)
        to_differentiate_t1 = states_td[:, of_dimension]
        if dynamics_settings.is_smoothed:
            valid_t = in_long_runs(valid_t, dynamics_settings, frame_rate)
            to_differentiate_t1 = smoothed(
                to_differentiate_t1, valid_t, dynamics_settings, frame_rate, source
            )
        dynamics_td[:, of_dimension], dynamics_valid_td[:, d] = dynamics(
            to_differentiate_t1, valid_t, frame_rate
        )
    return GoldTraces(
        np.concatenate([states_td, dynamics_td], axis=1),
        np.concatenate([state_valid_td, dynamics_valid_td], axis=1),
    )
