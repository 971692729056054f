"""wav2vec 2.0, and what differs from it by its weights or names: XLS-R, LeBenchmark, UniSpeech.

MMS is wav2vec 2.0 with an adapter for a language in each layer.
"""

import dataclasses

import jax
from flax import nnx
from pydantic import ConfigDict
from pydantic.dataclasses import dataclass

from affdyn_jax.features.encoders.config_json import Size
from affdyn_jax.features.encoders.convolutional_encoder import ConvolutionalEncoder
from affdyn_jax.features.encoders.convolutional_settings import ConvolutionalSettings
from affdyn_jax.features.encoders.convolutions import PositionalConvolution
from affdyn_jax.features.encoders.family import Family
from affdyn_jax.features.encoders.layers import Linear, Norm
from affdyn_jax.features.encoders.transformer import Transformer, plain_layer
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

_ADAPTER_EPSILON = 1e-5  # PyTorch's default, which no configuration changes


@dataclass(frozen=True, config=ConfigDict(strict=True))
class Wav2Vec2Settings(ConvolutionalSettings):
    """Named as in transformers' `Wav2Vec2Config`, with its defaults.

    Attributes:
        adapter_attn_dim: Channels of each layer's adapter; None where there are none.
    """

    adapter_attn_dim: Size | None = None

    @property
    def has_adapters(self) -> bool:
        """Whether layers have adapters, which only those that normalise first can have."""
        return self.adapter_attn_dim is not None and self.do_stable_layer_norm


class Adapter(nnx.Module):
    """What a layer learnt for one language: transformers' `Wav2Vec2AttnAdapterLayer`."""

    def __init__(self, size: int, width: int, *, rngs: nnx.Rngs):
        self.norm = Norm(size, epsilon=_ADAPTER_EPSILON)
        self.linear_1 = Linear(size, width, rngs=rngs)
        self.linear_2 = Linear(width, size, rngs=rngs)

    def __call__(self, hidden_bth: jax.Array) -> jax.Array:
        """To be added to the hidden states, of their shape."""
        return self.linear_2(jax.nn.relu(self.linear_1(self.norm(hidden_bth))))


def network(settings: Wav2Vec2Settings, *, rngs: nnx.Rngs) -> ConvolutionalEncoder:
    """The network of transformers' `Wav2Vec2Model`, `UniSpeechModel` and `UniSpeechSatModel`."""

    def adapter() -> Adapter | None:
        if not settings.has_adapters:
            return None
        return Adapter(settings.hidden_size, settings.adapter_attn_dim, rngs=rngs)

    layers = [
        plain_layer(settings, adapter(), rngs=rngs) for _ in range(settings.num_hidden_layers)
    ]
    transformer = Transformer(settings, PositionalConvolution(settings, rngs=rngs), layers)
    return ConvolutionalEncoder(settings, transformer, rngs=rngs)


WAV2VEC2 = Family(
    title="wav2vec 2.0",
    settings=Wav2Vec2Settings,
    network=network,
    front_end=waveform,
    prefixes=("wav2vec2.",),
    outside=HEADS,
    head=("classifier.dense.", "classifier.out_proj."),
)
UNISPEECH = dataclasses.replace(WAV2VEC2, title="UniSpeech", prefixes=("unispeech.",))
UNISPEECH_SAT = dataclasses.replace(WAV2VEC2, title="UniSpeech-SAT", prefixes=("unispeech_sat.",))
