"""The network of §3.3: a 2-layer GRU and one shared linear head with tanh.

A low-pass layer (§5) may follow the head; weights then hold its cut-offs. Before the first layer
may stand a weighted sum of an encoder's layers; weights then hold the scores that it is made by.
"""

from collections.abc import Mapping
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from flax import nnx

from affdyn_jax.method.gru import GRU
from affdyn_jax.method.layer_sum import layer_shares, spread, summed
from affdyn_jax.method.low_pass import (
    CENTRED,
    Heard,
    LowPass,
    continued,
    low_passed,
    nothing_heard,
    rest,
)

Weights = nnx.State

# Beyond it, sums over unseen features might overflow and give infinity minus infinity.
_LARGEST_WEIGHT = 1e12

# The weights' shapes are those of any other one.
_ANY_LOW_PASS = LowPass(CENTRED, 1.0)


class Carried(NamedTuple):
    """What a piece of a recording leaves for the next one.

    Attributes:
        hidden_lh: States of the two layers after its last frame, shape (2, H).
        heard: What the low-pass layer has heard last; None without such a layer.
    """

    hidden_lh: jax.Array
    heard: Heard | None


class AffectModel(nnx.Module):
    """Features of one recording to states and dynamics of all dimensions (§3.3).

    The layers are unbatched: callers map over recordings and lanes.

    Attributes:
        layers: The GRU layers.
        head_kernel_hk: Weights of the shared head, shape (H, K).
        head_bias_k: Shape (K,).
        layer_scores_y: Of the layers whose weighted sum is heard, shape (Y,); missing without one.
        low_pass: The layer after the head, or None.
        cutoff_k: Its cut-offs in Hz, shape (K,); missing without it.
    """

    def __init__(
        self,
        feature_count: int,
        hidden_size: int,
        task_count: int,
        low_pass: LowPass | None = None,
        layer_count: int = 0,
        *,
        rngs: nnx.Rngs,
    ):
        self.is_of_sum = layer_count > 0
        if layer_count:
            feature_count //= layer_count
            self.layer_scores_y = nnx.Param(jnp.zeros(layer_count))
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
        self.low_pass = low_pass
        if low_pass is not None:
            self.cutoff_k = nnx.Param(jnp.full(task_count, low_pass.initial_cutoff, jnp.float32))

    def __call__(
        self, features_tf: jax.Array, frames: jax.Array, kept_th: jax.Array | None = None
    ) -> jax.Array:
        """Predictions, shape (T, K), from standardised features of shape (T, F).

        Frame t depends on frames up to t, with a centred low-pass layer up to t + R; frames from
        `frames` on affect none. Arguments as in `predict`.
        """
        first, second = self.layers
        hidden_th = first(self._heard(features_tf), frames)
        if kept_th is not None:
            hidden_th = hidden_th * kept_th
        predictions_tk = self._head(second(hidden_th, frames))
        if self.low_pass is None:
            return predictions_tk
        return low_passed(predictions_tk, frames, self.cutoff_k[...], self.low_pass)

    def continue_from(
        self, features_tf: jax.Array, frames: jax.Array, carried: Carried
    ) -> tuple[jax.Array, Carried]:
        """Predictions as of `__call__`, and what the next frames continue from."""
        hidden_th, last = self._heard(features_tf), []
        for layer, hidden_h in zip(self.layers, carried.hidden_lh, strict=True):
            hidden_th = layer.continue_from(hidden_th, hidden_h)
            last.append(hidden_th[frames - 1])
        predictions_tk, heard = self._head(hidden_th), carried.heard
        if self.low_pass is not None:
            predictions_tk, heard = continued(
                predictions_tk, frames, heard, self.cutoff_k[...], self.low_pass
            )
        return predictions_tk, Carried(jnp.stack(last), heard)

    def _heard(self, features_tf: jax.Array) -> jax.Array:
        return summed(features_tf, self.layer_scores_y[...]) if self.is_of_sum else features_tf

    def _head(self, hidden_th: jax.Array) -> jax.Array:
        return jnp.tanh(hidden_th @ self.head_kernel_hk[...] + self.head_bias_k[...][None])


