"""The losses of §3.4: CCC loss of a task (Eq. 3), weighted over tasks (Eq. 4, 5)."""

import jax
import jax.numpy as jnp

from affdyn_jax.method.concordance import concordance


def task_losses(predictions_tk: jax.Array, gold_tk: jax.Array, valid_tk: jax.Array) -> jax.Array:
    """CCC loss of each task over one recording's valid frames, shape (K,), in [0, 2] (Eq. 3).

    Args:
        predictions_tk: The model's outputs, shape (T, K).
        gold_tk: Gold standard states and dynamics, shape (T, K).
        valid_tk: Which frames count, shape (T, K), boolean; the others may hold anything.
    """
    return 1.0 - concordance(predictions_tk, gold_tk, valid_tk)


def weighted_loss(losses_k: jax.Array, task_weights_k: jax.Array) -> jax.Array:
    """The loss of a lane: its task weights times the tasks' losses (Eq. 4 and 5 in one).

    Args:
        losses_k: Loss of each task, shape (K,).
        task_weights_k: The lane's weights from `tasks.task_weights`, shape (K,).
    """
    return jnp.dot(task_weights_k, losses_k)
