"""Our wav2vec 2.0 encoder, as extraction uses it."""

from collections.abc import Mapping

import jax
import numpy as np
from flax import nnx

from affdyn_jax.features.wav2vec2.encoder import Wav2Vec2Encoder, Weights
from affdyn_jax.features.wav2vec2.encoder_settings import EncoderSettings
from affdyn_jax.features.wav2vec2.encoder_weights import load
from affdyn_jax.features.wav2vec2.window_encoder import WindowEncoder
from experiments.benchmarks.encoder_networks import NETWORKS, Encoder


def ours(network: str, weights: Weights, dtype: str) -> Encoder:
    """The encoder on one device."""
    devices = jax.local_devices()[:1]
    windows = WindowEncoder(_settings_of(network), weights, None, dtype, devices)

    def on_device(samples_bs: jax.Array) -> None:
        jax.block_until_ready(windows.on_devices(samples_bs))

    return Encoder(windows, windows.put, on_device)


def weights_of(network: str, tensors: Mapping[str, np.ndarray] | None) -> Weights:
    """Weights by the names that transformers gives them; random ones without them."""
    settings = _settings_of(network)
    if tensors is None:
        return nnx.state(Wav2Vec2Encoder(settings, rngs=nnx.Rngs(0)), nnx.Param)
    return load(settings, tensors, network)


def _settings_of(network: str) -> EncoderSettings:
    return EncoderSettings.from_config({"model_type": "wav2vec2"} | NETWORKS[network], network)
