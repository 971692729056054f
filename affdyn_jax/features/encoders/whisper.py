"""Whisper's encoder, distil-whisper's too: log mel energies of 30 s to hidden states, 50 a second.

Agrees with transformers' PyTorch `WhisperEncoder` in evaluation.
"""

from collections.abc import Mapping
from typing import Any, Self

import jax
import jax.numpy as jnp
import numpy as np
from flax import nnx
from pydantic import ConfigDict
from pydantic.dataclasses import dataclass

from affdyn_jax.errors import FeatureError
from affdyn_jax.features.audio import SAMPLE_RATE
from affdyn_jax.features.encoders.attention import Attention
from affdyn_jax.features.encoders.config_json import (
    LayerCount,
    Size,
    quoted,
    refuse_other_parts,
    refuse_remainder,
    settings_from,
)
from affdyn_jax.features.encoders.convolutions import Convolution
from affdyn_jax.features.encoders.family import Family
from affdyn_jax.features.encoders.front_end import FrontEnd, check_rate, window_by_window
from affdyn_jax.features.encoders.layers import Linear, Norm, gelu
from affdyn_jax.features.encoders.log_mel import described, log_mel
from affdyn_jax.features.encoders.mel_energies import HOP
from affdyn_jax.features.encoders.transformer import HiddenStates
from affdyn_jax.features.encoders.windows import Geometry

_TITLE = "Whisper"

# PyTorch's default, which Whisper's configuration cannot change.
_NORM_EPSILON = 1e-5

_ONLY = {"model_type": "whisper", "activation_function": "gelu"}

# Samples that become a frame: two of the energies' hops.
_STRIDE = 2 * HOP

# As `WhisperFeatureExtractor` writes them; what it derives from these is not read.
_ONLY_FRONT_END = {"n_fft": 400, "hop_length": 160, "dither": 0.0, "padding_value": 0.0}

# Other names of the same, which transformers gives them in all encoders.
_ALIASES = {
    "hidden_size": "d_model",
    "num_hidden_layers": "encoder_layers",
    "num_attention_heads": "encoder_attention_heads",
}


@dataclass(frozen=True, config=ConfigDict(strict=True))
class WhisperSettings:
    """Sizes of the network, named as in transformers' `WhisperConfig`, with its defaults.

    Attributes:
        num_mel_bins: Bands that it hears.
        d_model: H, channels of the transformer.
        encoder_layers: Its layers.
        encoder_attention_heads: Its heads, which share the channels among them.
        encoder_ffn_dim: Units of its feed-forward parts.
        max_source_positions: T, frames of a window.
    """

    num_mel_bins: Size = 80
    d_model: Size = 384
    encoder_layers: LayerCount = 4
    encoder_attention_heads: Size = 6
    encoder_ffn_dim: Size = 1536
    max_source_positions: Size = 1500

    @property
    def hidden_size(self) -> int:
        """Features of a frame."""
        return self.d_model

    @property
    def num_hidden_layers(self) -> int:
        """The highest number of a layer."""
        return self.encoder_layers

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
        for alias, name in _ALIASES.items():
            # transformers 5 would take the alias, and fill up layers that the file lacks at random.
            value = getattr(settings, name)
            if config.get(alias, value) != value:
                raise FeatureError(
                    f"{source}: {alias} is {quoted(config[alias])}, but {name}, which means the "
                    f"same, is {value}; mend the configuration"
                )
        refuse_remainder(settings, "d_model", "encoder_attention_heads", source=source)
        return settings


class Positions(nnx.Module):
    """What tells each frame of a window where it is: sinusoids, which checkpoints keep.

    Attributes:
        weight: Shape (H, T).
    """

    def __init__(self, settings: WhisperSettings):
        self.weight = nnx.Param(jnp.zeros((settings.d_model, settings.max_source_positions)))

    def __call__(self) -> jax.Array:
        """To be added to the frames, shape (T, H)."""
        return self.weight[...].T


class WhisperLayer(nnx.Module):
    """Attention and a feed-forward part, each added to what it read."""

    def __init__(self, settings: WhisperSettings, *, rngs: nnx.Rngs):
        size, heads = settings.d_model, settings.encoder_attention_heads
        self.self_attn = Attention(size, heads, key_bias=False, rngs=rngs)
        self.self_attn_layer_norm = Norm(size, epsilon=_NORM_EPSILON)
        self.fc1 = Linear(size, settings.encoder_ffn_dim, rngs=rngs)
        self.fc2 = Linear(settings.encoder_ffn_dim, size, rngs=rngs)
        self.final_layer_norm = Norm(size, epsilon=_NORM_EPSILON)

    def __call__(self, hidden_bth: jax.Array) -> jax.Array:
        """Of the input's shape."""
        hidden_bth += self.self_attn(self.self_attn_layer_norm(hidden_bth))
        return hidden_bth + self.fc2(gelu(self.fc1(self.final_layer_norm(hidden_bth))))


class WhisperEncoder(nnx.Module):
    """transformers' `WhisperEncoder`."""

    def __init__(self, settings: WhisperSettings, *, rngs: nnx.Rngs):
        bands, size = settings.num_mel_bins, settings.d_model
        self.conv1 = Convolution(bands, size, 3, padding=(1, 1), rngs=rngs)
        self.conv2 = Convolution(size, size, 3, stride=2, padding=(1, 1), rngs=rngs)
        self.embed_positions = Positions(settings)
        self.layers = nnx.List(
            WhisperLayer(settings, rngs=rngs) for _ in range(settings.encoder_layers)
        )
        self.layer_norm = Norm(size, epsilon=_NORM_EPSILON)

    def __call__(self, energies_bmc: jax.Array) -> HiddenStates:
        """Hidden states of windows, the last behind the final norm, as transformers has it.

        Args:
            energies_bmc: Of `log_mel`, shape (B, 2 T, bands).
        """
        frames_bth = gelu(self.conv2(gelu(self.conv1(energies_bmc))))
        hidden_states = [frames_bth + self.embed_positions()[None]]
        for layer in self.layers:
            hidden_states.append(layer(hidden_states[-1]))
        hidden_states[-1] = self.layer_norm(hidden_states[-1])
        return HiddenStates(hidden_states, hidden_states[-1])


def front_end(settings: WhisperSettings, preprocessor: Mapping[str, Any], source: str) -> FrontEnd:
    """Log mel energies of whole windows; shorter recordings are filled up with silence.

    A frame is centred on the sample that it begins with, and kept where the recording has all of
    its 20 ms.

    Args:
        settings: Of the network.
        preprocessor: As transformers' `WhisperFeatureExtractor` writes it.
        source: Where the checkpoint came from, for messages.

    Raises:
        FeatureError: The checkpoint wants other audio, or other energies of it.
    """
    frames, bands = settings.max_source_positions, settings.num_mel_bins
    check_rate(preprocessor, source)
    only = {"feature_size": bands, "chunk_length": frames * _STRIDE / SAMPLE_RATE}
    refuse_other_parts(preprocessor, _ONLY_FRONT_END | only, source)
    geometry = Geometry(receptive_field=_STRIDE, first_centre=0.0, window_frames=frames)

    def inputs(samples: np.ndarray) -> np.ndarray:
        return log_mel(np.pad(samples, (0, frames * _STRIDE - len(samples))), bands)

    return FrontEnd(geometry, window_by_window(inputs), described(bands))


WHISPER = Family(
    title=_TITLE,
    settings=WhisperSettings,
    network=WhisperEncoder,
    front_end=front_end,
    prefixes=("model.encoder.", "encoder."),
    outside=(),
)
