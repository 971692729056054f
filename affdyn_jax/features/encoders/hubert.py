"""HuBERT and mHuBERT: wav2vec 2.0's network, of which two parts may be others."""

from typing import Any

import jax
import jax.numpy as jnp
from flax import nnx
from pydantic import ConfigDict
from pydantic.dataclasses import dataclass

from affdyn_jax.features.encoders.convolutional_encoder import ConvolutionalEncoder
from affdyn_jax.features.encoders.convolutional_settings import ConvolutionalSettings
from affdyn_jax.features.encoders.convolutions import PositionalConvolution
from affdyn_jax.features.encoders.family import Family
from affdyn_jax.features.encoders.transformer import Transformer, plain_layer
from affdyn_jax.features.encoders.wav2vec2 import HEADS
from affdyn_jax.features.encoders.waveform import waveform

_BATCH_NORM_EPSILON = 1e-5  # PyTorch's default, which no configuration changes


@dataclass(frozen=True, config=ConfigDict(strict=True))
class HubertSettings(ConvolutionalSettings):
    """Named as in transformers' `HubertConfig`, with its defaults.

    Attributes:
        feat_proj_layer_norm: Whether frames are normalised before they are projected.
        conv_pos_batch_norm: Whether frames are normalised before the positional convolution,
            whose kernel then is not under weight norm.
    """

    feat_proj_layer_norm: bool = True
    conv_pos_batch_norm: bool = False


class BatchNorm(nnx.Module):
    """`torch.nn.BatchNorm1d` in evaluation, by the mean and variance of its training.

    Attributes:
        weight: Scales, shape (C,).
        bias: Shifts, shape (C,).
        running_mean: Shape (C,).
        running_var: Shape (C,).
    """

    def __init__(self, channels: int):
        self.weight = nnx.Param(jnp.ones(channels))
        self.bias = nnx.Param(jnp.zeros(channels))
        self.running_mean = nnx.Param(jnp.zeros(channels))
        self.running_var = nnx.Param(jnp.ones(channels))

    def __call__(self, inputs_btc: jax.Array) -> jax.Array:
        """Of the input's shape and dtype."""
        scale_c, shift_c, mean_c, variance_c = (
            parameter[...].astype(jnp.float32)
            for parameter in (self.weight, self.bias, self.running_mean, self.running_var)
        )
        factor_c = scale_c * jax.lax.rsqrt(variance_c + _BATCH_NORM_EPSILON)
        centred_btc = inputs_btc.astype(jnp.float32) - mean_c[None, None]
        outputs_btc = centred_btc * factor_c[None, None] + shift_c[None, None]
        return outputs_btc.astype(inputs_btc.dtype)


class BatchNormedPositions(PositionalConvolution):
    """The positional convolution of frames under a batch norm."""

    def __init__(self, settings: HubertSettings, *, rngs: nnx.Rngs):
        super().__init__(settings, kept_as=nnx.Param, rngs=rngs)
        self.batch_norm = BatchNorm(settings.hidden_size)

    def __call__(self, frames_bth: jax.Array) -> jax.Array:
        """To be added to the frames, of their shape."""
        return super().__call__(self.batch_norm(frames_bth))


def network(settings: HubertSettings, *, rngs: nnx.Rngs) -> ConvolutionalEncoder:
    """The network of transformers' `HubertModel`."""
    positions: Any = BatchNormedPositions if settings.conv_pos_batch_norm else PositionalConvolution
    layers = [plain_layer(settings, rngs=rngs) for _ in range(settings.num_hidden_layers)]
    transformer = Transformer(settings, positions(settings, rngs=rngs), layers)
    return ConvolutionalEncoder(
        settings, transformer, normalises=settings.feat_proj_layer_norm, rngs=rngs
    )


HUBERT = Family(
    title="HuBERT",
    settings=HubertSettings,
    network=network,
    front_end=waveform,
    prefixes=("hubert.",),
    outside=(*HEADS, "encoder.pos_conv_embed.batch_norm.num_batches_tracked"),
)
