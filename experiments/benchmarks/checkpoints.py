"""The cost of checkpoints: epochs of the demo's sweep with and without them, in turns.

    python -m experiments.benchmarks.checkpoints

Takes some twelve minutes on two cores.
"""

import dataclasses
import tempfile
import time
from pathlib import Path

import numpy as np
from absl import app, flags, logging

from affdyn_jax.config import read_settings
from affdyn_jax.configs import demo
from affdyn_jax.training.devices import use_cores_as_devices
from affdyn_jax.training.lanes import lanes_by_hidden_size
from affdyn_jax.training.sweep import train_together
from experiments.reading import read_dataset


def main(_):
    logging.set_verbosity(logging.WARNING)
    use_cores_as_devices()
    config = demo.get_config()
    config.training.max_epochs = config.training.patience = _EPOCHS.value
    settings = read_settings(config)
    dataset = read_dataset(settings)
    (lanes,) = lanes_by_hidden_size(settings.corpus.dimensions, settings.sweep).values()
    with_checkpoints = settings.training
    every = with_checkpoints.checkpoint_every
    # The last epoch has its checkpoint in both.
    without_them = dataclasses.replace(with_checkpoints, checkpoint_every=_EPOCHS.value)

    seconds = {"without": [], "with": []}
    for turn in range(_ROUNDS.value + 1):
        for way, settings in (("without", without_them), ("with", with_checkpoints)):
            with tempfile.TemporaryDirectory() as folder:
                started = time.perf_counter()
                train_together(lanes, dataset, settings, Path(folder))
                if turn:  # the first turn compiles
                    seconds[way].append(time.perf_counter() - started)
    without, with_them = (np.array(seconds[way]) / _EPOCHS.value for way in ("without", "with"))
    cost = with_them / without - 1
    print(f"{len(lanes)} lanes, {_EPOCHS.value} epochs, a checkpoint every {every}")
    print(f"an epoch without: {np.median(without) * 1e3:.1f} ms")
    print(f"with: {np.median(with_them) * 1e3:.1f} ms, {np.median(cost):.1%} more")
    print(f"in turns: {np.round(cost * 100, 1)} %")


if __name__ == "__main__":
    _EPOCHS = flags.DEFINE_integer("epochs", 100, "Epochs that are trained in each turn.")
    _ROUNDS = flags.DEFINE_integer("rounds", 7, "Turns that are counted.")
    app.run(main)
