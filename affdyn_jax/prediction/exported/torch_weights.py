"""A model's weights with PyTorch's names and layout, and back."""

from collections.abc import Mapping

import numpy as np

from affdyn_jax.method.model import Weights, weights_of

_OURS = {
    "weight_ih": "input_kernel_ghf",
    "weight_hh": "recurrent_kernel_ghh",
    "bias_ih": "input_bias_gh",
    "bias_hh": "recurrent_bias_gh",
}
_LAYERS = 2


def to_torch(weights: Weights) -> dict[str, np.ndarray]:
    """Weights `gru.…` for `nn.GRU(F, H, num_layers=2)` and `head.…` for `nn.Linear(H, K)`.

    PyTorch's rows are the units of all gates, one gate after the other. A low-pass layer's
    cut-offs are `low_pass.cutoff`, shape (K,).
    """
    named = {
        "head.weight": np.asarray(weights["head_kernel_hk"][...]).T,
        "head.bias": np.asarray(weights["head_bias_k"][...]),
    }
    for number in range(_LAYERS):
        layer = weights["layers"][number]
        for theirs, ours in _OURS.items():
            named[f"gru.{theirs}_l{number}"] = np.concatenate(np.asarray(layer[ours][...]))
    if "cutoff_k" in weights:
        named["low_pass.cutoff"] = np.abs(np.asarray(weights["cutoff_k"][...]))
    return named


def from_torch(named: Mapping[str, np.ndarray]) -> Weights:
    """The weights that `to_torch` was given.

    Raises:
        KeyError: A name is missing.
        ValueError: Arrays do not fit each other, or are not float32.
    """
    if np.ndim(named["head.bias"]) != 1:
        raise ValueError("head.bias is no vector")
    cutoffs = {"cutoff_k": named["low_pass.cutoff"]} if "low_pass.cutoff" in named else {}
    return weights_of(
        {
            "head_kernel_hk": named["head.weight"].T,
            "head_bias_k": named["head.bias"],
            "layers": {
                number: {
                    ours: np.stack(np.split(named[f"gru.{theirs}_l{number}"], 3))
                    for theirs, ours in _OURS.items()
                }
                for number in range(_LAYERS)
            },
            **cutoffs,
        }
    )
