"""A model's weights with PyTorch's names and layout, and back."""

from collections.abc import Mapping

import numpy as np

from affdyn_jax.method.model import Weights, weights_of

_GATES = ("reset", "update", "candidate")  # as PyTorch stacks them
_OURS = {
    "weight_ih": "input_kernel_fh",
    "weight_hh": "recurrent_kernel_hh",
    "bias_ih": "input_bias_h",
    "bias_hh": "recurrent_bias_h",
}
_LAYERS = 2


def to_torch(weights: Weights) -> dict[str, np.ndarray]:
    """Weights `gru.…` for `nn.GRU(F, H, num_layers=2)` and `head.…` for `nn.Linear(H, K)`.

    PyTorch puts outputs before inputs, and stacks the three gates.
    """
    named = {
        "head.weight": np.asarray(weights["head_kernel_hk"][...]).T,
        "head.bias": np.asarray(weights["head_bias_k"][...]),
    }
    for number in range(_LAYERS):
        layer = weights["layers"][number]
        for theirs, ours in _OURS.items():
            gates = [np.asarray(layer[gate][ours][...]).T for gate in _GATES]
            named[f"gru.{theirs}_l{number}"] = np.concatenate(gates)
    return named


def from_torch(named: Mapping[str, np.ndarray]) -> Weights:
    """The weights that `to_torch` was given.

    Raises:
        KeyError: A name is missing.
        ValueError: Arrays do not fit each other, or are not float32.
    """
    if np.ndim(named["head.bias"]) != 1:
        raise ValueError("head.bias is no vector")
    return weights_of(
        {
            "head_kernel_hk": named["head.weight"].T,
            "head_bias_k": named["head.bias"],
            "layers": {
                number: {
                    gate: {
                        ours: np.split(named[f"gru.{theirs}_l{number}"], len(_GATES))[place].T
                        for theirs, ours in _OURS.items()
                    }
                    for place, gate in enumerate(_GATES)
                }
                for number in range(_LAYERS)
            },
        }
    )
