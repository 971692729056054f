"""A weighted sum of an encoder's layers, whose weights are trained with the network.

They are the softmax of a score for each layer, 0 at first, as in the `Featurizer` of S3PRL (Yang et
al., 2021: SUPERB, Interspeech). Features of Y layers stand side by side in each frame.
"""

import jax
import jax.numpy as jnp
import numpy as np


def layer_shares(scores_y: jax.Array) -> jax.Array:
    """What each layer weighs, shape (Y,); they add up to 1."""
    return jax.nn.softmax(scores_y)


def summed(features_tf: jax.Array, scores_y: jax.Array) -> jax.Array:
    """The weighted sum, shape (T, F), of features of shape (T, Y F)."""
    layers_tyf = features_tf.reshape(len(features_tf), len(scores_y), -1)
    return jnp.einsum("tyf,y->tf", layers_tyf, layer_shares(scores_y))


def spread(kernel_ghf: np.ndarray, shares_y: np.ndarray) -> np.ndarray:
    """Weights on all layers side by side that give what weights on their weighted sum give.

    Args:
        kernel_ghf: On the sum, shape (3, H, F), or of several lanes, with leading axes.
        shares_y: What each layer weighs in it, shape (Y,), with the same leading axes.

    Returns:
        Shape (3, H, Y F), with the same leading axes.
    """
    of_layers = np.asarray(shares_y)[..., None, None, :, None] * kernel_ghf[..., None, :]
    return of_layers.reshape(*kernel_ghf.shape[:-1], -1)
