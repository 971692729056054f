"""The weights that a run has found, on disk with orbax."""

from pathlib import Path

import jax
import numpy as np
import orbax.checkpoint as ocp
from flax import nnx

from affdyn_jax.errors import DamageError, RunError, reason
from affdyn_jax.model import Weights, initial_weights
from affdyn_jax.seal import read_seal, write_seal

# Orbax would have all processes wait for each other.
_BY_THE_FIRST = ocp.options.MultiprocessingOptions(primary_host=0, active_processes={0})


def save_weights(folder: Path, weights: Weights) -> None:
    """Keep the weights of all lanes of one hidden size, whole or not at all, with a seal.

    Of several processes the first one does so, alone.

    Args:
        folder: Where to; what it holds is replaced.
        weights: Every leaf with a leading axis L, the lanes in the order of `lanes.csv`.

    Raises:
        RunError: The folder cannot be written.
    """
    arrays = jax.tree.map(np.asarray, nnx.to_pure_dict(weights))
    try:
        with ocp.StandardCheckpointer(multiprocessing_options=_BY_THE_FIRST) as checkpointer:
            checkpointer.save(folder.absolute(), arrays, force=True)
        write_seal(folder, {})
    except (OSError, ValueError, RuntimeError) as error:
        raise RunError(
            f"{folder}: weights cannot be saved ({reason(error)}); free the disk or name "
            "another --workdir"
        ) from error


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
    with ocp.StandardCheckpointer() as checkpointer:
        there = checkpointer.metadata(folder.absolute()).item_metadata.tree
        empty = jax.tree.map(lambda leaf: np.empty(leaf.shape, leaf.dtype), there)
        arrays = checkpointer.restore(folder.absolute(), empty)
    weights = _like(arrays)
    nnx.replace_by_pure_dict(weights, nnx.restore_int_paths(arrays))
    return weights


def _like(arrays: dict) -> Weights:
    """Weights of the model whose arrays these are, without values."""
    lane_count, hidden_size, task_count = arrays["head_kernel_hk"].shape
    feature_count = arrays["layers"]["0"]["reset"]["input_kernel_fh"].shape[1]
    return jax.eval_shape(
        jax.vmap(lambda key: initial_weights(key, feature_count, hidden_size, task_count)),
        jax.eval_shape(lambda: jax.random.split(jax.random.key(0), lane_count)),
    )