def initial_weights(
    key: jax.Array,
    feature_count: int,
    hidden_size: int,
    task_count: int,
    low_pass: LowPass | None = None,
    layer_count: int = 0,
) -> Weights:
    """Weights of a new model, drawn from a key of `jax.random.key`.

    With a low-pass layer they are the same, and cut-offs besides; of a weighted sum of
    `layer_count` layers, those of a model of one of these layers, and scores besides.
    """
    model = AffectModel(
        feature_count, hidden_size, task_count, low_pass, layer_count, rngs=nnx.Rngs(key)
    )
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
    layer_count = np.shape(arrays["layer_scores_y"])[-1] if "layer_scores_y" in arrays else 0
    feature_count = np.shape(arrays["layers"][0]["input_kernel_ghf"])[-1] * max(1, layer_count)
    if not (hidden_size and task_count and feature_count):
        raise ValueError("a network without features, hidden units or outputs")
    weights = jax.eval_shape(
        lambda: initial_weights(
            jax.random.key(0),
            feature_count,
            hidden_size,
            task_count,
            _ANY_LOW_PASS if "cutoff_k" in arrays else None,
            layer_count,
        )
    )
    expected = jax.tree.map(
        lambda leaf: ((*leading, *leaf.shape), leaf.dtype), nnx.to_pure_dict(weights)
    )
    found = jax.tree.map(lambda leaf: (leaf.shape, leaf.dtype), dict(arrays))
    if expected != found:
        raise ValueError("the shapes or kinds of the weights do not fit each other")
    nnx.replace_by_pure_dict(weights, arrays)
    return weights


def without_low_pass(weights: Weights) -> Weights:
    """The same weights without cut-offs, of a model without a low-pass layer."""
    return nnx.State({name: leaf for name, leaf in weights.items() if name != "cutoff_k"})


def over_all_layers(weights: Weights) -> Weights:
    """The same model without the weighted sum, on features of its layers side by side.

    Also of several lanes, whose leaves have leading axes.
    """
    arrays = jax.tree.map(np.asarray, nnx.to_pure_dict(weights))
    shares_y = np.asarray(layer_shares(arrays.pop("layer_scores_y")))
    first = arrays["layers"][0]
    first["input_kernel_ghf"] = spread(first["input_kernel_ghf"], shares_y)
    return weights_of(arrays)


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
    low_pass: LowPass | None = None,
    kept_th: jax.Array | None = None,
) -> jax.Array:
    """The model as a pure function of its weights, for the transformations of JAX.

    Args:
        weights: From `initial_weights`; the sizes of the model are theirs.
        features_tf: Standardised features of one recording, shape (T, F), finite in the padding.
        frames: How many frames are computed, an integer.
        low_pass: The layer after the head, where the weights have its cut-offs.
        kept_th: What the outputs of the first layer are multiplied by before the second one sees
            them, shape (T, H): dropout, in training only.

    Returns:
        Predictions, shape (T, K); they mean nothing in the padding. They lie in (-1, 1); what a
        low-pass layer makes of them may overshoot.
    """
    return _model(weights, features_tf.shape[1], low_pass)(features_tf, frames, kept_th)


def continue_from(
    weights: Weights,
    features_tf: jax.Array,
    frames: jax.Array,
    carried: Carried,
    low_pass: LowPass | None = None,
) -> tuple[jax.Array, Carried]:
    """The model as `predict` has it, on a recording that arrives piece by piece.

    Args:
        weights: As of `predict`.
        features_tf: Standardised features of the next piece, shape (T, F), padded at the end.
        frames: How many of them are no padding, an integer of 1 or more.
        carried: What the piece before has left; of `nothing_carried` before the first one.
        low_pass: As of `predict`.

    Returns:
        Predictions, shape (T, K), which mean nothing in the padding, and what is carried. A
        centred low-pass layer holds them back by `low_pass.wait` frames: as many at the
        recording's beginning mean nothing, and `held_back` has as many at its end.
    """
    return _model(weights, features_tf.shape[1], low_pass).continue_from(
        features_tf, frames, carried
    )


def held_back(weights: Weights, carried: Carried, low_pass: LowPass) -> jax.Array:
    """Predictions for the last frames of a recording that has ended, shape (`wait`, K)."""
    return rest(carried.heard, weights["cutoff_k"][...], low_pass)


def nothing_carried(weights: Weights, low_pass: LowPass | None = None) -> Carried:
    """What `continue_from` begins with: zeros; leading axes are those of the weights."""
    *leading, hidden_size, task_count = weights["head_kernel_hk"].shape
    return Carried(
        np.zeros((*leading, len(weights["layers"]), hidden_size), np.float32),
        None if low_pass is None else nothing_heard(leading, task_count, low_pass),
    )


def _model(weights: Weights, feature_count: int, low_pass: LowPass | None) -> AffectModel:
    """The module that has these weights."""
    hidden_size, task_count = weights["head_kernel_hk"].shape
    layer_count = weights["layer_scores_y"].shape[-1] if "layer_scores_y" in weights else 0
    structure = nnx.graphdef(
        nnx.eval_shape(
            lambda: AffectModel(
                feature_count, hidden_size, task_count, low_pass, layer_count, rngs=nnx.Rngs(0)
            )
        )
    )
    return nnx.merge(structure, weights)
