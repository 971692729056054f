"""What `benchmarks.sweep` measures of each program: a row of its tables."""

import gc
import importlib.util
from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from experiments.benchmarks.sweep_programs import IN_TURN, Makers
from experiments.benchmarks.sweep_workload import (
    Geometry,
    Program,
    Workload,
    generated_workload,
)
from experiments.benchmarks.turns import left_out_if_it_fails, milliseconds

# Lanes in turn do not know of each other, and PyTorch has 32 streams, on which more lanes follow
# each other: the time of more lanes is a multiple of that of so many.
MOST_LANES = {IN_TURN: 11, "pytorch_streams": 32, "pytorch_graphs_on_streams": 32}


class Case(NamedTuple):
    """What the programs are compared on.

    Attributes:
        name: Of the geometry.
        geometry: Its sizes.
        hidden: H.
        lanes: L.
    """

    name: str
    geometry: Geometry
    hidden: int
    lanes: int


class Effort(NamedTuple):
    """How long programs are measured.

    Attributes:
        rounds: Turns that each program has.
        steps: Steps in a turn.
    """

    rounds: int
    steps: int


class Ready(NamedTuple):
    """A program that has compiled and had its first turn.

    Attributes:
        program: The program.
        timed_lanes: The lanes that it computes; what others take is as much for each.
        peak_mib: The most memory of a GPU that it takes; None without one.
        ccc_of_ends: Dev CCC of the first and the last lane, w = 0 and 1, after the first turn.
    """

    program: Program
    timed_lanes: int
    peak_mib: float | None
    ccc_of_ends: np.ndarray


def rows_of(makers: Makers, case: Case, effort: Effort) -> list[dict]:
    """A row for each program, with its ratio to PyTorch's trainings one after the other.

    Times are medians over rounds in which every program has its turn. A program that fails is
    left out, with its error on standard error.
    """
    ready = {}
    for name, make in makers.items():
        with left_out_if_it_fails(name):
            ready[name] = made_ready(name, make, case, effort)
    times = {name: [] for name in ready}
    for _ in range(effort.rounds):
        for name, of_name in ready.items():
            times[name].append(turn_ms(of_name.program, effort.steps))
    medians = {
        name: np.median(times[name], axis=0) * (case.lanes / of_name.timed_lanes)
        for name, of_name in ready.items()
    }
    rows = _rows(case, ready, medians)
    del ready, of_name
    _forget_programs()
    return rows


def made_ready(name: str, make: Callable[[Workload], Program], case: Case, effort: Effort) -> Ready:
    """Make a program and give it its first turn, which compiles."""
    timed_lanes = min(case.lanes, MOST_LANES.get(name, case.lanes))
    workload = generated_workload(case.geometry, case.hidden, timed_lanes, effort.steps)
    program = make(workload)
    program.train()
    ccc_lk = program.dev_pass()
    return Ready(program, timed_lanes, program.peak_mib(), np.asarray(ccc_lk)[[0, -1]])


def _rows(case: Case, ready: dict[str, Ready], medians: dict[str, np.ndarray]) -> list[dict]:
    def epoch_ms(name: str) -> float:
        step_ms, dev_ms = medians[name]
        return float(case.geometry.train * step_ms + dev_ms)

    def ratio(name: str, of: Callable[[str], float]) -> float | None:
        return round(of(IN_TURN) / of(name), 1) if IN_TURN in ready else None

    first = next(iter(ready.values()), None)
    return [
        {
            "geometry": case.name,
            "hidden": case.hidden,
            "program": name,
            "lanes": case.lanes,
            "timed_lanes": of_name.timed_lanes,
            "step_ms": round(float(medians[name][0]), 2),
            f"ratio_to_{IN_TURN}": ratio(name, lambda name: float(medians[name][0])),
            "dev_ms": round(float(medians[name][1]), 2),
            "epoch_ms": round(epoch_ms(name)),
            f"epoch_ratio_to_{IN_TURN}": ratio(name, epoch_ms),
            "peak_mib": of_name.peak_mib and round(of_name.peak_mib),
            "ccc_difference": float(np.abs(of_name.ccc_of_ends - first.ccc_of_ends).max()),
        }
        for name, of_name in ready.items()
    ]


def turn_ms(program: Program, steps: int) -> tuple[float, float]:
    """Milliseconds of a step, on average over several, and of a pass over dev."""
    return milliseconds(program.train) / steps, milliseconds(program.dev_pass)


def _forget_programs() -> None:
    """Give the memory of programs back that nothing holds any more, and what was compiled."""
    gc.collect()
    if importlib.util.find_spec("torch") is not None:
        import torch

        # It compiles no function for more than a few shapes.
        torch.compiler.reset()
        torch.cuda.empty_cache()
