"""A sweep's data, lanes and initial weights in one file, for `third_party/pytorch_baseline/`.

    python -m experiments.export_for_pytorch --config=configs/demo.py --hidden_size=16 --out=h16.npz

The PyTorch programs then start from the same weights, see the same recordings in the same order
and stop by the same rule.
"""

from pathlib import Path

import jax
import jax.numpy as jnp
import numpy as np
from absl import flags
from ml_collections import ConfigDict

from affdyn_jax import command_line
from affdyn_jax.atomic import replacing
from affdyn_jax.errors import ConfigError, RunError
from affdyn_jax.examples import Examples
from affdyn_jax.extract import read_corpus, read_features
from affdyn_jax.lanes import Lane, task_weights, tasks_of
from affdyn_jax.model import Weights, initial_weights
from affdyn_jax.pipeline import join, read_lanes, read_training
from affdyn_jax.training import recording_order


def export(config: ConfigDict, hidden_size: int, path: Path) -> None:
    """Write the sweep of one hidden size that a config describes.

    Raises:
        AffdynError: What the user has to mend.
    """
    groups, patience = read_lanes(config), read_training(config)["patience"]
    if hidden_size not in groups:
        sizes = " or ".join(map(str, groups))
        raise ConfigError(f"--hidden_size={hidden_size} is not in the sweep; it has {sizes}")
    settings = config.training
    if settings.monitor != "loss":
        raise ConfigError(
            f"training.monitor='{settings.monitor}': the PyTorch programs stop by the lane's own "
            "loss; export with --config.training.monitor=loss"
        )
    corpus = read_corpus(config)
    features, _ = read_features(config, corpus)
    examples = join(config, corpus, features, config.corpus.annotation_delay).examples
    arrays = arrays_of(
        examples["train"],
        examples["dev"],
        groups[hidden_size],
        corpus.dimensions,
        settings.learning_rate,
        (settings.beta1, settings.beta2),
        settings.epsilon,
        settings.max_epochs,
        patience,
    )
    write(path, arrays)


def arrays_of(
    train: Examples,
    dev: Examples,
    lanes: tuple[Lane, ...],
    dimensions: tuple[str, ...],
    learning_rate: float,
    betas: tuple[float, float],
    epsilon: float,
    max_epochs: int,
    patience: int,
) -> dict[str, np.ndarray]:
    """What the PyTorch programs are to be given, by the names that they read.

    Args:
        train: The training partition.
        dev: The dev partition.
        lanes: One of the groups of `lanes.lanes_by_hidden_size`.
        dimensions: The D dimensions.
        learning_rate: Of Adam.
        betas: Of Adam.
        epsilon: Of Adam.
        max_epochs: For so many the orders of recordings are given.
        patience: Epochs without improvement after which a lane is over.
    """
    feature_count, task_count = train.features_ntf.shape[-1], train.gold_ntk.shape[-1]
    arrays = {
        **{f"train/{name}": array for name, array in train._asdict().items()},
        **{f"dev/{name}": array for name, array in dev._asdict().items()},
        "lane_l": np.array([lane.name for lane in lanes]),
        "task_k": np.array([task.column for task in tasks_of(dimensions)]),
        "seed_l": np.array([lane.seed for lane in lanes]),
        "task_weights_lk": np.stack([task_weights(x.dimensions, x.w, dimensions) for x in lanes]),
        "learning_rate": np.float64(learning_rate),
        "betas": np.array(betas, np.float64),
        "epsilon": np.float64(epsilon),
        "patience": np.int64(patience),
    }
    for seed in dict.fromkeys(lane.seed for lane in lanes):
        orders = [recording_order(seed, e, len(train.frames_n)) for e in range(1, max_epochs + 1)]
        arrays[f"seed{seed}/order_en"] = np.stack(orders)
        key = jax.random.key(jnp.uint32(seed))
        weights = initial_weights(key, feature_count, lanes[0].hidden_size, task_count)
        for name, array in pytorch_weights(weights).items():
            arrays[f"seed{seed}/weights/{name}"] = array
    return arrays


def pytorch_weights(weights: Weights) -> dict[str, np.ndarray]:
    """A model's weights by PyTorch's names and in its layout: outputs first, gates stacked."""
    named = {
        "head.weight": np.asarray(weights["head_kernel_hk"][...]).T,
        "head.bias": np.asarray(weights["head_bias_k"][...]),
    }
    for number in (0, 1):
        layer = weights["layers"][number]
        for name, ours in (
            ("weight_ih", "input_kernel_fh"),
            ("weight_hh", "recurrent_kernel_hh"),
            ("bias_ih", "input_bias_h"),
            ("bias_hh", "recurrent_bias_h"),
        ):
            gates = [
                np.asarray(layer[gate][ours][...]).T for gate in ("reset", "update", "candidate")
            ]
            named[f"gru.{name}_l{number}"] = np.concatenate(gates)
    return named


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
