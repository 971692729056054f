"""Programs timed in turns."""

from types import SimpleNamespace

import numpy as np
import pytest

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
from affdyn_jax.training.trained_lanes import TrainedLanes


@pytest.fixture
def programs(monkeypatch):
    """Makes programs of what each takes in every round; `ran` has their names in order."""
    clock = SimpleNamespace(now=0.0)
    monkeypatch.setattr(timing, "time", SimpleNamespace(perf_counter=lambda: clock.now))
    ran = []

    def build(name, seconds_r):
        seconds = iter(seconds_r)

        def program():
            ran.append(name)
            clock.now += next(seconds)

        return program

    return SimpleNamespace(build=build, ran=ran)


def test_the_first_round_compiles_and_does_not_count(programs):
    one = programs.build("a", [90, 5, 1, 2, 4, 3])
    other = programs.build("b", [40, 6, 6, 6, 6, 7])
    seconds_rp = seconds_in_turns([one, other])
    np.testing.assert_array_equal(seconds_rp, [[5, 6], [1, 6], [2, 6], [4, 6], [3, 7]])
    assert programs.ran == ["a", "b"] * 6


def test_medians_and_how_far_the_rounds_disagree(programs):
    together = programs.build("together", [90, 4, 4, 8, 4, 4])
    single = programs.build("alone", [40, 1, 1, 1, 3, 1])
    # Alone takes .25, .25, .125, .75 and .25 of what all together take.
    assert together_and_alone(together, single) == (4.0, 1.0, 6.0)
    steady = [programs.build("", [9, *np.arange(2, 7) * factor]) for factor in (1, 0.5)]
    assert together_and_alone(*steady) == (4.0, 2.0, 1.0)  # ever slower, but both


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
    monkeypatch.setattr(timing, "seconds_in_turns", lambda _: seconds_r1)
    assert seconds_of_an_epoch(LANES, dataset, SETTINGS) == 4.0
    assert asked == [(12, [0, 1])]


def test_an_epoch_of_all_lanes_is_timed_and_one_of_the_first(dataset, asked, monkeypatch):
    start = new_lanes(LANES, dataset, SETTINGS)
    trained = TrainedLanes(LANES, *start, predictions={}, seconds=1.0)
    monkeypatch.setattr(timing, "together_and_alone", lambda *programs: programs)
    timed = time_epochs(trained, dataset, SETTINGS)
    assert timed.epoch_seconds == ((12, [0, 1]), (1, [0]))
    assert timed.lane_states is start.lane_states
