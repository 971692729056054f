"""The weights that a run has found, on disk."""

from pathlib import Path

import jax
import numpy as np
from flax import nnx

from affdyn_jax.errors import DamageError, RunError
from affdyn_jax.model import Weights, initial_weights
from affdyn_jax.seal import read_seal
from affdyn_jax.sealed_arrays import read_arrays, write_arrays


def save_weights(folder: Path, weights: Weights) -> None:
    """Keep the weights of all lanes of one hidden size.

    Of several processes the first one does so, alone.

    Args:
        folder: Where to; what it holds is replaced.
        weights: Every leaf with a leading axis L, the lanes in the order of `lanes.csv`.

    Raises:
        RunError: The folder cannot be written.
    """
    write_arrays(folder, jax.tree.map(np.asarray, nnx.to_pure_dict(weights)), {})


def restore_weights(folder: Path) -> Weights:
    """The weights that `save_weights` kept there; every leaf has a leading axis L.

    Raises:
        RunError: There are none, or they are damaged.
    """
    if not folder.is_dir():
        raise RunError(f"{folder}: no weights here; name a run's weights/hidden_<H>")
    try:
        read_seal(folder)
    except DamageError as error:
        raise RunError(f"{error}; the same affdyn_jax.main command writes it anew") from error
    arrays = read_arrays(folder)
    lane_count, hidden_size, task_count = arrays["head_kernel_hk"].shape
    feature_count = arrays["layers"]["0"]["reset"]["input_kernel_fh"].shape[1]
    weights = jax.eval_shape(
        jax.vmap(lambda key: initial_weights(key, feature_count, hidden_size, task_count)),
        jax.eval_shape(lambda: jax.random.split(jax.random.key(0), lane_count)),
    )
    nnx.replace_by_pure_dict(weights, nnx.restore_int_paths(arrays))
    return weights
