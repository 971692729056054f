"""The layers before the transformer: samples to frames by convolutions.

Sequences have the shape (B, T, C): batch, time, channels. Modules and weights have the names
that transformers gives them; a weight's shape is that of PyTorch's, reversed.
"""

import jax
import jax.numpy as jnp
from flax import nnx

from affdyn_jax.features.encoders.convolutional_settings import ConvolutionalSettings
from affdyn_jax.features.encoders.layers import Norm, gelu

# PyTorch's default, which norms among the convolutions keep whatever the configuration says.
_CONVOLUTION_EPSILON = 1e-5


class WeightNormed(nnx.Param):
    """A kernel that checkpoints keep as its magnitude and its direction (`weights.load`)."""


class Convolution(nnx.Module):
    """A convolution over time, `torch.nn.Conv1d`.

    Attributes:
        weight: Shape (kernel, channels in ÷ groups, channels out).
        bias: Shape (channels out,), or None.
    """

    def __init__(
        self,
        channels_in: int,
        channels_out: int,
        kernel: int,
        *,
        stride: int = 1,
        padding: tuple[int, int] = (0, 0),
        groups: int = 1,
        bias: bool = True,
        kept_as: type[nnx.Param] = nnx.Param,
        rngs: nnx.Rngs,
    ):
        shape = (kernel, channels_in // groups, channels_out)
        self.weight = kept_as(jax.nn.initializers.he_normal()(rngs.params(), shape))
        self.bias = nnx.Param(jnp.zeros(channels_out)) if bias else None
        self.stride = stride
        self.padding = padding
        self.groups = groups

    def __call__(self, inputs_btc: jax.Array) -> jax.Array:
        """Of shape (B, T', channels out)."""
        outputs_btc = jax.lax.conv_general_dilated(
            inputs_btc,
            self.weight[...],
            window_strides=(self.stride,),
            padding=(self.padding,),
            dimension_numbers=("NWC", "WIO", "NWC"),
            feature_group_count=self.groups,
        )
        return outputs_btc if self.bias is None else outputs_btc + self.bias[...][None, None]


class ConvolutionLayer(nnx.Module):
    """One step from samples towards frames: convolution, perhaps a norm, GELU."""

    def __init__(self, settings: ConvolutionalSettings, index: int, *, rngs: nnx.Rngs):
        self.conv = Convolution(
            settings.conv_dim[index - 1] if index else 1,
            settings.conv_dim[index],
            settings.conv_kernel[index],
            stride=settings.conv_stride[index],
            bias=settings.conv_bias,
            rngs=rngs,
        )
        over_time = settings.feat_extract_norm == "group"
        self.layer_norm = (
            None
            if over_time and index > 0
            else Norm(
                settings.conv_dim[index],
                axis=1 if over_time else -1,
                epsilon=_CONVOLUTION_EPSILON,
            )
        )

    def __call__(self, inputs_btc: jax.Array) -> jax.Array:
        """A shorter sequence of more channels."""
        outputs_btc = self.conv(inputs_btc)
        return gelu(outputs_btc if self.layer_norm is None else self.layer_norm(outputs_btc))


class FeatureExtractor(nnx.Module):
    """Samples to frames, 400 samples to the first and 320 to each other as published."""

    def __init__(self, settings: ConvolutionalSettings, *, rngs: nnx.Rngs):
        self.conv_layers = nnx.List(
            ConvolutionLayer(settings, index, rngs=rngs) for index in range(len(settings.conv_dim))
        )

    def __call__(self, samples_bs: jax.Array) -> jax.Array:
        """Frames of shape (B, T, C), from samples of shape (B, S)."""
        frames_btc = samples_bs[..., None]
        for layer in self.conv_layers:
            frames_btc = layer(frames_btc)
        return frames_btc


class PositionalConvolution(nnx.Module):
    """What tells a frame where it is: a wide convolution over its neighbours, and GELU."""

    def __init__(
        self,
        settings: ConvolutionalSettings,
        *,
        kept_as: type[nnx.Param] = WeightNormed,
        rngs: nnx.Rngs,
    ):
        kernel = settings.num_conv_pos_embeddings
        self.conv = Convolution(
            settings.hidden_size,
            settings.hidden_size,
            kernel,
            padding=(kernel // 2, (kernel - 1) // 2),
            groups=settings.num_conv_pos_embedding_groups,
            kept_as=kept_as,
            rngs=rngs,
        )

    def __call__(self, frames_bth: jax.Array) -> jax.Array:
        """To be added to the frames, of their shape."""
        return gelu(self.conv(frames_bth))
