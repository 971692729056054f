"""The time, memory and disk of a sweep over layers as one job, and as one job for each layer.

    python -m experiments.benchmarks.layers --config=demo --config.sweep.seeds=0 \
        '--config.sweep.hidden_sizes.mono=()' --config.training.max_epochs=20

The encoder is a tiny wav2vec 2.0 of 12 layers with random weights, so 13 layers with what enters
the first. Runs the user's command once with all of them, then once for each, with caches that are
empty at first. Everything that a command does is timed: from the start of Python to the report.
"""

import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from affdyn_jax import command_line
from experiments.benchmarks.encoder_networks import NETWORKS
from experiments.benchmarks.random_checkpoint import write_random_checkpoint
from experiments.benchmarks.whole_commands import run, told

_HIGHEST = 12


def measure(arguments: Sequence[str]) -> None:
    """Print seconds, peak memory and disk of each way.

    Args:
        arguments: Of the user's command, but for its features.
    """
    with tempfile.TemporaryDirectory() as folder:
        model, together, apart = (Path(folder) / name for name in ("encoder", "at once", "apart"))
        config = {"model_type": "wav2vec2", **NETWORKS["tiny"], "num_hidden_layers": _HIGHEST}
        write_random_checkpoint(model, config)
        arguments = [
            *arguments,
            "--config.features.name=encoder",
            f"--config.features.encoder.model={model}",
        ]
        figures = run([*arguments, "--config.features.encoder.layers=all"], together)
        told(f"{_HIGHEST + 1} layers as one job", *figures, disk_mib=features_mib(together))
        numbers = range(_HIGHEST + 1)
        each = [
            run([*arguments, f"--config.features.layer={number}"], apart, f"layer{number}")
            for number in numbers
        ]
        seconds, peaks_mib = zip(*each, strict=True)
        what = f"{_HIGHEST + 1} jobs one after the other"
        told(what, sum(seconds), max(peaks_mib), disk_mib=features_mib(apart))


def features_mib(cache: Path) -> float:
    """What the features in a user's cache take on disk."""
    files = (cache / "affdyn_jax" / "features").glob("*.npy")
    return round(sum(path.stat().st_size for path in files) / 2**20, 2)


if __name__ == "__main__":
    CONFIG = command_line.define_config()

    def main() -> None:
        """Measure on the corpus of the command line."""
        command_line.value_of(CONFIG)  # wrong flags are refused here, in one line
        measure(sys.argv[1:])

    command_line.start(main)
