"""The rows of the benchmark, from programs whose times are known."""

import pytest
from absl import flags

from experiments.benchmarks import sweep
from experiments.benchmarks.sweep_programs import Geometry, Program

GEOMETRY = Geometry(frames=3, features=2, train=20, dev=1)


@pytest.fixture(autouse=True)
def known_times(monkeypatch):
    """Each program returns how long it is to have taken; steps come four in a turn."""
    if not flags.FLAGS.is_parsed():
        flags.FLAGS(["benchmark"])
    for flag, value in (("_STEPS", 4), ("_ROUNDS", 3), ("_LANES", 2)):
        holder = getattr(sweep, flag)
        monkeypatch.setattr(flags.FLAGS[holder.name], "value", value)
    monkeypatch.setattr(sweep, "milliseconds", lambda function: function())
    monkeypatch.setitem(sweep.GEOMETRIES, "tiny", GEOMETRY)


def taking(step_ms, dev_ms):
    return lambda workload: Program(lambda: len(workload.train.frames_n) * step_ms, lambda: dev_ms)


def test_rows_have_times_of_a_step_and_of_an_epoch(monkeypatch):
    programs = {"pytorch_sequential": taking(12.0, 100.0), "ours": taking(1.5, 10.0)}
    monkeypatch.setattr(sweep, "programs", lambda: programs)
    peer, ours = sweep.rows_of("tiny", 8)
    assert (peer["geometry"], peer["hidden"], peer["program"], peer["lanes"]) == (
        *("tiny", 8),
        *("pytorch_sequential", 2),
    )
    assert (peer["step_ms"], peer["ratio_to_pytorch_sequential"]) == (12.0, 1.0)
    assert (ours["step_ms"], ours["ratio_to_pytorch_sequential"]) == (1.5, 8.0)
    assert (peer["epoch_ms"], ours["epoch_ms"]) == (20 * 12 + 100, 20 * 1.5 + 10)
    assert ours["epoch_ratio_to_pytorch_sequential"] == 8.5


def test_without_the_peer_there_are_no_ratios(monkeypatch, capsys):
    monkeypatch.setattr(sweep, "programs", lambda: {"ours": taking(1.5, 10.0)})
    (ours,) = sweep.rows_of("tiny", 8)
    assert ours["ratio_to_pytorch_sequential"] is None
    sweep.print_table([ours])
    assert "| ours" in capsys.readouterr().out


def test_medians_leave_the_first_round_out():
    steps_ms = iter([400.0, 8.0, 4.0, 12.0])
    program = Program(lambda: next(steps_ms), lambda: 0.0)
    assert sweep.medians({"only": lambda _: program}, GEOMETRY, 2, 2)["only"] == (2, 0)
