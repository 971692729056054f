"""Trained weights on disk, with orbax."""

from pathlib import Path

import jax
import orbax.checkpoint as ocp
from flax import nnx

from affdyn_jax.errors import RunError
from affdyn_jax.model import Weights, initial_weights

# Orbax would have all processes wait for each other.
_BY_THE_FIRST = ocp.options.MultiprocessingOptions(primary_host=0, active_processes={0})


def save_weights(folder: Path, weights: Weights) -> None:
    """Keep the weights of all lanes of one hidden size, whole or not at all.

    Of several processes the first one does so, alone.

    Args:
        folder: Where to; what it holds is replaced.
        weights: Every leaf with a leading axis L, the lanes in the order of `lanes.csv`.

    Raises:
        RunError: The folder cannot be written.
    """
    try:
        with ocp.StandardCheckpointer(multiprocessing_options=_BY_THE_FIRST) as checkpointer:
            checkpointer.save(folder.absolute(), nnx.to_pure_dict(weights), force=True)
    except OSError as error:
        raise RunError(f"{folder}: weights cannot be saved ({error.strerror})") from error


def restore_weights(folder: Path) -> Weights:
    """The weights that `save_weights` kept there; every leaf has a leading axis L.

    Raises:
        RunError: There are none, or they are damaged.
    """
    with ocp.StandardCheckpointer() as checkpointer:
        saved = checkpointer.metadata(folder.absolute()).item_metadata
        if saved is None:
            raise RunError(f"{folder}: no weights here; name a run's checkpoints/hidden_<H>")
        shapes = jax.tree.map(lambda leaf: jax.ShapeDtypeStruct(leaf.shape, leaf.dtype), saved.tree)
        try:
            restored = checkpointer.restore(folder.absolute(), shapes)
        except (OSError, ValueError, KeyError) as error:
            reason = " ".join(str(error).split())
            raise RunError(f"{folder}: the weights cannot be read: {reason}") from error
    lane_count, hidden_size, task_count = restored["head_kernel_hk"].shape
    feature_count = restored["layers"]["0"]["reset"]["input_kernel_fh"].shape[1]
    weights = jax.eval_shape(
        jax.vmap(lambda key: initial_weights(key, feature_count, hidden_size, task_count)),
        jax.eval_shape(lambda: jax.random.split(jax.random.key(0), lane_count)),
    )
    nnx.replace_by_pure_dict(weights, nnx.restore_int_paths(restored))
    return weights
