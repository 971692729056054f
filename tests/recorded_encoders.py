"""Tiny encoders with random weights, as `references/make_encoders.py` has recorded them."""

import functools
import json
from pathlib import Path
from typing import NamedTuple

import jax
import numpy as np

from affdyn_jax.features.encoders.architecture import Architecture, Weights, encode_layers
from affdyn_jax.features.encoders.architecture import encode as encode_last
from affdyn_jax.features.encoders.weights import load

REFERENCES = Path(__file__).parent / "references"


class RecordedEncoder(NamedTuple):
    """A model, its weights by PyTorch's names, and what PyTorch computed with it."""

    config: dict
    architecture: Architecture
    tensors: dict[str, np.ndarray]
    weights: Weights
    samples_bs: np.ndarray
    hidden_states_nbth: np.ndarray
    last_bth: np.ndarray


@functools.cache
def recorded_encoder(name):
    arrays = dict(np.load(REFERENCES / f"{name}.npz"))
    config = json.loads(str(arrays.pop("config")))
    states = [arrays.pop(key) for key in ("samples_bs", "hidden_states_nbth", "last_bth")]
    tensors = {key.removeprefix("weight/"): tensor for key, tensor in arrays.items()}
    architecture = Architecture.of(config, name)
    tensors = of_the_encoder(architecture, tensors)
    weights = load(architecture, tensors, name)
    return RecordedEncoder(config, architecture, tensors, weights, *states)


def of_the_encoder(architecture, tensors):
    outside = architecture.family.outside
    return {name: tensor for name, tensor in tensors.items() if not name.startswith(outside)}


def all_states(architecture, weights, samples_bs):
    """Each layer, and the last hidden state, in one program."""
    layers = tuple(range(architecture.settings.num_hidden_layers + 1))

    @jax.jit
    def run(weights, samples_bs):
        return (
            encode_layers(architecture, weights, samples_bs, layers),
            encode_last(architecture, weights, samples_bs),
        )

    return run(weights, samples_bs)
