"""The network of wav2vec 2.0: samples to hidden states, 50 a second.

Agrees with transformers' PyTorch `Wav2Vec2Model` in evaluation, without attention masks: all
recordings of a batch have the same length, and a shorter one is encoded by itself. Padding it
instead would change all of its frames, as attention and the norm over time see the padding.

Modules and weights have the names that transformers gives them; a weight's shape is that of
PyTorch's, reversed. Shape letters: B batch, T frames, H hidden units.
"""

import jax
import jax.numpy as jnp
from flax import nnx

from affdyn_jax.errors import ConfigError
from affdyn_jax.features.wav2vec2.convolutions import (
    FeatureExtractor,
    Norm,
    PositionalConvolution,
    gelu,
)
from affdyn_jax.features.wav2vec2.encoder_settings import EncoderSettings

Weights = nnx.State


class Linear(nnx.Module):
    """An affine map of the last axis, `torch.nn.Linear`.

    Attributes:
        weight: Shape (channels in, channels out).
        bias: Shape (channels out,).
    """

    def __init__(self, channels_in: int, channels_out: int, *, rngs: nnx.Rngs):
        shape = (channels_in, channels_out)
        self.weight = nnx.Param(jax.nn.initializers.normal(0.02)(rngs.params(), shape))
        self.bias = nnx.Param(jnp.zeros(channels_out))

    def __call__(self, inputs_btc: jax.Array) -> jax.Array:
        """Of shape (B, T, channels out)."""
        return inputs_btc @ self.weight[...] + self.bias[...][None, None]


class FeatureProjection(nnx.Module):
    """Frames of the convolutions to the width of the transformer."""

    def __init__(self, settings: EncoderSettings, *, rngs: nnx.Rngs):
        channels = settings.conv_dim[-1]
        self.layer_norm = Norm(channels, epsilon=settings.layer_norm_eps)
        self.projection = Linear(channels, settings.hidden_size, rngs=rngs)

    def __call__(self, frames_btc: jax.Array) -> jax.Array:
        """Of shape (B, T, H)."""
        return self.projection(self.layer_norm(frames_btc))


def _attend(queries_td: jax.Array, keys_td: jax.Array, values_td: jax.Array) -> jax.Array:
    """Each query's mean of the values, weighted by how its key matches the query.

    All have the shape (…, T, channels of a head).
    """
    scale = jnp.asarray(queries_td.shape[-1] ** -0.5, queries_td.dtype)
    scores_tt = (queries_td * scale) @ keys_td.swapaxes(-2, -1)
    shares_tt = jax.nn.softmax(scores_tt.astype(jnp.float32)).astype(scores_tt.dtype)
    return shares_tt @ values_td


def _attend_head_by_head(*heads: jax.Array) -> jax.Array:
    """The same with the scores of one head at a time, which stay in a CPU's caches.

    On windows of 30 s it takes half the time.
    """
    flat = tuple(head.reshape(-1, *head.shape[-2:]) for head in heads)
    return jax.lax.map(lambda head: _attend(*head), flat).reshape(heads[0].shape)


class Attention(nnx.Module):
    """Attention of each frame to all, in heads that have H / heads channels each."""

    def __init__(self, settings: EncoderSettings, *, rngs: nnx.Rngs):
        size = settings.hidden_size
        self.head_count = settings.num_attention_heads
        self.q_proj = Linear(size, size, rngs=rngs)
        self.k_proj = Linear(size, size, rngs=rngs)
        self.v_proj = Linear(size, size, rngs=rngs)
        self.out_proj = Linear(size, size, rngs=rngs)

    def __call__(self, hidden_bth: jax.Array) -> jax.Array:
        """Of the input's shape."""
        batch, frames, size = hidden_bth.shape

        def heads_first(projected_bth: jax.Array) -> jax.Array:
            split = projected_bth.reshape(batch, frames, self.head_count, -1)
            return split.transpose(0, 2, 1, 3)

        attended = jax.lax.platform_dependent(
            heads_first(self.q_proj(hidden_bth)),
            heads_first(self.k_proj(hidden_bth)),
            heads_first(self.v_proj(hidden_bth)),
            cpu=_attend_head_by_head,
            default=_attend,
        )
        return self.out_proj(attended.transpose(0, 2, 1, 3).reshape(batch, frames, size))


class FeedForward(nnx.Module):
    """Two affine maps with a GELU between them, each frame by itself."""

    def __init__(self, settings: EncoderSettings, *, rngs: nnx.Rngs):
        size, width = settings.hidden_size, settings.intermediate_size
        self.intermediate_dense = Linear(size, width, rngs=rngs)
        self.output_dense = Linear(width, size, rngs=rngs)

    def __call__(self, hidden_bth: jax.Array) -> jax.Array:
        """Of the input's shape."""
        return self.output_dense(gelu(self.intermediate_dense(hidden_bth)))


