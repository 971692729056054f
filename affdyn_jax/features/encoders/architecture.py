"""An encoder without its weights, and what it computes with them."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

import jax
import jax.numpy as jnp
from flax import nnx

from affdyn_jax.errors import ConfigError
from affdyn_jax.features.encoders.convolutional_settings import ConvolutionalSettings
from affdyn_jax.features.encoders.families import family_of
from affdyn_jax.features.encoders.family import Family
from affdyn_jax.features.encoders.transformer import HiddenStates

Weights = nnx.State


@dataclass(frozen=True)
class Architecture:
    """Which network a checkpoint holds: static in compiled programs.

    Attributes:
        family: What the network is.
        settings: Of `family.settings`: how large it is.
    """

    family: Family
    settings: Any

    @classmethod
    def of(cls, config: Mapping[str, Any], source: str) -> Self:
        """That of a checkpoint.

        Args:
            config: What its `config.json` holds.
            source: Where it comes from, for messages.

        Raises:
            FeatureError: The network is none that is known, or its values do not make one.
        """
        family = family_of(config, source)
        return cls(family, family.settings.from_config(config, source))

    @property
    def needs_remainder(self) -> bool:
        """Whether samples after those of the last frame may change frames.

        Not in convolutions that are normalised frame by frame; a norm over time hears all samples,
        and what is filled up to a whole window as well.
        """
        settings = self.settings
        is_convolutional = isinstance(settings, ConvolutionalSettings)
        return not is_convolutional or settings.feat_extract_norm != "layer"

    def network(self) -> nnx.Module:
        """The network with random weights."""
        return self.family.network(self.settings, rngs=nnx.Rngs(0))

    def without_weights(self) -> nnx.Module:
        """The network with shapes in place of weights."""
        return nnx.eval_shape(lambda: self.family.network(self.settings, rngs=_SameKey()))


class _SameKey:
    """Stands in for `nnx.Rngs` where numbers are not drawn.

    While it is traced, each key of theirs takes longer than the one before: those of 256 layers
    minutes.
    """

    def params(self) -> jax.Array:
        """A key."""
        return jax.random.key(0)


def encode(
    architecture: Architecture,
    weights: Weights,
    inputs: jax.Array,
    layers: tuple[int, ...] | None = None,
) -> jax.Array:
    """Hidden states of one layer, or the mean of several.

    Computes in the dtype of the weights, float32 in full precision; norms and softmax are in
    float32 always. Under `jax.jit`, layers above the highest number cost nothing.

    Args:
        architecture: Static, as `layers` is.
        weights: Of this network.
        inputs: Of B windows of one length, as its front end makes them.
        layers: Numbers as of `HiddenStates.layers`; None is `HiddenStates.last`.

    Returns:
        Shape (B, T, H), in the dtype of the weights.

    Raises:
        ConfigError: There is no such layer.
    """
    states = _hidden_states(architecture, weights, inputs)
    if layers is None:
        return states.last
    return sum(_chosen(architecture, states, layers)) / len(layers)


def encode_layers(
    architecture: Architecture, weights: Weights, inputs: jax.Array, layers: tuple[int, ...]
) -> jax.Array:
    """Hidden states of each of several layers, shape (layers, B, T, H), in one pass.

    Arguments and errors are those of `encode`.
    """
    states = _hidden_states(architecture, weights, inputs)
    return jnp.stack(_chosen(architecture, states, layers))


def _hidden_states(architecture: Architecture, weights: Weights, inputs: jax.Array) -> HiddenStates:
    structure = nnx.graphdef(architecture.without_weights())
    dtype = jax.tree.leaves(weights)[0].dtype
    # GPUs would multiply float32 with 10 bits of fraction, and differ from CPUs in the third
    # digit; who wants that speed takes bfloat16.
    with jax.default_matmul_precision("float32"):
        return nnx.merge(structure, weights)(inputs.astype(dtype))


def _chosen(
    architecture: Architecture, states: HiddenStates, layers: tuple[int, ...]
) -> list[jax.Array]:
    highest = len(states.layers) - 1
    for number in layers:
        if not 0 <= number <= highest:
            raise ConfigError(
                f"{architecture.family.title}: there is no layer {number}; choose from 0, the "
                f"input of the first, to {highest}"
            )
    return [states.layers[number] for number in layers]
