"""Peak memory of a process that trains a whole sweep.

    python -m experiments.benchmarks.sweep_memory
    python -m experiments.benchmarks.sweep_memory --geometry=sewa_hu_mfb --hidden=32 --lanes=66

Features, gold standards and weights are random, all of the corpus's size; two epochs are
trained with their dev passes and the dev recordings are predicted, as in a run.
"""

import re
from pathlib import Path

import jax
import numpy as np
from absl import app, flags

from affdyn_jax.method.tasks import task_weights
from affdyn_jax.training.devices import use_cores_as_devices
from affdyn_jax.training.lane_settings import fixed_lanes
from affdyn_jax.training.loop import new_training, predict_lanes, train_lanes
from affdyn_jax.training.parts import Parts
from affdyn_jax.training.repetitions import whole_partitions
from affdyn_jax.training.settings import TrainingSettings
from experiments.benchmarks.sweep_workload import DIMENSIONS, GEOMETRIES, generated_workload

_GEOMETRY = flags.DEFINE_enum("geometry", "sewa_hu_w2v2", list(GEOMETRIES), "Of these.")
_HIDDEN = flags.DEFINE_integer("hidden", 64, "Hidden size.")
_LANES = flags.DEFINE_integer("lanes", 33, "Lanes.")


def main(_):
    use_cores_as_devices()
    geometry = GEOMETRIES[_GEOMETRY.value]
    print(f"{peak_mib()} MiB for Python and the libraries")
    workload = generated_workload(geometry, _HIDDEN.value, _LANES.value, steps=geometry.train)
    features_mib = (workload.train.features_ntf.nbytes + workload.dev.features_ntf.nbytes) / 2**20
    print(f"{peak_mib()} MiB with the features, which are {features_mib:.0f} MiB")
    weights_lk = np.stack([task_weights(x.dimensions, x.w, DIMENSIONS) for x in workload.lanes])
    settings = TrainingSettings(max_epochs=2)
    data, parts = whole_partitions(workload.train, workload.dev, (0,)), Parts(settings)
    start = new_training(fixed_lanes(weights_lk, weights_lk, settings), data, _HIDDEN.value, parts)
    trained = train_lanes(start, data, parts)
    weights = trained.lane_states.best_weights
    weights_mib = sum(leaf.nbytes for leaf in jax.tree.leaves(weights)) / 2**20
    print(f"{peak_mib()} MiB with training; the weights of all lanes are {weights_mib:.0f} MiB")
    predict_lanes(weights, workload.dev)
    print(f"{peak_mib()} MiB with the predictions of dev")


def peak_mib() -> int:
    """The most memory that this process has held, in MiB."""
    status = Path("/proc/self/status").read_text("utf-8")
    return int(re.search(r"VmHWM:\s+(\d+) kB", status)[1]) // 1024


if __name__ == "__main__":
    app.run(main)
