"""A checkpoint's tensors as the weights of the encoder: checked, reshaped, weight norm applied."""

import reprlib
from collections.abc import Mapping

import jax.numpy as jnp
import numpy as np
from flax import nnx

from affdyn_jax.errors import FeatureError
from affdyn_jax.features.wav2vec2.encoder import Weights, without_weights
from affdyn_jax.features.wav2vec2.encoder_settings import EncoderSettings

_POSITIONAL = "encoder.pos_conv_embed.conv"
_MAGNITUDE, _DIRECTION = (f"{_POSITIONAL}.parametrizations.weight.original{n}" for n in (0, 1))

# Bounds what crafted names add to a message.
_quoting = reprlib.Repr()
_quoting.maxstring = 80


def load(settings: EncoderSettings, tensors: Mapping[str, np.ndarray], source: str) -> Weights:
    """The weights of a checkpoint, in float32.

    Args:
        settings: Of the same checkpoint.
        tensors: By the names of transformers' `Wav2Vec2Model`, with the positional
            convolution's weight as `parametrizations.weight.original0` (magnitude) and
            `original1` (direction).
        source: Where they come from, for messages.

    Raises:
        FeatureError: Weights are missing, left over or of another shape than the
            configuration says.
    """
    weights = nnx.state(without_weights(settings), nnx.Param)
    parameters = {".".join(map(str, path)): p for path, p in nnx.to_flat_state(weights)}
    shapes = {name: parameter.shape[::-1] for name, parameter in parameters.items()}
    direction_shape = shapes.pop(f"{_POSITIONAL}.weight")
    shapes[_MAGNITUDE] = (1, 1, direction_shape[-1])
    shapes[_DIRECTION] = direction_shape
    _refuse_others(tensors, shapes, source)

    for name, parameter in parameters.items():
        if name == f"{_POSITIONAL}.weight":
            tensor = _weight_norm(tensors[_MAGNITUDE], tensors[_DIRECTION])
        else:
            tensor = tensors[name]
        parameter.set_value(jnp.asarray(tensor.T, jnp.float32))
    return weights


def _weight_norm(magnitude_k: np.ndarray, direction_oik: np.ndarray) -> np.ndarray:
    """Kernels that have a given norm at each of their positions (Salimans & Kingma, 2016).

    Args:
        magnitude_k: Shape (1, 1, kernel).
        direction_oik: Shape (channels out, channels in ÷ groups, kernel).
    """
    squares_k = np.square(direction_oik).sum((0, 1), keepdims=True, dtype=np.float64)
    return direction_oik * (magnitude_k / np.sqrt(squares_k)).astype(np.float32)


def _refuse_others(
    tensors: Mapping[str, np.ndarray], shapes: Mapping[str, tuple[int, ...]], source: str
) -> None:
    """Refuse tensors that have other names or shapes than the configuration says."""
    for problem, names in (
        ("are missing", shapes.keys() - tensors.keys()),
        ("are left over", tensors.keys() - shapes.keys()),
    ):
        if names:
            shown = ", ".join(map(_quoting.repr, sorted(names)[:3]))
            more = f" and {len(names) - 3} more" if len(names) > 3 else ""
            raise FeatureError(
                f"{source}: weights {problem}: {shown}{more}; are weights and configuration of "
                f"one wav2vec 2.0 checkpoint?"
            )
    for name, shape in shapes.items():
        if tensors[name].shape != shape:
            raise FeatureError(
                f"{source}: {name} has shape {tensors[name].shape}, but {shape} by the "
                f"configuration; are weights and configuration of one checkpoint?"
            )
