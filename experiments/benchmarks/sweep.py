"""The time of a sweep's training step: PyTorch's programs and ours, in turns in one process.

    python -m experiments.benchmarks.sweep
    python -m experiments.benchmarks.sweep --models=sewa_hu_w2v2:32,sewa_hu_mfb:32 \
        --lanes=11,33,99,297 --rounds=3 --steps=3 --json=FILE

A step trains all lanes on one recording; an epoch has a step for each training recording and a
pass over dev, and its time is made of theirs. Times are medians over rounds in which every
program has its turn and the device is waited for. Weights, gold standards and features are
random, which changes no time, and all recordings have full length.

Without PyTorch only ours are measured. `ours_plain_scan` is ours with the recurrence as
`lax.scan`. PyTorch's lanes in turn are timed for eleven, and on streams for 32, of which more
are a multiple; the tables mark these. On a GPU the tables also have the most memory that each
program takes, and all programs multiply in full float32. How far the CCC on dev of the first and
the last lane are from those of the first program says whether all did the same.
"""

import itertools
import json
import os
import re
from pathlib import Path

# PyTorch computes in the same process, so JAX may not take most of the GPU's memory; and 32
# streams may run side by side.
os.environ.setdefault("XLA_PYTHON_CLIENT_PREALLOCATE", "false")
os.environ.setdefault("CUDA_DEVICE_MAX_CONNECTIONS", "32")

from absl import app, flags

from affdyn_jax.training.devices import use_cores_as_devices
from experiments.benchmarks.machine import machine
from experiments.benchmarks.sweep_programs import programs
from experiments.benchmarks.sweep_rows import Case, Effort, rows_of
from experiments.benchmarks.sweep_tables import document, table
from experiments.benchmarks.sweep_workload import GEOMETRIES

_ALL = [f"{name}:{hidden}" for name in GEOMETRIES for hidden in (16, 32, 64)]
_MODELS = flags.DEFINE_list("models", _ALL, "Geometries with hidden sizes, as sewa_hu_mfb:32.")
_LANES = flags.DEFINE_list("lanes", ["11"], "Numbers of lanes, that is of values of w.")
_ROUNDS = flags.DEFINE_integer("rounds", 5, "Turns that each program has.")
_STEPS = flags.DEFINE_integer("steps", 5, "Steps in a turn.")
_PROGRAMS = flags.DEFINE_list("programs", None, "Only these.")
_JSON = flags.DEFINE_string(
    "json", None, "A file for the rows; the tables come beside it in Markdown."
)

_MODEL = re.compile(rf"({'|'.join(GEOMETRIES)}):(\d+)")
flags.register_validator(
    _MODELS,
    lambda models: all(map(_MODEL.fullmatch, models)),
    f"must be geometries ({', '.join(GEOMETRIES)}) with hidden sizes, as sewa_hu_mfb:32",
)
flags.register_validator(_LANES, lambda lanes: all(map(str.isdigit, lanes)), "must be numbers")


def main(_):
    use_cores_as_devices()
    here, makers = machine(), programs()
    print(here, flush=True)
    if _PROGRAMS.value:
        makers = {name: makers[name] for name in _PROGRAMS.value}
    rows, effort = [], Effort(_ROUNDS.value, _STEPS.value)
    for model, lanes in itertools.product(_MODELS.value, map(int, _LANES.value)):
        name, hidden = model.split(":")
        of_case = rows_of(makers, Case(name, GEOMETRIES[name], int(hidden), lanes), effort)
        rows += of_case
        print(f"\n{table(of_case)}", flush=True)
        # A run that is stopped leaves what it has measured.
        if _JSON.value:
            write(Path(_JSON.value), here, rows)


def write(path: Path, here: str, rows: list[dict]) -> None:
    """The rows as JSON, and beside it as Markdown."""
    path.write_text(json.dumps({"machine": here, "rows": rows}, indent=2) + "\n", "utf-8")
    path.with_suffix(".md").write_text(document(here, rows), "utf-8")


if __name__ == "__main__":
    app.run(main)
