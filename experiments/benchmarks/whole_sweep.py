"""The time of a whole sweep: all setups, values of w and seeds of one hidden size, trained.

    python -m experiments.benchmarks.whole_sweep
    python -m experiments.benchmarks.whole_sweep --geometry=sewa_hu_mfb --hidden=64 --epochs=50

Features and gold standards are random, which changes no time, and no lane stops early.
"""

import time

import jax
import numpy as np
from absl import app, flags

from affdyn_jax.method.tasks import task_weights
from affdyn_jax.training.devices import use_cores_as_devices
from affdyn_jax.training.lane_settings import fixed_lanes
from affdyn_jax.training.loop import Epoch, new_training, train_lanes
from affdyn_jax.training.parts import Parts
from affdyn_jax.training.repetitions import whole_partitions
from affdyn_jax.training.settings import SweepSettings, TrainingSettings
from experiments.benchmarks.machine import machine
from experiments.benchmarks.sweep_workload import DIMENSIONS, GEOMETRIES, generated_workload

_GEOMETRY = flags.DEFINE_enum("geometry", "sewa_hu_w2v2", list(GEOMETRIES), "Of these.")
_HIDDEN = flags.DEFINE_integer("hidden", 32, "Hidden size.")
_EPOCHS = flags.DEFINE_integer("epochs", 250, "Epochs of every lane.")

_SETUPS = (*((dimension,) for dimension in DIMENSIONS), DIMENSIONS)


def main(_):
    use_cores_as_devices()
    print(machine(), flush=True)
    geometry, sweep = GEOMETRIES[_GEOMETRY.value], SweepSettings()
    workload = generated_workload(geometry, _HIDDEN.value, len(sweep.weights), geometry.train)
    weights_mk = [task_weights(setup, w, DIMENSIONS) for setup in _SETUPS for w in sweep.weights]
    weights_lk = np.tile(weights_mk, (len(sweep.seeds), 1))
    settings = TrainingSettings(max_epochs=_EPOCHS.value, patience=_EPOCHS.value)
    data, parts = whole_partitions(workload.train, workload.dev, sweep.seeds), Parts(settings)
    made = fixed_lanes(weights_lk, weights_lk, settings)
    start = new_training(made, data, _HIDDEN.value, parts)
    times = [time.perf_counter()]

    def note(_: Epoch) -> None:
        times.append(time.perf_counter())

    trained = train_lanes(start, data, parts, note)
    seconds = np.diff(times)
    lanes, epochs = len(weights_lk), int(trained.lane_states.epochs.min())
    print(
        f"{_GEOMETRY.value}, H = {_HIDDEN.value}, {lanes} lanes of {epochs} epochs: "
        f"{seconds.sum():.1f} s, of which {seconds[0]:.1f} s the first epoch with compilation; "
        f"{np.median(seconds) * 1e3:.1f} ms an epoch on {jax.devices()[0].device_kind}"
    )


if __name__ == "__main__":
    app.run(main)
