"""Programs timed in turns."""

from types import SimpleNamespace

import numpy as np
import pytest

from affdyn_jax.training import timing
from affdyn_jax.training.timing import seconds_in_turns, together_and_alone


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