class TransformerLayer(nnx.Module):
    """Attention and a feed-forward part, each added to what it read."""

    def __init__(self, settings: EncoderSettings, *, rngs: nnx.Rngs):
        size, epsilon = settings.hidden_size, settings.layer_norm_eps
        self.norm_first = settings.do_stable_layer_norm
        self.attention = Attention(settings, rngs=rngs)
        self.layer_norm = Norm(size, epsilon=epsilon)
        self.feed_forward = FeedForward(settings, rngs=rngs)
        self.final_layer_norm = Norm(size, epsilon=epsilon)

    def __call__(self, hidden_bth: jax.Array) -> jax.Array:
        """Of the input's shape."""
        if self.norm_first:
            hidden_bth += self.attention(self.layer_norm(hidden_bth))
            return hidden_bth + self.feed_forward(self.final_layer_norm(hidden_bth))
        hidden_bth = self.layer_norm(hidden_bth + self.attention(hidden_bth))
        return self.final_layer_norm(hidden_bth + self.feed_forward(hidden_bth))


class Transformer(nnx.Module):
    """Frames to hidden states that know their surroundings."""

    def __init__(self, settings: EncoderSettings, *, rngs: nnx.Rngs):
        self.norm_first = settings.do_stable_layer_norm
        self.pos_conv_embed = PositionalConvolution(settings, rngs=rngs)
        self.layer_norm = Norm(settings.hidden_size, epsilon=settings.layer_norm_eps)
        self.layers = nnx.List(
            TransformerLayer(settings, rngs=rngs) for _ in range(settings.num_hidden_layers)
        )

    def __call__(self, frames_bth: jax.Array) -> tuple[list[jax.Array], jax.Array]:
        """What enters the first layer and leaves each, and the last hidden state."""
        hidden_bth = frames_bth + self.pos_conv_embed(frames_bth)
        if not self.norm_first:
            hidden_bth = self.layer_norm(hidden_bth)
        hidden_states = [hidden_bth]
        for layer in self.layers:
            hidden_states.append(layer(hidden_states[-1]))
        last_bth = hidden_states[-1]
        return hidden_states, self.layer_norm(last_bth) if self.norm_first else last_bth


class Wav2Vec2Encoder(nnx.Module):
    """wav2vec 2.0 without its heads: transformers' `Wav2Vec2Model`."""

    def __init__(self, settings: EncoderSettings, *, rngs: nnx.Rngs):
        self.feature_extractor = FeatureExtractor(settings, rngs=rngs)
        self.feature_projection = FeatureProjection(settings, rngs=rngs)
        self.encoder = Transformer(settings, rngs=rngs)

    def __call__(self, samples_bs: jax.Array, layers: tuple[int, ...] | None = None) -> jax.Array:
        """Hidden states of recordings of one length.

        Computes in the dtype of the weights, float32 in full precision; norms and softmax are
        in float32 always.

        Args:
            samples_bs: Mono audio as the checkpoint wants it (mostly 16 kHz, of zero mean and
                unit variance), shape (B, S), at least as many as make one frame.
            layers: Numbers as in transformers' `hidden_states`: 0 is what enters the first
                layer, k what leaves the k-th. Of several, the mean. None is
                `last_hidden_state`, which differs from the last number where
                `do_stable_layer_norm` puts a norm behind the last layer: the number means what
                comes before that norm, as in transformers 5.16 and later; in 5.15 and earlier,
                4 among them, it meant what comes after. Under `jax.jit`, layers above the
                highest number cost nothing.

        Returns:
            Shape (B, T, H), in the dtype of the weights.

        Raises:
            ConfigError: There is no such layer.
        """
        highest = len(self.encoder.layers)
        for number in layers or ():
            if not 0 <= number <= highest:
                raise ConfigError(
                    f"wav2vec 2.0: there is no layer {number}; choose from 0, the input of the "
                    f"first, to {highest}"
                )
        dtype = self.feature_projection.projection.weight.dtype
        # GPUs would multiply float32 with 10 bits of fraction, and differ from CPUs in the third
        # digit; who wants that speed takes bfloat16.
        with jax.default_matmul_precision("float32"):
            frames_btc = self.feature_extractor(samples_bs.astype(dtype))
            hidden_states, last_bth = self.encoder(self.feature_projection(frames_btc))
        if layers is None:
            return last_bth
        return sum(hidden_states[number] for number in layers) / len(layers)


def encode(
    settings: EncoderSettings,
    weights: Weights,
    samples_bs: jax.Array,
    layers: tuple[int, ...] | None = None,
) -> jax.Array:
    """The encoder as a pure function of its weights, for the transformations of JAX.

    Arguments, result and errors are those of `Wav2Vec2Encoder`; `settings` and `layers` are
    static.
    """
    structure = nnx.graphdef(without_weights(settings))
    return nnx.merge(structure, weights)(samples_bs, layers)


def without_weights(settings: EncoderSettings) -> Wav2Vec2Encoder:
    """The encoder with shapes in place of weights."""
    return nnx.eval_shape(lambda: Wav2Vec2Encoder(settings, rngs=nnx.Rngs(0)))
