"""w2v-BERT 2.0: stacked mel energies to hidden states, 50 a second, by conformer layers.

Agrees with transformers' PyTorch `Wav2Vec2BertModel` in evaluation, without attention masks: all
recordings of a batch have the same length, and a shorter one is encoded by itself.

Shape letters: B batch, N heads, T frames, C channels of a head, H hidden units, D distances.
"""

from collections.abc import Iterable, Mapping
from typing import Annotated, Any, Self

import jax
import jax.numpy as jnp
import numpy as np
from flax import nnx
from pydantic import ConfigDict, Field
from pydantic.dataclasses import dataclass

from affdyn_jax.features.encoders.attention import attend, heads_first
from affdyn_jax.features.encoders.config_json import (
    Epsilon,
    LayerCount,
    Size,
    refuse_other_parts,
    refuse_remainder,
    settings_from,
)
from affdyn_jax.features.encoders.convolutions import Convolution
from affdyn_jax.features.encoders.family import Family
from affdyn_jax.features.encoders.front_end import FrontEnd, WindowInputs, check_rate
from affdyn_jax.features.encoders.layers import Linear, Norm
from affdyn_jax.features.encoders.seamless_features import (
    BANDS,
    DESCRIBED,
    STACKED,
    BandLevels,
)
from affdyn_jax.features.encoders.transformer import FeedForward, HiddenStates
from affdyn_jax.features.encoders.wav2vec2 import HEADS
from affdyn_jax.features.encoders.windows import Geometry

_TITLE = "w2v-BERT 2.0"

_ONLY = {
    "model_type": "wav2vec2-bert",
    "hidden_act": "swish",
    "position_embeddings_type": "relative_key",
    "feature_projection_input_dim": STACKED * BANDS,
    "add_adapter": False,
    "use_intermediate_ffn_before_adapter": False,
}

# As `SeamlessM4TFeatureExtractor` writes them.
_ONLY_FRONT_END = {"num_mel_bins": BANDS, "stride": STACKED}

# As far as keys may be told apart by their distance; no more frames are within a window.
_Distance = Annotated[int, Field(ge=0, le=1 << 15)]


@dataclass(frozen=True, config=ConfigDict(strict=True))
class W2vBertSettings:
    """Sizes of the network, named as in transformers' `Wav2Vec2BertConfig`, with its defaults.

    Attributes:
        hidden_size: H, channels of the conformer.
        num_hidden_layers: Its layers.
        num_attention_heads: Its heads, which share the channels among them.
        intermediate_size: Units of its feed-forward parts.
        left_max_position_embeddings: Frames to the left whose distances differ for attention.
        right_max_position_embeddings: Frames to the right.
        conv_depthwise_kernel_size: Frames that a layer's convolution sees, itself and those
            before it.
        layer_norm_eps: Added to variances.
    """

    hidden_size: Size = 1024
    num_hidden_layers: LayerCount = 24
    num_attention_heads: Size = 16
    intermediate_size: Size = 4096
    left_max_position_embeddings: _Distance = 64
    right_max_position_embeddings: _Distance = 8
    conv_depthwise_kernel_size: Size = 31
    layer_norm_eps: Epsilon = 1e-5

    @classmethod
    def from_config(cls, config: Mapping[str, Any], source: str) -> Self:
        """Settings as a checkpoint's configuration has them.

        Args:
            config: What its `config.json` holds; what is missing takes the defaults.
            source: Where it comes from, for messages.

        Raises:
            FeatureError: The configuration asks for a network that this encoder is not, or its
                values do not make one.
        """
        refuse_other_parts(config, _ONLY, source)
        settings = settings_from(cls, config, source)
        refuse_remainder(settings, "hidden_size", "num_attention_heads", source=source)
        return settings


class Distances(nnx.Module):
    """What a key's distance from the query means, besides the key itself (Shaw et al., 2018).

    Attributes:
        weight: Shape (C, D), from the farthest to the left to the farthest to the right, which
            count for all beyond.
    """

    def __init__(self, settings: W2vBertSettings, *, rngs: nnx.Rngs):
        self.left = settings.left_max_position_embeddings
        self.right = settings.right_max_position_embeddings
        channels = settings.hidden_size // settings.num_attention_heads
        shape = (channels, self.left + 1 + self.right)
        self.weight = nnx.Param(jax.nn.initializers.normal(1.0)(rngs.params(), shape))

    def scores(self, queries_bntc: jax.Array) -> jax.Array:
        """How well each distance matches each query, shape (B, N, T, D)."""
        return queries_bntc @ self.weight[...]

    def of_each_key(self, scores_td: jax.Array) -> jax.Array:
        """The score of each key's distance, shape (…, T, T), from scores of shape (…, T, D)."""
        frames = jnp.arange(scores_td.shape[-2])
        distances_tt = jnp.clip(frames[None] - frames[:, None], -self.left, self.right) + self.left
        axes = tuple(range(scores_td.ndim - 2))
        return jnp.take_along_axis(scores_td, jnp.expand_dims(distances_tt, axes), axis=-1)


