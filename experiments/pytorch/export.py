"""A sweep's data, lanes and initial weights in one file, for `third_party/pytorch_baseline/`.

python -m experiments.pytorch.export --config=configs/demo.py --hidden_size=16 --out=h16.npz
"""

from pathlib import Path

import numpy as np
from absl import flags

from affdyn_jax import command_line
from affdyn_jax.config import Settings
from affdyn_jax.errors import ConfigError, RunError
from affdyn_jax.system.whole_files import replacing
from affdyn_jax.training.lanes import lanes_by_hidden_size
from experiments.pytorch.arrays import arrays_of
from experiments.reading import read_dataset


def export(settings: Settings, hidden_size: int, path: Path) -> None:
    """Write the sweep of one hidden size.

    Raises:
        AffdynError: An error that the user has to mend.
    """
    groups = lanes_by_hidden_size(settings.corpus.dimensions, settings.sweep)
    if hidden_size not in groups:
        sizes = " or ".join(map(str, groups))
        raise ConfigError(f"--hidden_size={hidden_size} is not in the sweep; it has {sizes}")
    training = settings.training
    if training.monitor != "loss":
        raise ConfigError(
            f"training.monitor='{training.monitor}': the PyTorch programs stop by the lane's own "
            "loss; export with --config.training.monitor=loss"
        )
    examples = read_dataset(settings).examples
    arrays = arrays_of(
        examples["train"],
        examples["dev"],
        groups[hidden_size],
        settings.corpus.dimensions,
        training,
    )
    write(path, arrays)


def write(path: Path, arrays: dict[str, np.ndarray]) -> None:
    """Write the arrays into one .npz.

    Raises:
        RunError: It cannot be written.
    """
    try:
        with replacing(path) as temporary, temporary.open("wb") as file:
            np.savez(file, **arrays)
    except OSError as error:
        raise RunError(
            f"{path}: cannot be written: {error.strerror}; name another --out"
        ) from error


if __name__ == "__main__":
    CONFIG = command_line.define_config()
    HIDDEN_SIZE = flags.DEFINE_integer("hidden_size", None, "H of the lanes.", required=True)
    OUT = flags.DEFINE_string("out", None, "The .npz to write.", required=True)
    command_line.start(
        lambda: export(command_line.value_of(CONFIG), HIDDEN_SIZE.value, Path(OUT.value))
    )
