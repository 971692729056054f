"""The rows of the benchmark, from programs whose times are known."""

import numpy as np
import pytest

from experiments.benchmarks import sweep_rows
from experiments.benchmarks.sweep_rows import Case, Effort, rows_of
from experiments.benchmarks.sweep_workload import Geometry, Program

CASE = Case("tiny", Geometry(frames=3, features=2, train=20, dev=1), hidden=8, lanes=2)
EFFORT = Effort(rounds=3, steps=4)


@pytest.fixture(autouse=True)
def known_times(monkeypatch):
    """Each program says how long it is to have taken; steps come four in a turn."""
    clock_ms = []

    def milliseconds(function):
        clock_ms.clear()
        function()
        return sum(clock_ms)

    monkeypatch.setattr(sweep_rows, "milliseconds", milliseconds)
    return clock_ms


@pytest.fixture
def taking(known_times):
    """Makes a program whose times, each step of a lane and its dev pass, are given."""

    def program(step_ms, dev_ms, ccc=0.0, peak_mib=None):
        def make(workload):
            count = len(workload.lanes)

            def train():
                known_times.append(len(workload.train.frames_n) * count * step_ms)

            def dev_pass():
                known_times.append(count * dev_ms)
                return np.full((count, 4), ccc)

            return Program(train, dev_pass, lambda: peak_mib)

        return make

    return program


def test_rows_have_times_of_a_step_and_of_an_epoch(taking):
    makers = {"pytorch_sequential": taking(6.0, 50.0), "ours": taking(0.75, 5.0)}
    peer, ours = rows_of(makers, CASE, EFFORT)
    assert (peer["geometry"], peer["hidden"], peer["program"], peer["lanes"]) == (
        *("tiny", 8),
        *("pytorch_sequential", 2),
    )
    assert (peer["step_ms"], peer["ratio_to_pytorch_sequential"]) == (12.0, 1.0)
    assert (ours["step_ms"], ours["ratio_to_pytorch_sequential"]) == (1.5, 8.0)
    assert (ours["dev_ms"], peer["dev_ms"]) == (10, 100)
    assert (peer["epoch_ms"], ours["epoch_ms"]) == (20 * 12 + 100, 20 * 1.5 + 10)
    assert ours["epoch_ratio_to_pytorch_sequential"] == 8.5


def test_lanes_in_turn_are_timed_for_eleven_and_scaled(taking):
    makers = {"pytorch_sequential": taking(6.0, 50.0), "ours": taking(0.75, 5.0)}
    peer, ours = rows_of(makers, CASE._replace(lanes=297), EFFORT)
    assert (peer["timed_lanes"], ours["timed_lanes"]) == (11, 297)
    assert (peer["step_ms"], peer["dev_ms"]) == pytest.approx((297 * 6, 297 * 50))
    assert ours["ratio_to_pytorch_sequential"] == 8


def test_without_the_peer_there_are_no_ratios(taking):
    (ours,) = rows_of({"ours": taking(1.5, 10.0)}, CASE, EFFORT)
    assert ours["ratio_to_pytorch_sequential"] is None


def test_a_program_that_fails_leaves_the_others(taking, capsys):
    def failing(workload):
        raise RuntimeError("no memory")

    (ours,) = rows_of({"pytorch_streams": failing, "ours": taking(1.5, 10.0)}, CASE, EFFORT)
    assert ours["program"] == "ours"
    assert "pytorch_streams is left out" in capsys.readouterr().err


def test_scores_are_compared_with_those_of_the_first_program(taking):
    makers = {"pytorch_sequential": taking(1, 1, 0.5), "ours": taking(1, 1, 0.75, peak_mib=3.6)}
    peer, ours = rows_of(makers, CASE._replace(lanes=33), EFFORT)
    assert (peer["ccc_difference"], ours["ccc_difference"]) == (0, 0.25)
    assert (peer["peak_mib"], ours["peak_mib"]) == (None, 4)


def test_times_are_medians_without_the_first_turn(known_times):
    steps_ms = iter([400.0, 8.0, 4.0, 12.0])
    program = Program(lambda: known_times.append(next(steps_ms)), lambda: np.zeros((2, 4)))
    (row,) = rows_of({"only": lambda _: program}, CASE, EFFORT)
    assert (row["step_ms"], row["dev_ms"]) == (2, 0)
