"""Weights as earlier versions kept them, each gate of a layer by itself."""

from collections.abc import Mapping
from typing import Any

import numpy as np

_GATES = ("reset", "update", "candidate")

# Their weights led from row to column; today's gates lie along an axis after the lanes'.
_KERNELS = {"input_kernel_fh": "input_kernel_ghf", "recurrent_kernel_hh": "recurrent_kernel_ghh"}
_BIASES = {"input_bias_h": "input_bias_gh", "recurrent_bias_h": "recurrent_bias_gh"}


def with_stacked_gates(arrays: Mapping[str, Any]) -> dict[str, Any]:
    """All arrays of L lanes, the gates of each layer in one; as they are where they already are.

    Args:
        arrays: As `nnx.to_pure_dict` has them, every leaf with a leading axis L.

    Raises:
        KeyError: An array is missing.
        ValueError: Gates do not fit each other.
    """
    layers = {number: _stacked(layer) for number, layer in arrays["layers"].items()}
    return {**arrays, "layers": layers}


def _stacked(layer: Mapping[str, Any]) -> Mapping[str, Any]:
    if not set(_GATES) <= layer.keys():
        return layer
    stacked = {}
    for earlier, ours in (_KERNELS | _BIASES).items():
        of_gates = [np.asarray(layer[gate][earlier]) for gate in _GATES]
        if earlier in _KERNELS:
            of_gates = [np.swapaxes(kernel, -1, -2) for kernel in of_gates]
        stacked[ours] = np.stack(of_gates, axis=1)
    return stacked
