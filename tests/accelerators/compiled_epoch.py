"""Compiles the epoch of a sweep of SEWA's geometry for a device that is not there.

    python -m tests.accelerators.compiled_epoch sm_90|sm_80|tpu fused|scan H LANES FEATURES FILE

The optimised program goes into the file. In a process of its own, since a compiler that
fails takes the process along.
"""

import functools
import os
import sys
from importlib import import_module
from pathlib import Path

os.environ["JAX_PLATFORMS"] = "cpu"

import jax
import numpy as np
from jax.sharding import Mesh, NamedSharding

from affdyn_jax.dataset.examples import Examples
from affdyn_jax.method.recurrence.states import SCAN
from affdyn_jax.training import loop
from affdyn_jax.training.devices import BY_LANE, EVERYWHERE
from affdyn_jax.training.lane_settings import fixed_lanes
from affdyn_jax.training.parts import Parts
from affdyn_jax.training.repetitions import shared_inputs, whole_partitions
from affdyn_jax.training.settings import TrainingSettings
from tests.accelerators import absent_devices

FRAMES, TRAIN, DEV, TASKS = 707, 34, 14, 4


def examples(recordings, features):
    shape = recordings, FRAMES
    return Examples(
        np.zeros((*shape, features), np.float32),
        np.zeros((*shape, TASKS), np.float32),
        np.ones((*shape, TASKS), bool),
        np.full(recordings, FRAMES, np.int32),
    )


def fused_for(compute_capability):
    """The fused recurrence for a GPU that jax-triton cannot ask."""
    fused = import_module("affdyn_jax.method.recurrence.fused")
    fused.jax_triton.triton_call = functools.partial(
        fused.jax_triton.triton_call, compute_capability=compute_capability
    )
    return fused.FUSED


def compiled(target, recurrence, hidden_size, lane_count, feature_count):
    """The text of the program."""
    sm = int(target.removeprefix("sm_")) if target.startswith("sm_") else None
    device = absent_devices.gpu(sm) if sm else absent_devices.tpu()
    mesh = Mesh(np.array([device]), ("lane",))
    settings = TrainingSettings()
    train, dev = examples(TRAIN, feature_count), examples(DEV, feature_count)
    task_weights_lk = np.zeros((lane_count, TASKS), np.float32)
    data, parts = whole_partitions(train, dev, (0,)), Parts(settings)
    made = fixed_lanes(task_weights_lk, task_weights_lk, settings)
    start = loop.new_training(made, data, hidden_size, parts)

    def placed(tree, spec, leading=()):
        return jax.tree.map(
            lambda leaf: jax.ShapeDtypeStruct(
                (*leading, *leaf.shape), leaf.dtype, sharding=NamedSharding(mesh, spec)
            ),
            tree,
        )

    taken = SCAN if recurrence == "scan" else fused_for(sm)
    arguments = (
        placed(start.lane_states, BY_LANE, (1,)),
        placed(shared_inputs(data.repetitions, 1), EVERYWHERE),
        placed((train, dev), EVERYWHERE),
    )
    lowered = loop._epoch_of_all(parts, mesh, taken).trace(*arguments)
    return lowered.lower(lowering_platforms=("cuda" if sm else "tpu",)).compile().as_text()


if __name__ == "__main__":
    target, recurrence, *sizes, path = sys.argv[1:]
    Path(path).write_text(compiled(target, recurrence, *map(int, sizes)))
