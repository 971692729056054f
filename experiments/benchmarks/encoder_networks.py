"""The networks of `benchmarks.encoder`, and what a program that encodes with them can do."""

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

_LARGE = {"feat_extract_norm": "layer", "do_stable_layer_norm": True, "conv_bias": True}
# What differs from transformers' `Wav2Vec2Config`; the tiny one is for tests.
NETWORKS = {
    "tiny": {
        **_LARGE,
        "conv_dim": (16,) * 7,
        "hidden_size": 32,
        "num_hidden_layers": 2,
        "num_attention_heads": 2,
        "intermediate_size": 64,
    },
    "base": {},
    "large": {
        **_LARGE,
        "hidden_size": 1024,
        "num_hidden_layers": 24,
        "num_attention_heads": 16,
        "intermediate_size": 4096,
    },
}


class Encoder(NamedTuple):
    """A program that encodes windows.

    Attributes:
        encode: From samples in memory, shape (B, S), to hidden states in memory, (B, T, H).
        put: Brings samples to the device.
        on_device: Encodes there, and waits until it is done.
    """

    encode: Callable[[np.ndarray], np.ndarray]
    put: Callable[[np.ndarray], Any]
    on_device: Callable[[Any], None]
