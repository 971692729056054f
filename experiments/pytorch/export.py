"""A sweep's data, lanes and initial weights in one file, for `third_party/pytorch_baseline/`.

python -m experiments.pytorch.export --config=configs/demo.py --hidden_size=16 --out=h16.npz
"""

from pathlib import Path

import numpy as np
from absl import flags
from ml_collections import ConfigDict

from affdyn_jax import command_line
from affdyn_jax.config import read_settings
from affdyn_jax.dataset.gold_on_grid import put_on_grid
from affdyn_jax.errors import ConfigError, RunError
from affdyn_jax.extract import read_corpus, read_features
from affdyn_jax.pipeline import join, read_lanes
from affdyn_jax.system.whole_files import replacing
from experiments.pytorch.arrays import arrays_of


def export(config: ConfigDict, hidden_size: int, path: Path) -> None:
    """Write the sweep of one hidden size that a config describes.

    Raises:
        AffdynError: What the user has to mend.
    """
    groups, settings = read_lanes(config), read_settings(config).training
    if hidden_size not in groups:
        sizes = " or ".join(map(str, groups))
        raise ConfigError(f"--hidden_size={hidden_size} is not in the sweep; it has {sizes}")
    if settings.monitor != "loss":
        raise ConfigError(
            f"training.monitor='{settings.monitor}': the PyTorch programs stop by the lane's own "
            "loss; export with --config.training.monitor=loss"
        )
    corpus = read_corpus(config)
    gold = put_on_grid(corpus, config.features.frame_rate, config.corpus.annotation_delay)
    examples = join(config, corpus, gold, *read_features(config, corpus)).examples
    arrays = arrays_of(
        examples["train"], examples["dev"], groups[hidden_size], corpus.dimensions, settings
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