class RelativeAttention(nnx.Module):
    """Attention of each frame to all, by what they hold and how far away they are."""

    def __init__(self, settings: W2vBertSettings, *, rngs: nnx.Rngs):
        size = settings.hidden_size
        self.head_count = settings.num_attention_heads
        self.linear_q = Linear(size, size, rngs=rngs)
        self.linear_k = Linear(size, size, rngs=rngs)
        self.linear_v = Linear(size, size, rngs=rngs)
        self.linear_out = Linear(size, size, rngs=rngs)
        self.distance_embedding = Distances(settings, rngs=rngs)

    def __call__(self, hidden_bth: jax.Array) -> jax.Array:
        """Of the input's shape."""
        queries_bntc, keys_bntc, values_bntc = (
            heads_first(projection(hidden_bth), self.head_count)
            for projection in (self.linear_q, self.linear_k, self.linear_v)
        )
        scale = jnp.asarray(queries_bntc.shape[-1] ** -0.5, hidden_bth.dtype)
        attended_bntc = attend(
            *(queries_bntc, keys_bntc, values_bntc),
            self.distance_embedding.scores(scale * queries_bntc),
            added=self.distance_embedding.of_each_key,
        )
        return self.linear_out(attended_bntc.transpose(0, 2, 1, 3).reshape(hidden_bth.shape))


class DepthwiseConvolution(nnx.Module):
    """Each channel of a frame and of those before it, weighted and added.

    XLA's own convolution of 1024 groups takes 36 times as long on a CPU.

    Attributes:
        weight: Shape (kernel, 1, H), the frame's own last.
    """

    def __init__(self, size: int, kernel: int, *, rngs: nnx.Rngs):
        initial = jax.nn.initializers.he_normal(in_axis=0)
        self.weight = nnx.Param(initial(rngs.params(), (kernel, 1, size)))

    def __call__(self, hidden_bth: jax.Array) -> jax.Array:
        """Of the input's shape."""
        weight_k1h = self.weight[...].astype(jnp.float32)
        kernel, frames = len(weight_k1h), hidden_bth.shape[1]
        padded_bth = jnp.pad(hidden_bth, ((0, 0), (kernel - 1, 0), (0, 0)))

        def add(place: jax.Array, sum_bth: jax.Array) -> jax.Array:
            shifted_bth = jax.lax.dynamic_slice_in_dim(padded_bth, place, frames, axis=1)
            return sum_bth + shifted_bth.astype(jnp.float32) * weight_k1h[place][None]

        zeros_bth = jnp.zeros_like(hidden_bth, jnp.float32)
        return jax.lax.fori_loop(0, kernel, add, zeros_bth).astype(hidden_bth.dtype)


class ConvolutionModule(nnx.Module):
    """A frame and those before it, channel by channel, between two maps of all channels."""

    def __init__(self, settings: W2vBertSettings, *, rngs: nnx.Rngs):
        size, kernel = settings.hidden_size, settings.conv_depthwise_kernel_size
        self.layer_norm = Norm(size, epsilon=settings.layer_norm_eps)
        self.pointwise_conv1 = Convolution(size, 2 * size, 1, bias=False, rngs=rngs)
        self.depthwise_conv = DepthwiseConvolution(size, kernel, rngs=rngs)
        self.depthwise_layer_norm = Norm(size, epsilon=settings.layer_norm_eps)
        self.pointwise_conv2 = Convolution(size, size, 1, bias=False, rngs=rngs)

    def __call__(self, hidden_bth: jax.Array) -> jax.Array:
        """Of the input's shape."""
        values_bth, gates_bth = jnp.split(self.pointwise_conv1(self.layer_norm(hidden_bth)), 2, -1)
        convolved_bth = self.depthwise_conv(values_bth * jax.nn.sigmoid(gates_bth))
        return self.pointwise_conv2(jax.nn.silu(self.depthwise_layer_norm(convolved_bth)))


