"""The encoder at work: batches of windows of one length on this process's devices."""

import functools
from collections.abc import Sequence

import jax
import jax.numpy as jnp
import numpy as np
from jax.sharding import Mesh, NamedSharding, PartitionSpec

from affdyn_jax.features.wav2vec2.encoder import Weights, encode
from affdyn_jax.features.wav2vec2.encoder_settings import EncoderSettings


class WindowEncoder:
    """An encoder whose weights are on the devices, in the dtype that it computes in.

    Args:
        settings: Of the encoder.
        weights: Its weights, float32.
        layers: Of `Wav2Vec2Encoder`; None for the last hidden state.
        dtype: That of the computation, `float32` or `bfloat16`.
        devices: Of which each takes its share of a batch. By default all that are this
            process's own; on a CPU one, since its matrix products keep all cores busy.

    Attributes:
        batch_size: Windows that are encoded together.
    """

    def __init__(
        self,
        settings: EncoderSettings,
        weights: Weights,
        layers: tuple[int, ...] | None,
        dtype: str,
        devices: Sequence[jax.Device] | None = None,
    ):
        devices = devices or jax.local_devices()[: 1 if _on_cpu() else None]
        self.batch_size = len(devices) * windows_of_a_device()
        mesh = Mesh(np.array(devices), ("window",))
        self._on_one_device_each = NamedSharding(mesh, PartitionSpec("window"))
        weights = jax.tree.map(lambda leaf: leaf.astype(dtype), weights)
        self._weights = jax.device_put(weights, NamedSharding(mesh, PartitionSpec()))
        self._encode = jax.jit(functools.partial(encode, settings, layers=layers))

    def __call__(self, samples_bs: np.ndarray) -> np.ndarray:
        """Hidden states of `batch_size` windows, shape (B, T, H), from samples (B, S)."""
        return np.asarray(self.on_devices(self.put(samples_bs)).astype(jnp.float32))

    def put(self, samples_bs: np.ndarray) -> jax.Array:
        """Samples of windows, shape (B, S), onto the devices."""
        return jax.device_put(samples_bs, self._on_one_device_each)

    def on_devices(self, samples_bs: jax.Array) -> jax.Array:
        """Hidden states, shape (B, T, H), that stay on the devices; in the encoder's dtype."""
        return self._encode(self._weights, samples_bs)


def windows_of_a_device() -> int:
    """How many windows a device encodes at once.

    A CPU gains nothing from more than one, and pays for them in memory.
    """
    return 1 if _on_cpu() else 8


def _on_cpu() -> bool:
    return jax.default_backend() == "cpu"
