"""The time of an epoch, of all lanes together and of a single one, measured in turns."""

import dataclasses
import time
from collections.abc import Callable, Sequence

import jax
import numpy as np

from affdyn_jax.dataset.dataset import Dataset
from affdyn_jax.system import progress
from affdyn_jax.system.processes import wait_for_all
from affdyn_jax.training.devices import lane_mesh
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
    program = _epoch_of_new(lanes, dataset, settings)
    wall_r1, _ = seconds_in_turns([program])
    return float(np.median(wall_r1))


def time_epochs(group: TrainedLanes, dataset: Dataset, settings: TrainingSettings) -> TrainedLanes:
    """The lanes with the time of an epoch of all of them together, and of one alone.

    Both are measured on new lanes, whose epoch takes as long. Of several processes all have to call
    it, since all hold some of the lanes.

    Args:
        group: From `sweep.train_together`.
        dataset: As it was trained on.
        settings: As it was trained by.

    Raises:
        Stopped: The program is asked to stop.
    """
    first = group.lanes[:1]
    # Alone it needs nothing of what only others have, e.g. a rule's second forward pass.
    data, parts = training_data(group.lanes, dataset), parts_of(first, settings, dataset)
    data_of_first = data._replace(repetitions=data.repetitions[:1])
    made = lane_settings(first, dataset.dimensions, settings)
    with progress.waiting("making a lane that is timed alone"):
        new = new_training(made, data_of_first, group.hidden_size, parts)
    together = _epoch_of_new(group.lanes, dataset, settings)
    alone = epoch_program(new.lane_states, data_of_first, parts)
    cores = _cores(len(group.lanes) // len(data.repetitions))
    return dataclasses.replace(group, epoch_seconds=together_and_alone(together, alone, cores))


def _epoch_of_new(
    lanes: tuple[Lane, ...], dataset: Dataset, settings: TrainingSettings
) -> Callable[[], None]:
    """An epoch of new lanes, all of them together."""
    new = new_lanes(lanes, dataset, settings)
    parts = parts_of(lanes, settings, dataset)
    return epoch_program(new.lane_states, training_data(lanes, dataset), parts)


def _cores(lanes_of_each: int) -> int | None:
    """How many cores train the lanes in this process; None where other devices do."""
    if jax.default_backend() != "cpu":
        return None
    return len(lane_mesh(lanes_of_each).local_devices)


def together_and_alone(
    together: Callable[[], None], alone: Callable[[], None], cores: int | None
) -> EpochSeconds:
    """Time an epoch of all lanes and one of a single lane, both from `loop.epoch_program`.

    Args:
        together: The epoch of all lanes.
        alone: That of a single one.
        cores: How many cores the first one is computed on; None on other devices.
    """
    wall_r2, cpu_r2 = seconds_in_turns((together, alone))
    ratios_r = wall_r2[:, 1] / wall_r2[:, 0]
    core_share = None
    if cores is not None:
        core_share = float(np.median(cpu_r2 / (wall_r2 * [cores, 1]), axis=0).min())
    return EpochSeconds(
        *map(float, np.median(wall_r2, axis=0)),
        spread=float(ratios_r.max() / ratios_r.min()),
        core_share=core_share,
    )


def seconds_in_turns(programs: Sequence[Callable[[], None]]) -> tuple[np.ndarray, np.ndarray]:
    """Times of P programs in R rounds, each once a round.

    A first round only compiles and is not among them. Several processes begin each epoch together.

    Returns:
        Wall times and what all cores together spent on this process, in seconds, shape (R, P).

    Raises:
        Stopped: The program is asked to stop; the epoch is finished.
    """
    times_rp2 = np.empty((1 + _ROUNDS, len(programs), 2))
    with progress.waiting("timing epochs", len(times_rp2), "rounds") as line:
        for times_p2 in times_rp2:
            for times_2, program in zip(times_p2, programs, strict=True):
                wait_for_all()
                start = time.perf_counter(), time.process_time()
                program()
                times_2[:] = np.subtract((time.perf_counter(), time.process_time()), start)
            line.advance("")
    wall_rp, cpu_rp = np.moveaxis(times_rp2[1:], -1, 0)
    return wall_rp, cpu_rp
