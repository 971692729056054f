"""The time of a sweep's training step: PyTorch's programs and ours, in turns in one process.

    python -m experiments.benchmarks.sweep
    python -m experiments.benchmarks.sweep --geometry=sewa_hu_mfb --hidden=32 --json=FILE
    python -m experiments.benchmarks.sweep --geometry=sewa_hu_mfb --hidden=32 --figure=FILE

A step trains all lanes on one recording, an epoch has a step for each training recording and a
pass over dev. Times are medians over rounds in which every program has its turn. Weights, gold
standards and features are random, which changes no time, and all recordings have full length.
Without PyTorch only ours are measured. `ours_plain_scan` is ours with the recurrence as
`lax.scan`.
"""

import importlib.util
import json
import os
import platform
import time
from collections.abc import Callable
from importlib import metadata
from pathlib import Path

import jax
import numpy as np
from absl import app, flags

from affdyn_jax.training.devices import use_cores_as_devices
from experiments.benchmarks import sweep_programs
from experiments.benchmarks.sweep_programs import (
    GEOMETRIES,
    Geometry,
    Program,
    Workload,
    generated_workload,
)

_GEOMETRY = flags.DEFINE_list("geometry", list(GEOMETRIES), "Of these.")
_HIDDEN = flags.DEFINE_list("hidden", ["16", "32", "64"], "Hidden sizes.")
_LANES = flags.DEFINE_integer("lanes", 11, "Lanes, that is values of w.")
_ROUNDS = flags.DEFINE_integer("rounds", 5, "Turns that each program has.")
_STEPS = flags.DEFINE_integer("steps", 5, "Steps in a turn.")
_JSON = flags.DEFINE_string("json", None, "A file for the rows of the table.")
_FIGURE = flags.DEFINE_string("figure", None, "Draw time against lanes and frames instead.")

flags.register_validator(
    _GEOMETRY, lambda names: set(names) <= set(GEOMETRIES), f"must be of {', '.join(GEOMETRIES)}"
)
flags.register_validator(
    _HIDDEN, lambda sizes: all(size.isdigit() for size in sizes), "must be numbers"
)

_PEER = "pytorch_sequential"


def main(_):
    use_cores_as_devices()
    print(machine(), flush=True)
    if _FIGURE.value:
        from experiments.benchmarks.sweep_figure import draw

        name, hidden_size = _GEOMETRY.value[0], int(_HIDDEN.value[0])
        geometry, file = GEOMETRIES[name], Path(_FIGURE.value)
        draw(programs(), medians, name, geometry, hidden_size, file)
        return
    rows = []
    for name in _GEOMETRY.value:
        for hidden_size in map(int, _HIDDEN.value):
            measured = rows_of(name, hidden_size)
            rows += measured
            print_table(measured)
    if _JSON.value:
        Path(_JSON.value).write_text(json.dumps(rows, indent=2) + "\n", "utf-8")


def programs() -> dict[str, Callable[[Workload], Program]]:
    """The programs that can run here, by name."""
    names = ["ours_one_by_one", "ours_plain_scan", "ours"]
    if importlib.util.find_spec("torch") is not None:
        names = [_PEER, "pytorch_vectorised", *names]
        import torch

        if torch.cuda.is_available():
            names.append("pytorch_streams")
    return {name: getattr(sweep_programs, name) for name in names}


def rows_of(name: str, hidden_size: int) -> list[dict]:
    """A row for each program, with its ratio to PyTorch's trainings one after the other."""
    geometry = GEOMETRIES[name]
    times = medians(programs(), geometry, hidden_size, _LANES.value)
    peer_ms, peer_epoch_ms = epoch(times[_PEER], geometry) if _PEER in times else (None, None)
    rows = []
    for program, step_and_dev_ms in times.items():
        step_ms, epoch_ms = epoch(step_and_dev_ms, geometry)
        rows.append(
            {
                "geometry": name,
                "hidden": hidden_size,
                "program": program,
                "lanes": _LANES.value,
                "step_ms": round(step_ms, 2),
                "ratio_to_pytorch_sequential": peer_ms and round(peer_ms / step_ms, 1),
                "epoch_ms": round(epoch_ms),
                "epoch_ratio_to_pytorch_sequential": peer_ms and round(peer_epoch_ms / epoch_ms, 1),
            }
        )
    return rows


def epoch(step_and_dev_ms: tuple[float, float], geometry: Geometry) -> tuple[float, float]:
    """Milliseconds of a step and, with all steps and the dev pass, of an epoch."""
    step_ms, dev_ms = step_and_dev_ms
    return step_ms, geometry.train * step_ms + dev_ms


def medians(
    makers: dict[str, Callable[[Workload], Program]],
    geometry: Geometry,
    hidden_size: int,
    lane_count: int,
) -> dict[str, tuple[float, float]]:
    """Each program's milliseconds for a step of all lanes and for a pass over dev."""
    workload = generated_workload(geometry, hidden_size, lane_count, _STEPS.value)
    ready = {name: make(workload) for name, make in makers.items()}
    times = {name: [] for name in ready}
    for _ in range(_ROUNDS.value + 1):
        for name, program in ready.items():
            step_ms = milliseconds(program.train) / _STEPS.value
            times[name].append((step_ms, milliseconds(program.dev_pass)))
    # The first round compiles and warms up.
    return {name: tuple(np.median(rounds[1:], axis=0)) for name, rounds in times.items()}


def milliseconds(function: Callable[[], object]) -> float:
    """Time of a call."""
    start = time.perf_counter()
    function()
    return (time.perf_counter() - start) * 1e3


def print_table(rows: list[dict]) -> None:
    """The rows as a table in Markdown."""
    first = rows[0]
    print(f"\n{first['geometry']}, H = {first['hidden']}, {first['lanes']} lanes\n")
    print("| program | step, ms | ratio | epoch, s | ratio |\n| --- | ---: | ---: | ---: | ---: |")
    for row in rows:
        ratios = [f"{row[f'{kind}ratio_to_{_PEER}'] or '':>6}" for kind in ("", "epoch_")]
        print(
            f"| {row['program']:18} | {row['step_ms']:8.1f} | {ratios[0]} "
            f"| {row['epoch_ms'] / 1e3:7.2f} | {ratios[1]} |",
            flush=True,
        )


def machine() -> str:
    """The machine and versions that were measured on."""
    devices = jax.devices()
    packages = [p for p in ("jax", "torch") if importlib.util.find_spec(p) is not None]
    versions = ", ".join(f"{package} {metadata.version(package)}" for package in packages)
    return (
        f"{os.cpu_count()} {platform.machine()} processors, {len(devices)} {devices[0].platform} "
        f"devices ({devices[0].device_kind}), {versions}"
    )


if __name__ == "__main__":
    app.run(main)
