"""wav2vec 2.0, and what differs from it by its weights alone: XLSR, XLS-R, LeBenchmark."""

from flax import nnx

from affdyn_jax.features.encoders.attention import Attention
from affdyn_jax.features.encoders.convolutional_encoder import ConvolutionalEncoder
from affdyn_jax.features.encoders.convolutional_settings import ConvolutionalSettings
from affdyn_jax.features.encoders.convolutions import PositionalConvolution
from affdyn_jax.features.encoders.family import Family
from affdyn_jax.features.encoders.transformer import Transformer, TransformerLayer
from affdyn_jax.features.encoders.waveform import waveform

# Of pretraining, and heads of transformers' task models.
HEADS = (
    "masked_spec_embed",
    "quantizer.",
    "project_q.",
    "project_hid.",
    "lm_head.",
    "projector.",
    "classifier.",
    "layer_weights",
)


def network(settings: ConvolutionalSettings, *, rngs: nnx.Rngs) -> ConvolutionalEncoder:
    """Transformers' `Wav2Vec2Model`."""
    layers = [
        TransformerLayer(
            settings,
            Attention(settings.hidden_size, settings.num_attention_heads, rngs=rngs),
            rngs=rngs,
        )
        for _ in range(settings.num_hidden_layers)
    ]
    transformer = Transformer(settings, PositionalConvolution(settings, rngs=rngs), layers)
    return ConvolutionalEncoder(settings, transformer, rngs=rngs)


WAV2VEC2 = Family(
    title="wav2vec 2.0",
    settings=ConvolutionalSettings,
    network=network,
    front_end=waveform,
    prefixes=("wav2vec2.",),
    outside=HEADS,
)
