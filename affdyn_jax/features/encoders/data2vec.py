"""data2vec's encoder of audio: several small convolutions in place of one wide positional one."""

import dataclasses
from typing import Literal

import jax
import jax.numpy as jnp
from flax import nnx
from pydantic import ConfigDict
from pydantic.dataclasses import dataclass

from affdyn_jax.features.encoders.config_json import LayerCount, Size
from affdyn_jax.features.encoders.convolutional_encoder import ConvolutionalEncoder
from affdyn_jax.features.encoders.convolutional_settings import ConvolutionalSettings
from affdyn_jax.features.encoders.convolutions import Convolution
from affdyn_jax.features.encoders.family import Family
from affdyn_jax.features.encoders.layers import gelu, standardised
from affdyn_jax.features.encoders.transformer import Transformer, plain_layer
from affdyn_jax.features.encoders.wav2vec2 import HEADS
from affdyn_jax.features.encoders.waveform import waveform

_EPSILON = 1e-5  # PyTorch's default, which no configuration changes


@dataclass(frozen=True, config=ConfigDict(strict=True))
class Data2VecSettings(ConvolutionalSettings):
    """Named as in transformers' `Data2VecAudioConfig`, with its defaults.

    Attributes:
        num_conv_pos_embeddings: How many positional convolutions there are.
        conv_pos_kernel_size: Length of their kernels.
        feat_extract_norm: Of all checkpoints alike, whatever their configurations say.
        do_stable_layer_norm: The same.
    """

    num_conv_pos_embeddings: LayerCount = 5
    conv_pos_kernel_size: Size = 19
    feat_extract_norm: Literal["layer"] = dataclasses.field(default="layer", init=False)
    do_stable_layer_norm: Literal[False] = dataclasses.field(default=False, init=False)


class PositionalLayer(nnx.Module):
    """A convolution over neighbouring frames, normalised without weights, and GELU."""

    def __init__(self, settings: Data2VecSettings, *, rngs: nnx.Rngs):
        kernel = settings.conv_pos_kernel_size
        self.conv = Convolution(
            settings.hidden_size,
            settings.hidden_size,
            kernel,
            padding=(kernel // 2, (kernel - 1) // 2),
            groups=settings.num_conv_pos_embedding_groups,
            rngs=rngs,
        )

    def __call__(self, frames_bth: jax.Array) -> jax.Array:
        """Of the input's shape."""
        wide_bth = self.conv(frames_bth).astype(jnp.float32)
        return gelu(standardised(wide_bth, -1, _EPSILON).astype(frames_bth.dtype))


class PositionalLayers(nnx.Module):
    """What tells a frame where it is: one layer after the other."""

    def __init__(self, settings: Data2VecSettings, *, rngs: nnx.Rngs):
        self.layers = nnx.List(
            PositionalLayer(settings, rngs=rngs) for _ in range(settings.num_conv_pos_embeddings)
        )

    def __call__(self, frames_bth: jax.Array) -> jax.Array:
        """To be added to the frames, of their shape."""
        for layer in self.layers:
            frames_bth = layer(frames_bth)
        return frames_bth


def network(settings: Data2VecSettings, *, rngs: nnx.Rngs) -> ConvolutionalEncoder:
    """The network of transformers' `Data2VecAudioModel`."""
    layers = [plain_layer(settings, rngs=rngs) for _ in range(settings.num_hidden_layers)]
    transformer = Transformer(settings, PositionalLayers(settings, rngs=rngs), layers)
    return ConvolutionalEncoder(settings, transformer, rngs=rngs)


DATA2VEC = Family(
    title="data2vec-audio",
    settings=Data2VecSettings,
    network=network,
    front_end=waveform,
    prefixes=("data2vec_audio.",),
    outside=HEADS,
)
