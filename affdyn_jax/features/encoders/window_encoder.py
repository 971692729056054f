"""The encoder at work: batches of windows of one length on this process's devices."""

import functools
from collections.abc import Sequence

import jax
import jax.numpy as jnp
import numpy as np
from jax.sharding import Mesh, NamedSharding, PartitionSpec

from affdyn_jax.features.encoders.architecture import (
    Architecture,
    Weights,
    encode,
    encode_layers,
)

# Each length of a recording shorter than a window needs a program of its own, which takes tens of
# megabytes. Recordings of one length mostly follow one another.
_PROGRAMS_KEPT = 4


class WindowEncoder:
    """An encoder whose weights are on the devices, in the dtype that it computes in.

    Args:
        architecture: Of the encoder.
        weights: Its weights, float32.
        layers: Of `encode`; None for the last hidden state.
        dtype: That of the computation, `float32` or `bfloat16`.
        devices: Of which each takes its share of a batch. By default all that are this
            process's own; on a CPU one, since its matrix products keep all cores busy.

    Attributes:
        batch_size: Windows that are encoded together.
    """

    def __init__(
        self,
        architecture: Architecture,
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
        # By the inputs' shape, so that programs can be dropped; each compiles at its first call.
        self._encode = functools.lru_cache(_PROGRAMS_KEPT)(
            lambda _: jax.jit(functools.partial(encode, architecture, layers=layers))
        )
        self._encode_layers = functools.lru_cache(_PROGRAMS_KEPT)(
            lambda _, layers: jax.jit(functools.partial(encode_layers, architecture, layers=layers))
        )

    def __call__(self, inputs: np.ndarray) -> np.ndarray:
        """Hidden states of `batch_size` windows, shape (B, T, H), float32.

        Args:
            inputs: What the front end makes of each, e.g. samples, shape (B, S).
        """
        return np.asarray(self.on_devices(self.put(inputs)).astype(jnp.float32))

    def layer_by_layer(self, inputs: np.ndarray, layers: tuple[int, ...]) -> np.ndarray:
        """Each of several layers in one pass, shape (layers, B, T, H), float32.

        Args:
            inputs: As above.
            layers: Their numbers, as of `HiddenStates.layers`, whatever the constructor was given.
        """
        encode_these = self._encode_layers(inputs.shape, layers)
        states = encode_these(self._weights, self.put(inputs))
        return np.asarray(states.astype(jnp.float32))

    def put(self, inputs: np.ndarray) -> jax.Array:
        """Inputs of windows, on the devices."""
        return jax.device_put(inputs, self._on_one_device_each)

    def on_devices(self, inputs: jax.Array) -> jax.Array:
        """Hidden states, shape (B, T, H), that stay on the devices; in the encoder's dtype."""
        return self._encode(inputs.shape)(self._weights, inputs)


def windows_of_a_device() -> int:
    """How many windows a device encodes at once.

    A CPU gains nothing from more than one, and pays for them in memory.
    """
    return 1 if _on_cpu() else 8


def _on_cpu() -> bool:
    return jax.default_backend() == "cpu"
