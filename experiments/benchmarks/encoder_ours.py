"""Our wav2vec 2.0 encoder, as extraction uses it."""

from collections.abc import Mapping

import jax
import numpy as np
from flax import nnx

from affdyn_jax.features.encoders.architecture import Architecture, Weights
from affdyn_jax.features.encoders.weights import load
from affdyn_jax.features.encoders.window_encoder import WindowEncoder
from experiments.benchmarks.encoder_networks import NETWORKS, Encoder


def ours(network: str, weights: Weights, dtype: str) -> Encoder:
    """The encoder on one device."""
    devices = jax.local_devices()[:1]
    windows = WindowEncoder(_architecture_of(network), weights, None, dtype, devices)

    def on_device(samples_bs: jax.Array) -> None:
        jax.block_until_ready(windows.on_devices(samples_bs))

    return Encoder(windows, windows.put, on_device)


def weights_of(network: str, tensors: Mapping[str, np.ndarray] | None) -> Weights:
    """Weights by the names that transformers gives them; random ones without them."""
    architecture = _architecture_of(network)
    if tensors is None:
        return nnx.state(architecture.network(), nnx.Param)
    return load(architecture, tensors, network)


def _architecture_of(network: str) -> Architecture:
    return Architecture.of({"model_type": "wav2vec2"} | NETWORKS[network], network)