class ConformerLayer(nnx.Module):
    """Attention and a convolution between two feed-forward parts of half weight each."""

    def __init__(self, settings: W2vBertSettings, *, rngs: nnx.Rngs):
        size, epsilon = settings.hidden_size, settings.layer_norm_eps
        width = settings.intermediate_size
        self.ffn1_layer_norm = Norm(size, epsilon=epsilon)
        self.ffn1 = FeedForward(size, width, activation=jax.nn.silu, rngs=rngs)
        self.self_attn_layer_norm = Norm(size, epsilon=epsilon)
        self.self_attn = RelativeAttention(settings, rngs=rngs)
        self.conv_module = ConvolutionModule(settings, rngs=rngs)
        self.ffn2_layer_norm = Norm(size, epsilon=epsilon)
        self.ffn2 = FeedForward(size, width, activation=jax.nn.silu, rngs=rngs)
        self.final_layer_norm = Norm(size, epsilon=epsilon)

    def __call__(self, hidden_bth: jax.Array) -> jax.Array:
        """Of the input's shape."""
        half = jnp.asarray(0.5, hidden_bth.dtype)
        hidden_bth += half * self.ffn1(self.ffn1_layer_norm(hidden_bth))
        hidden_bth += self.self_attn(self.self_attn_layer_norm(hidden_bth))
        hidden_bth += self.conv_module(hidden_bth)
        hidden_bth += half * self.ffn2(self.ffn2_layer_norm(hidden_bth))
        return self.final_layer_norm(hidden_bth)


class FeatureProjection(nnx.Module):
    """Mel energies to the width of the conformer."""

    def __init__(self, settings: W2vBertSettings, *, rngs: nnx.Rngs):
        self.layer_norm = Norm(STACKED * BANDS, epsilon=settings.layer_norm_eps)
        self.projection = Linear(STACKED * BANDS, settings.hidden_size, rngs=rngs)

    def __call__(self, energies_btc: jax.Array) -> jax.Array:
        """Of shape (B, T, H)."""
        return self.projection(self.layer_norm(energies_btc))


class Conformer(nnx.Module):
    """The layers, one after the other."""

    def __init__(self, settings: W2vBertSettings, *, rngs: nnx.Rngs):
        self.layers = nnx.List(
            ConformerLayer(settings, rngs=rngs) for _ in range(settings.num_hidden_layers)
        )

    def __call__(self, frames_bth: jax.Array) -> HiddenStates:
        """Hidden states, from frames of shape (B, T, H)."""
        hidden_states = [frames_bth]
        for layer in self.layers:
            hidden_states.append(layer(hidden_states[-1]))
        return HiddenStates(hidden_states, hidden_states[-1])


class W2vBertEncoder(nnx.Module):
    """transformers' `Wav2Vec2BertModel`."""

    def __init__(self, settings: W2vBertSettings, *, rngs: nnx.Rngs):
        self.feature_projection = FeatureProjection(settings, rngs=rngs)
        self.encoder = Conformer(settings, rngs=rngs)

    def __call__(self, energies_btc: jax.Array) -> HiddenStates:
        """Hidden states of recordings of one length.

        Args:
            energies_btc: Of `BandLevels.normalised`, shape (B, T, 2 bands).
        """
        return self.encoder(self.feature_projection(energies_btc))


def front_end(settings: W2vBertSettings, preprocessor: Mapping[str, Any], source: str) -> FrontEnd:
    """Mel energies, each band normalised over the recording.

    Args:
        settings: Of the network.
        preprocessor: As transformers' `SeamlessM4TFeatureExtractor` writes it.
        source: Where the checkpoint came from, for messages.

    Raises:
        FeatureError: The checkpoint wants other audio, or other energies of it.
    """
    del settings
    check_rate(preprocessor, source)
    refuse_other_parts(preprocessor, _ONLY_FRONT_END, source)
    # Of the two frames, the later one ends 560 samples after the earlier one begins.
    geometry = Geometry(receptive_field=560, first_centre=280.0)

    def read(blocks: Iterable[np.ndarray]) -> tuple[int, WindowInputs]:
        levels = BandLevels.of(blocks)
        return levels.sample_count, levels.normalised

    return FrontEnd(geometry, read, DESCRIBED)


W2V_BERT = Family(
    title=_TITLE,
    settings=W2vBertSettings,
    network=W2vBertEncoder,
    front_end=front_end,
    prefixes=("wav2vec2_bert.",),
    outside=HEADS,
)
