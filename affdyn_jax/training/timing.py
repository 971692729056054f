"""The time of an epoch, of all lanes together and of a single one, measured in turns."""

import dataclasses
import time
from collections.abc import Callable, Sequence

import numpy as np

from affdyn_jax.dataset.dataset import Dataset
from affdyn_jax.system import progress
from affdyn_jax.training.lane_settings import lane_settings, parts_of
from affdyn_jax.training.lanes import Lane
from affdyn_jax.training.loop import epoch_program, new_training
from affdyn_jax.training.settings import TrainingSettings
from affdyn_jax.training.sweep import new_lanes, training_data
from affdyn_jax.training.trained_lanes import EpochSeconds, TrainedLanes

_ROUNDS = 5


def seconds_of_an_epoch(
    lanes: tuple[Lane, ...], dataset: Dataset, settings: TrainingSettings
) -> float:
    """How long an epoch of all lanes of one hidden size takes, measured on new ones.

    Args:
        lanes: All arguments as `sweep.train_together` takes them.
        dataset: The same.
        settings: The same.

    Returns:
        Seconds, the median of several epochs without compilation. Nothing is kept.
    """
    new = new_lanes(lanes, dataset, settings)
    data, parts = training_data(lanes, dataset), parts_of(lanes, settings, dataset.frame_rate)
    program = epoch_program(new.lane_states, data, parts)
    return float(np.median(seconds_in_turns([program])))


def time_epochs(group: TrainedLanes, dataset: Dataset, settings: TrainingSettings) -> TrainedLanes:
    """The lanes with the time of an epoch of all of them together, and of one alone.

    Of several processes all have to call it, since all hold some of the lanes.

    Args:
        group: From `sweep.train_together`.
        dataset: As it was trained on.
        settings: As it was trained by.
    """
    data, first = training_data(group.lanes, dataset), group.lanes[:1]
    parts, parts_of_first = (
        parts_of(lanes, settings, dataset.frame_rate) for lanes in (group.lanes, first)
    )
    together = epoch_program(group.lane_states, data, parts)
    # Alone it needs nothing of what only others have, e.g. a rule's second forward pass.
    data_of_first = data._replace(repetitions=data.repetitions[:1])
    made = lane_settings(first, dataset.dimensions, settings)
    new = new_training(made, data_of_first, group.hidden_size, parts_of_first)
    alone = epoch_program(new.lane_states, data_of_first, parts_of_first)
    return dataclasses.replace(group, epoch_seconds=together_and_alone(together, alone))


def together_and_alone(together: Callable[[], None], alone: Callable[[], None]) -> EpochSeconds:
    """Time an epoch of all lanes and one of a single lane, both from `loop.epoch_program`."""
    seconds_r2 = seconds_in_turns((together, alone))
    ratios_r = seconds_r2[:, 1] / seconds_r2[:, 0]
    medians = np.median(seconds_r2, axis=0)
    return EpochSeconds(*map(float, medians), float(ratios_r.max() / ratios_r.min()))


def seconds_in_turns(programs: Sequence[Callable[[], None]]) -> np.ndarray:
    """Wall times of P programs in R rounds, each once a round, in seconds, shape (R, P).

    A first round only compiles and is not among them.
    """
    seconds_rp = np.empty((1 + _ROUNDS, len(programs)))
    with progress.waiting("timing epochs", len(seconds_rp), "rounds") as line:
        for seconds_p in seconds_rp:
            for index, program in enumerate(programs):
                start = time.perf_counter()
                program()
                seconds_p[index] = time.perf_counter() - start
            line.advance("")
    return seconds_rp[1:]
