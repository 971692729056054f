"""Programs timed in turns."""

import signal
from types import SimpleNamespace

import jax
import numpy as np
import pytest

from affdyn_jax.system import processes
from affdyn_jax.system.stop_requests import Stopped
from affdyn_jax.training import timing
from affdyn_jax.training.lanes import lanes_by_hidden_size
from affdyn_jax.training.settings import HiddenSizes, SweepSettings, TrainingSettings
from affdyn_jax.training.sweep import new_lanes
from affdyn_jax.training.timing import (
    seconds_in_turns,
    seconds_of_an_epoch,
    time_epochs,
    together_and_alone,
)
from affdyn_jax.training.trained_lanes import EndStates, TrainedLanes


@pytest.fixture
def programs(monkeypatch):
    """Makes programs of what each takes in every round; `ran` has their names in order."""
    clock = SimpleNamespace(now=0.0, computed=0.0)
    clocks = SimpleNamespace(perf_counter=lambda: clock.now, process_time=lambda: clock.computed)
    monkeypatch.setattr(timing, "time", clocks)
    ran = []

    def build(name, seconds_r, cores=1.0):
        """Of which so many cores compute all the time."""
        seconds = iter(seconds_r)

        def program():
            ran.append(name)
            passed = next(seconds)
            clock.now += passed
            clock.computed += cores * passed

        return program

    return SimpleNamespace(build=build, ran=ran)


def test_the_first_round_compiles_and_does_not_count(programs):
    one = programs.build("a", [90, 5, 1, 2, 4, 3])
    other = programs.build("b", [40, 6, 6, 6, 6, 7])
    wall_rp, cpu_rp = seconds_in_turns([one, other])
    np.testing.assert_array_equal(wall_rp, [[5, 6], [1, 6], [2, 6], [4, 6], [3, 7]])
    np.testing.assert_array_equal(cpu_rp, wall_rp)
    assert programs.ran == ["a", "b"] * 6


def test_a_request_to_stop_is_heard_after_an_epoch(programs, monkeypatch):
    one = programs.build("a", [1] * 6)
    requested = lambda: signal.SIGTERM if len(programs.ran) == 3 else None  # noqa: E731
    monkeypatch.setattr(processes, "requested", requested)
    with pytest.raises(Stopped):
        seconds_in_turns([one])
    assert programs.ran == ["a"] * 3


def test_medians_and_how_far_the_rounds_disagree(programs):
    together = programs.build("together", [90, 4, 4, 8, 4, 4])
    single = programs.build("alone", [40, 1, 1, 1, 3, 1])
    # Alone takes .25, .25, .125, .75 and .25 of what all together take.
    assert together_and_alone(together, single, None) == (4.0, 1.0, 6.0, None)
    steady = [programs.build("", [9, *np.arange(2, 7) * factor]) for factor in (1, 0.5)]
    assert together_and_alone(*steady, None) == (4.0, 2.0, 1.0, None)  # ever slower, but both


def test_cores_that_others_take_show(programs):
    """Of two cores, the one computes all the time and the other a tenth of it."""
    together = programs.build("together", [90, 10, 10, 10, 10, 10], cores=1.1)
    single = programs.build("alone", [40, 1, 1, 1, 1, 1])
    seconds = together_and_alone(together, single, 2)
    assert seconds.spread == 1.0 and seconds.core_share == pytest.approx(0.55)


def test_a_core_that_others_take_shows_of_a_single_lane_too(programs):
    together = programs.build("together", [90, 10, 10, 10, 10, 10], cores=2.0)
    single = programs.build("alone", [40, 1, 1, 1, 1, 1], cores=0.25)
    assert together_and_alone(together, single, 2).core_share == 0.25


LANES = lanes_by_hidden_size(
    ("arousal", "valence"), SweepSettings((0.0, 0.5), (0, 1), HiddenSizes((3,), (3,)))
)[3]
SETTINGS = TrainingSettings(patience=7)


@pytest.fixture
def asked(dataset, monkeypatch):
    """Of which programs an epoch is asked: how many lanes, and which seeds."""
    programs = []

    def epoch_program(lane_states, data, parts):
        assert data.train is dataset.examples["train"] and data.dev is dataset.examples["dev"]
        assert parts.settings is SETTINGS
        programs.append((len(lane_states.stopped), [seed for seed, _ in data.repetitions]))
        return programs[-1]

    monkeypatch.setattr(timing, "epoch_program", epoch_program)
    return programs


def test_an_epoch_of_new_lanes_is_timed_for_planning(dataset, asked, monkeypatch):
    seconds_r1 = np.array([[3.0], [5.0], [4.0]])
    monkeypatch.setattr(timing, "seconds_in_turns", lambda _: (seconds_r1, seconds_r1))
    assert seconds_of_an_epoch(LANES, dataset, SETTINGS) == 4.0
    assert asked == [(12, [0, 1])]


def test_an_epoch_of_all_lanes_is_timed_and_one_of_the_first(dataset, asked, monkeypatch):
    start = new_lanes(LANES, dataset, SETTINGS)
    states = EndStates.of(start.lane_states)
    trained = TrainedLanes(LANES, states, start.history, predictions={}, seconds=1.0)
    monkeypatch.setattr(timing, "together_and_alone", lambda *programs: programs)
    timed = time_epochs(trained, dataset, SETTINGS)
    *programs, cores = timed.epoch_seconds
    assert programs == [(12, [0, 1]), (1, [0])]
    assert 1 <= cores <= jax.device_count()
    assert timed.lane_states is states
