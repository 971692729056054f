"""The time saved where stopped lanes give up their places.

    python -m experiments.benchmarks.packing --config=configs/demo.py

Trains the sweep of a config in two ways, in turns: as a run does, and with every lane kept in its
place to the end. A first round compiles, into the cache that runs use, and is not timed.
"""

import tempfile
import time
from pathlib import Path
from unittest import mock

import jax
import numpy as np
from absl import flags

from affdyn_jax import command_line
from affdyn_jax.config import Settings
from affdyn_jax.system.user_cache import keep_compiled_programs
from affdyn_jax.training import packing, placed_lanes
from affdyn_jax.training.devices import use_cores_as_devices
from affdyn_jax.training.lanes import lanes_by_hidden_size
from affdyn_jax.training.sweep import train_together
from experiments.reading import read_dataset


def measure(settings: Settings, rounds: int) -> None:
    """Train the sweep of each hidden size in both ways, and print the times."""
    use_cores_as_devices()
    keep_compiled_programs()
    jax.config.update("jax_persistent_cache_min_compile_time_secs", 0.0)
    dataset = read_dataset(settings)
    groups = lanes_by_hidden_size(settings.corpus.dimensions, settings.sweep)
    for hidden_size, lanes in groups.items():

        def train(lanes=lanes):
            start = time.perf_counter()
            with tempfile.TemporaryDirectory() as folder:
                group = train_together(lanes, dataset, settings.training, Path(folder))
            return time.perf_counter() - start, group.lane_states

        sizes = []

        def noting(*arguments, sizes=sizes):
            smaller_is_worthwhile = packing.is_worthwhile(*arguments)
            if smaller_is_worthwhile:
                sizes.append(arguments[0].size)
            return smaller_is_worthwhile

        seconds = {"packed": [], "in place": []}
        for _ in range(rounds + 1):
            with mock.patch.object(placed_lanes, "is_worthwhile", noting):
                sizes.clear()
                took, packed = train()
            seconds["packed"].append(took)
            with mock.patch.object(placed_lanes, "is_worthwhile", lambda *_: False):
                took, in_place = train()
            seconds["in place"].append(took)
        epochs_l = np.sort(packed.epochs)
        print(
            f"H = {hidden_size}: {len(lanes)} lanes stopped after {epochs_l[0]} to {epochs_l[-1]}"
        )
        print(f"epochs, half of them after {int(np.median(epochs_l))}; {sizes} places later on")
        for way, took in seconds.items():
            print(f"{way:8}: {np.median(took[1:]):.1f} s, of rounds {np.round(took[1:], 1)}")
        share = epochs_l.sum() / (epochs_l[-1] * len(epochs_l))
        print(f"{share:.0%} of what is computed in place belongs to lanes that still train")
        differences = jax.tree.map(
            lambda a, b: np.abs(a - b).max(), packed.best_weights, in_place.best_weights
        )
        print(f"weights differ by {max(jax.tree.leaves(differences)):.1e} at most")


if __name__ == "__main__":
    CONFIG = command_line.define_config()
    ROUNDS = flags.DEFINE_integer("rounds", 1, "Times that each way is timed.")
    command_line.start(lambda: measure(command_line.value_of(CONFIG), ROUNDS.value))
