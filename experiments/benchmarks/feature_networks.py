"""The networks of `benchmarks.features`: each family at the sizes that are usual."""

from collections.abc import Mapping
from typing import Any, NamedTuple


class Network(NamedTuple):
    """A network of transformers.

    Attributes:
        name: Its class is `<name>Model`, of Whisper its encoder; its configuration's is
            `<name>Config`.
        differs: What its configuration has other than by default.
    """

    name: str
    differs: Mapping[str, Any]


_LARGE_SIZES = {
    "hidden_size": 1024,
    "num_hidden_layers": 24,
    "num_attention_heads": 16,
    "intermediate_size": 4096,
}
_STABLE = {**_LARGE_SIZES, "feat_extract_norm": "layer", "do_stable_layer_norm": True}
_LARGE = {**_STABLE, "conv_bias": True}

_MMS_1B = {
    **_LARGE,
    "hidden_size": 1280,
    "num_hidden_layers": 48,
    "intermediate_size": 5120,
    "adapter_attn_dim": 16,
}

_WHISPER_SMALL = {
    "d_model": 768,
    "encoder_layers": 12,
    "encoder_attention_heads": 12,
    "encoder_ffn_dim": 3072,
}
_WHISPER_LARGE = {
    **_WHISPER_SMALL,
    "d_model": 1280,
    "encoder_layers": 32,
    "encoder_attention_heads": 20,
    "encoder_ffn_dim": 5120,
    "num_mel_bins": 128,
}

# By their published names. w2v-BERT 2.0 has one size.
NETWORKS: dict[str, dict[str, Network]] = {
    "wav2vec2": {"base": Network("Wav2Vec2", {}), "large": Network("Wav2Vec2", _LARGE)},
    "mms": {"1b": Network("Wav2Vec2", _MMS_1B)},
    "unispeech": {"large": Network("UniSpeech", _LARGE)},
    "unispeech-sat": {
        "base": Network("UniSpeechSat", {}),
        "large": Network("UniSpeechSat", _STABLE),
    },
    "hubert": {"base": Network("Hubert", {}), "large": Network("Hubert", _LARGE)},
    "wavlm": {"base": Network("WavLM", {}), "large": Network("WavLM", _STABLE)},
    "data2vec": {
        "base": Network("Data2VecAudio", {}),
        "large": Network("Data2VecAudio", {**_LARGE_SIZES, "conv_bias": True}),
    },
    "w2v-bert": {"large": Network("Wav2Vec2Bert", {})},
    "whisper": {
        "small": Network("Whisper", _WHISPER_SMALL),
        "large": Network("Whisper", _WHISPER_LARGE),
    },
}

# Which of a family is meant by the size that others call so.
SIZES: dict[str, tuple[str, ...]] = {"base": ("base", "small"), "large": ("large", "1b")}
