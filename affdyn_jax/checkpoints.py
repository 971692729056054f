"""Trained weights on disk, with orbax."""

from pathlib import Path

import jax
import orbax.checkpoint as ocp
from flax import nnx

from affdyn_jax.errors import RunError
from affdyn_jax.model import Weights, initial_weights


def save_weights(folder: Path, weights: Weights) -> None:
    """Keep the weights of all lanes of one hidden size, whole or not at all.

    Args:
        folder: Where to; what it holds is replaced.
        weights: Every leaf with a leading axis L.

    Raises:
        RunError: The folder cannot be written.
    """
    try:
        with ocp.StandardCheckpointer() as checkpointer:
            checkpointer.save(folder.absolute(), nnx.to_pure_dict(weights), force=True)
    except OSError as error:
        raise RunError(f"{folder}: weights cannot be saved ({error.strerror})") from error


def restore_weights(
    folder: Path, lane_count: int, feature_count: int, hidden_size: int, task_count: int
) -> Weights:
    """The weights that `save_weights` kept, as L models of the given sizes.

    Raises:
        RunError: There are none, or not of these sizes.
    """
    structure = jax.eval_shape(
        lambda keys: jax.vmap(
            lambda key: initial_weights(key, feature_count, hidden_size, task_count)
        )(keys),
        jax.eval_shape(lambda: jax.random.split(jax.random.key(0), lane_count)),
    )
    try:
        with ocp.StandardCheckpointer() as checkpointer:
            restored = checkpointer.restore(folder.absolute(), nnx.to_pure_dict(structure))
    except (OSError, ValueError, KeyError) as error:
        reason = str(error).splitlines()[0]
        raise RunError(f"{folder}: no weights of this run's lanes ({reason})") from error
    nnx.replace_by_pure_dict(structure, restored)
    return structure
