"""The network of §3.3: a 2-layer GRU and one shared linear head with tanh."""

import jax
import jax.numpy as jnp
from flax import nnx

from affdyn_jax.gru import GRU

Weights = nnx.State


class AffectModel(nnx.Module):
    """Features of one recording to states and dynamics of all dimensions (§3.3).

    The layers are unbatched: whoever has several recordings or several lanes maps over them.

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

    def __call__(self, features_tf: jax.Array, frames: jax.Array) -> jax.Array:
        """Predictions in (-1, 1), shape (T, K), from standardised features of shape (T, F).

        Frame t depends on frames up to t only, and none on frames from `frames` on.
        """
        hidden_th = features_tf
        for layer in self.layers:
            hidden_th = layer(hidden_th, frames)
        return jnp.tanh(hidden_th @ self.head_kernel_hk[...] + self.head_bias_k[...][None])


def initial_weights(
    key: jax.Array, feature_count: int, hidden_size: int, task_count: int
) -> Weights:
    """Weights of a new model, drawn from a key of `jax.random.key`."""
    model = AffectModel(feature_count, hidden_size, task_count, rngs=nnx.Rngs(key))
    return nnx.state(model, nnx.Param)


def predict(weights: Weights, features_tf: jax.Array, frames: jax.Array) -> jax.Array:
    """The model as a pure function of its weights, for the transformations of JAX.

    Args:
        weights: From `initial_weights`; the sizes of the model are theirs.
        features_tf: Standardised features of one recording, shape (T, F), 0 in the padding.
        frames: How many frames are computed, an integer; not to be mapped over (see
            `gru.states`).

    Returns:
        Predictions in (-1, 1), shape (T, K); they mean nothing in the padding.
    """
    hidden_size, task_count = weights["head_kernel_hk"].shape
    feature_count = features_tf.shape[1]
    structure = nnx.graphdef(
        nnx.eval_shape(
            lambda: AffectModel(feature_count, hidden_size, task_count, rngs=nnx.Rngs(0))
        )
    )
    return nnx.merge(structure, weights)(features_tf, frames)
