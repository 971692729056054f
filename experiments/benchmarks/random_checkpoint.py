"""A checkpoint with random weights on disk, as a published one lies there."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from flax import nnx
from safetensors.numpy import save_file

from affdyn_jax.features.encoders.architecture import Architecture
from affdyn_jax.features.encoders.convolutions import WeightNormed


def write_random_checkpoint(folder: Path, config: Mapping[str, Any]) -> None:
    """Write a checkpoint.

    Args:
        folder: Where to; made if missing.
        config: What its `config.json` holds.
    """
    weights = nnx.state(Architecture.of(config, str(folder)).network(), nnx.Param)
    tensors = {}
    for path, parameter in nnx.to_flat_state(weights):
        name, tensor = ".".join(map(str, path)), np.asarray(parameter[...]).T
        if isinstance(parameter, WeightNormed):
            module = name.removesuffix(".weight")
            norms = np.sqrt(np.square(tensor).sum((0, 1), keepdims=True))
            tensors[f"{module}.parametrizations.weight.original0"] = norms
            tensors[f"{module}.parametrizations.weight.original1"] = np.ascontiguousarray(tensor)
        else:
            tensors[name] = np.ascontiguousarray(tensor)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "config.json").write_text(json.dumps(config), "utf-8")
    preprocessor = {"do_normalize": True, "sampling_rate": 16000}
    (folder / "preprocessor_config.json").write_text(json.dumps(preprocessor), "utf-8")
    save_file(tensors, folder / "model.safetensors")
