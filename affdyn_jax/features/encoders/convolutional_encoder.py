"""What wav2vec 2.0 and its kin have in common: convolutions, a projection, a transformer.

Agrees with transformers' PyTorch models in evaluation, without attention masks: all recordings
of a batch have the same length, and a shorter one is encoded by itself. Padding it instead would
change all of its frames, as attention and the norm over time see the padding.
"""

import jax
from flax import nnx

from affdyn_jax.features.encoders.convolutional_settings import ConvolutionalSettings
from affdyn_jax.features.encoders.convolutions import FeatureExtractor
from affdyn_jax.features.encoders.layers import Linear, Norm
from affdyn_jax.features.encoders.transformer import HiddenStates, Transformer


class FeatureProjection(nnx.Module):
    """Frames of the convolutions to the width of the transformer, mostly normalised first."""

    def __init__(self, settings: ConvolutionalSettings, *, normalises: bool = True, rngs: nnx.Rngs):
        channels = settings.conv_dim[-1]
        self.layer_norm = Norm(channels, epsilon=settings.layer_norm_eps) if normalises else None
        self.projection = Linear(channels, settings.hidden_size, rngs=rngs)

    def __call__(self, frames_btc: jax.Array) -> jax.Array:
        """Of shape (B, T, H)."""
        if self.layer_norm is not None:
            frames_btc = self.layer_norm(frames_btc)
        return self.projection(frames_btc)


class ConvolutionalEncoder(nnx.Module):
    """Samples to hidden states, 50 a second.

    Args:
        settings: Of the network.
        transformer: With what a family adds.
        normalises: Whether frames are normalised before they are projected.
    """

    def __init__(
        self,
        settings: ConvolutionalSettings,
        transformer: Transformer,
        *,
        normalises: bool = True,
        rngs: nnx.Rngs,
    ):
        self.feature_extractor = FeatureExtractor(settings, rngs=rngs)
        self.feature_projection = FeatureProjection(settings, normalises=normalises, rngs=rngs)
        self.encoder = transformer

    def __call__(self, samples_bs: jax.Array) -> HiddenStates:
        """Hidden states of recordings of one length.

        The last number differs from `last_hidden_state` where `do_stable_layer_norm` puts a norm
        behind the last layer: it means what comes before that norm, as in transformers 5.16 and
        later; in 5.15 and earlier, 4 among them, it meant what comes after.

        Args:
            samples_bs: Mono audio as the checkpoint wants it (mostly 16 kHz, of zero mean and
                unit variance), shape (B, S), at least as many as make one frame.
        """
        frames_btc = self.feature_extractor(samples_bs)
        return self.encoder(self.feature_projection(frames_btc))
