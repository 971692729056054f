"""The network of §3.3: a 2-layer GRU and one shared linear head with tanh."""

from collections.abc import Mapping
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from flax import nnx

from affdyn_jax.method.gru import GRU

Weights = nnx.State

# Beyond it, sums over unseen features might overflow and give infinity minus infinity.
_LARGEST_WEIGHT = 1e12


class AffectModel(nnx.Module):
    """Features of one recording to states and dynamics of all dimensions (§3.3).

    The layers are unbatched: callers map over recordings and lanes.

    Attributes:
        layers: The GRU layers.
        head_kernel_hk: Weights of the shared head, shape (H, K).
        head_bias_k: Shape (K,).
    """

    def __init__(self, feature_count: int, hidden_size: int, task_count: int, *, rngs: nnx.Rngs):
        self.layers = nnx.List(
            [
                GRU(feature_count, hidden_size, rngs=rngs),
                GRU(hidden_size, hidden_size, rngs=rngs),
            ]
        )
        # PyTorch's nn.Linear draws from the same range as its GRU: both have fan-in H.
        bound = hidden_size**-0.5
        self.head_kernel_hk = nnx.Param(
            jax.random.uniform(
                rngs.params(), (hidden_size, task_count), minval=-bound, maxval=bound
            )
        )
        self.head_bias_k = nnx.Param(
            jax.random.uniform(rngs.params(), (task_count,), minval=-bound, maxval=bound)
        )

    def __call__(
        self, features_tf: jax.Array, frames: jax.Array, kept_th: jax.Array | None = None
    ) -> jax.Array:
        """Predictions in (-1, 1), shape (T, K), from standardised features of shape (T, F).

        Frame t depends on frames up to t only; frames from `frames` on affect none. Arguments as
        in `predict`.
        """
        first, second = self.layers
        hidden_th = first(features_tf, frames)
        if kept_th is not None:
            hidden_th = hidden_th * kept_th
        return self._head(second(hidden_th, frames))

    def continue_from(
        self, features_tf: jax.Array, frames: jax.Array, carried: jax.Array
    ) -> tuple[jax.Array, jax.Array]:
        """Predictions as of `__call__`, and the states that the next frames continue from."""
        hidden_th, next_carried = features_tf, []
        for layer, hidden_h in zip(self.layers, carried, strict=True):
            hidden_th = layer.continue_from(hidden_th, hidden_h)
            next_carried.append(hidden_th[frames - 1])
        return self._head(hidden_th), jnp.stack(next_carried)

    def _head(self, hidden_th: jax.Array) -> jax.Array:
        return jnp.tanh(hidden_th @ self.head_kernel_hk[...] + self.head_bias_k[...][None])


def initial_weights(
    key: jax.Array, feature_count: int, hidden_size: int, task_count: int
) -> Weights:
    """Weights of a new model, drawn from a key of `jax.random.key`."""
    model = AffectModel(feature_count, hidden_size, task_count, rngs=nnx.Rngs(key))
    return nnx.state(model, nnx.Param)


def weights_of(arrays: Mapping[str, Any]) -> Weights:
    """Weights made of their arrays.

    Args:
        arrays: As `nnx.to_pure_dict` has them of one model, or of several with leading axes.

    Raises:
        KeyError: An array is missing.
        ValueError: Arrays do not fit each other, or are not float32.
    """
    *leading, hidden_size, task_count = np.shape(arrays["head_kernel_hk"])
    feature_count = np.shape(arrays["layers"][0]["input_kernel_ghf"])[-1]
    if not (hidden_size and task_count and feature_count):
        raise ValueError("a network without features, hidden units or outputs")
    weights = jax.eval_shape(
        lambda: initial_weights(jax.random.key(0), feature_count, hidden_size, task_count)
    )
    expected = jax.tree.map(
        lambda leaf: ((*leading, *leaf.shape), leaf.dtype), nnx.to_pure_dict(weights)
    )
    found = jax.tree.map(lambda leaf: (leaf.shape, leaf.dtype), dict(arrays))
    if expected != found:
        raise ValueError("the shapes or kinds of the weights do not fit each other")
    nnx.replace_by_pure_dict(weights, arrays)
    return weights


def check_weights(weights: Weights, feature_count: int, task_count: int) -> None:
    """Refuse weights of a network of other sizes, and values that are no numbers.

    Raises:
        ValueError: They are refused.
    """
    features = weights["layers"][0]["input_kernel_ghf"].shape[-1]
    outputs = weights["head_kernel_hk"].shape[1]
    if (features, outputs) != (feature_count, task_count):
        raise ValueError(
            f"weights of {features} features and {outputs} outputs, but there are "
            f"{feature_count} and {task_count}"
        )
    for leaf in jax.tree.leaves(weights):
        if not np.all(np.abs(leaf) <= _LARGEST_WEIGHT):
            raise ValueError("weights that are no numbers, or too large for any prediction")


def predict(
    weights: Weights,
    features_tf: jax.Array,
    frames: jax.Array,
    kept_th: jax.Array | None = None,
) -> jax.Array:
    """The model as a pure function of its weights, for the transformations of JAX.

    Args:
        weights: From `initial_weights`; the sizes of the model are theirs.
        features_tf: Standardised features of one recording, shape (T, F), finite in the padding.
        frames: How many frames are computed, an integer.
        kept_th: What the outputs of the first layer are multiplied by before the second one sees
            them, shape (T, H): dropout, in training only.

    Returns:
        Predictions in (-1, 1), shape (T, K); they mean nothing in the padding.
    """
    return _model(weights, features_tf.shape[1])(features_tf, frames, kept_th)


def continue_from(
    weights: Weights, features_tf: jax.Array, frames: jax.Array, carried: jax.Array
) -> tuple[jax.Array, jax.Array]:
    """The model as `predict` has it, on a recording that arrives piece by piece.

    Args:
        weights: As of `predict`.
        features_tf: Standardised features of the next piece, shape (T, F), padded at the end.
        frames: How many of them are no padding, an integer of 1 or more.
        carried: The states that the piece before has left, shape (2, H) of the two layers; 0
            before the first piece.

    Returns:
        Predictions in (-1, 1), shape (T, K), which mean nothing in the padding; and the states
        after the last frame before the padding, shape (2, H).
    """
    return _model(weights, features_tf.shape[1]).continue_from(features_tf, frames, carried)


def nothing_carried(weights: Weights) -> np.ndarray:
    """States before the first piece, for `continue_from`; leading axes are those of the weights."""
    *leading, hidden_size, _ = weights["head_kernel_hk"].shape
    return np.zeros((*leading, len(weights["layers"]), hidden_size), np.float32)


def _model(weights: Weights, feature_count: int) -> AffectModel:
    """The module that has these weights."""
    hidden_size, task_count = weights["head_kernel_hk"].shape
    structure = nnx.graphdef(
        nnx.eval_shape(
            lambda: AffectModel(feature_count, hidden_size, task_count, rngs=nnx.Rngs(0))
        )
    )
    return nnx.merge(structure, weights)
