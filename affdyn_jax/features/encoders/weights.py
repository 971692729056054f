"""A checkpoint's tensors as the weights of the encoder: checked, reshaped, weight norm applied."""

import reprlib
from collections.abc import Mapping

import jax.numpy as jnp
import numpy as np
from flax import nnx

from affdyn_jax.errors import FeatureError
from affdyn_jax.features.encoders.architecture import Architecture, Weights
from affdyn_jax.features.encoders.convolutions import WeightNormed

# Bounds what crafted names add to a message.
_quoting = reprlib.Repr()
_quoting.maxstring = 80


def load(architecture: Architecture, tensors: Mapping[str, np.ndarray], source: str) -> Weights:
    """The weights of a checkpoint, in float32.

    Args:
        architecture: Of the same checkpoint.
        tensors: By the names of transformers' base model, with weights under weight norm as
            `parametrizations.weight.original0` (magnitude) and `original1` (direction).
        source: Where they come from, for messages.

    Raises:
        FeatureError: Weights are missing, left over or of another shape than the
            configuration says.
    """
    _refuse_others(tensors, tensor_shapes(architecture), architecture.family.title, source)
    weights = nnx.state(architecture.without_weights(), nnx.Param)
    for name, parameter in _by_name(weights).items():
        if isinstance(parameter, WeightNormed):
            tensor = _weight_norm(*(tensors[kept] for kept in _weight_norm_names(name)))
        else:
            tensor = tensors[name]
        parameter.set_value(jnp.asarray(tensor.T, jnp.float32))
    return weights


def tensor_shapes(architecture: Architecture) -> dict[str, tuple[int, ...]]:
    """The shape of each tensor that a checkpoint of this architecture has, by its name."""
    shapes = {}
    for name, parameter in _by_name(nnx.state(architecture.without_weights(), nnx.Param)).items():
        shape = parameter.shape[::-1]
        if isinstance(parameter, WeightNormed):
            magnitude, direction = _weight_norm_names(name)
            shapes |= {magnitude: (1,) * (len(shape) - 1) + shape[-1:], direction: shape}
        else:
            shapes[name] = shape
    return shapes


def _by_name(weights: Weights) -> dict[str, nnx.Param]:
    return {".".join(map(str, path)): p for path, p in nnx.to_flat_state(weights)}


def _weight_norm_names(name: str) -> tuple[str, str]:
    """Of a weight's magnitude and direction."""
    module = name.removesuffix(".weight")
    return tuple(f"{module}.parametrizations.weight.original{number}" for number in (0, 1))


def _weight_norm(magnitude_k: np.ndarray, direction_oik: np.ndarray) -> np.ndarray:
    """Kernels that have a given norm at each of their positions (Salimans & Kingma, 2016).

    Args:
        magnitude_k: Shape (1, 1, kernel).
        direction_oik: Shape (channels out, channels in ÷ groups, kernel).
    """
    squares_k = np.square(direction_oik).sum((0, 1), keepdims=True, dtype=np.float64)
    return direction_oik * (magnitude_k / np.sqrt(squares_k)).astype(np.float32)


def _refuse_others(
    tensors: Mapping[str, np.ndarray],
    shapes: Mapping[str, tuple[int, ...]],
    title: str,
    source: str,
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
                f"one {title} checkpoint?"
            )
    for name, shape in shapes.items():
        if tensors[name].shape != shape:
            raise FeatureError(
                f"{source}: {name} has shape {tensors[name].shape}, but {shape} by the "
                f"configuration; are weights and configuration of one checkpoint?"
            )
