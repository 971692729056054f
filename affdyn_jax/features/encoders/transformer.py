"""The transformer that follows the convolutions: frames to hidden states.

Modules and weights have the names that transformers gives them; a weight's shape is that of
PyTorch's, reversed. Shape letters: B batch, T frames, H hidden units.
"""

from collections.abc import Callable, Iterable
from typing import NamedTuple

import jax
from flax import nnx

from affdyn_jax.features.encoders.attention import Attention
from affdyn_jax.features.encoders.convolutional_settings import ConvolutionalSettings
from affdyn_jax.features.encoders.layers import Linear, Norm, gelu


class HiddenStates(NamedTuple):
    """What a network makes of a batch of windows, each of shape (B, T, H).

    Attributes:
        layers: Numbered as transformers' `hidden_states`: 0 is what enters the first layer, k
            what leaves the k-th.
        last: transformers' `last_hidden_state`.
    """

    layers: list[jax.Array]
    last: jax.Array


class FeedForward(nnx.Module):
    """Two affine maps with an activation between them, each frame by itself."""

    def __init__(
        self,
        size: int,
        width: int,
        *,
        activation: Callable[[jax.Array], jax.Array] = gelu,
        rngs: nnx.Rngs,
    ):
        self.activation = activation
        self.intermediate_dense = Linear(size, width, rngs=rngs)
        self.output_dense = Linear(width, size, rngs=rngs)

    def __call__(self, hidden_bth: jax.Array) -> jax.Array:
        """Of the input's shape."""
        return self.output_dense(self.activation(self.intermediate_dense(hidden_bth)))


class TransformerLayer(nnx.Module):
    """Attention and a feed-forward part, each added to what it read.

    Args:
        settings: Of the network.
        attention: From hidden states, and what `Transformer.shared` gives, to hidden states.
        adapter: What it makes of hidden states is added to them at the end.
    """

    def __init__(
        self,
        settings: ConvolutionalSettings,
        attention: nnx.Module,
        *,
        adapter: nnx.Module | None = None,
        rngs: nnx.Rngs,
    ):
        size, epsilon = settings.hidden_size, settings.layer_norm_eps
        self.norm_first = settings.do_stable_layer_norm
        self.attention = attention
        self.layer_norm = Norm(size, epsilon=epsilon)
        self.feed_forward = FeedForward(size, settings.intermediate_size, rngs=rngs)
        self.final_layer_norm = Norm(size, epsilon=epsilon)
        self.adapter_layer = adapter

    def __call__(self, hidden_bth: jax.Array, *shared: jax.Array) -> jax.Array:
        """Of the input's shape."""
        if self.norm_first:
            hidden_bth += self.attention(self.layer_norm(hidden_bth), *shared)
            hidden_bth += self.feed_forward(self.final_layer_norm(hidden_bth))
        else:
            hidden_bth = self.layer_norm(hidden_bth + self.attention(hidden_bth, *shared))
            hidden_bth = self.final_layer_norm(hidden_bth + self.feed_forward(hidden_bth))
        if self.adapter_layer is not None:
            hidden_bth += self.adapter_layer(hidden_bth)
        return hidden_bth


def plain_layer(
    settings: ConvolutionalSettings, adapter: nnx.Module | None = None, *, rngs: nnx.Rngs
) -> TransformerLayer:
    """A layer whose attention knows no positions."""
    attention = Attention(settings.hidden_size, settings.num_attention_heads, rngs=rngs)
    return TransformerLayer(settings, attention, adapter=adapter, rngs=rngs)


class Transformer(nnx.Module):
    """Frames to hidden states that know their surroundings.

    Args:
        settings: Of the network.
        positions: Tells frames where they are: what it makes of them is added to them.
        layers: As `TransformerLayer`.
    """

    def __init__(
        self,
        settings: ConvolutionalSettings,
        positions: nnx.Module,
        layers: Iterable[nnx.Module],
    ):
        self.norm_first = settings.do_stable_layer_norm
        self.pos_conv_embed = positions
        self.layer_norm = Norm(settings.hidden_size, epsilon=settings.layer_norm_eps)
        self.layers = nnx.List(layers)

    def shared(self, frame_count: int) -> tuple[jax.Array, ...]:
        """What all layers get beside the hidden states of so many frames; here nothing."""
        del frame_count
        return ()

    def __call__(self, frames_bth: jax.Array) -> HiddenStates:
        """Hidden states, from frames of shape (B, T, H)."""
        hidden_bth = frames_bth + self.pos_conv_embed(frames_bth)
        if not self.norm_first:
            hidden_bth = self.layer_norm(hidden_bth)
        hidden_states, shared = [hidden_bth], self.shared(hidden_bth.shape[1])
        for layer in self.layers:
            hidden_states.append(layer(hidden_states[-1], *shared))
        last_bth = hidden_states[-1]
        if self.norm_first:
            last_bth = self.layer_norm(last_bth)
        return HiddenStates(hidden_states, last_bth)
