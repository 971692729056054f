"""Layers at once against one at a time, which `test_wav2vec2.py` compares with PyTorch's."""

import gc
import json
from pathlib import Path

import jax
import numpy as np
import pytest

from affdyn_jax.errors import ConfigError
from affdyn_jax.features.encoders import window_encoder
from affdyn_jax.features.encoders.architecture import Architecture
from affdyn_jax.features.encoders.weights import load
from affdyn_jax.features.encoders.window_encoder import WindowEncoder

RECORDED = dict(np.load(Path(__file__).parents[2] / "references" / "wav2vec2_tiny_large.npz"))


@pytest.fixture(scope="module")
def encoder():
    architecture = Architecture.of(json.loads(str(RECORDED["config"])), "tiny")
    tensors = {
        name.removeprefix("weight/"): tensor
        for name, tensor in RECORDED.items()
        if name.startswith("weight/")
    }
    return WindowEncoder(architecture, load(architecture, tensors, "tiny"), None, "float32")


def test_all_layers_in_one_pass_are_those_of_pytorch(encoder):
    first_bs = RECORDED["samples_bs"][:1]
    states_nbth = encoder.layer_by_layer(first_bs, (0, 1, 2))
    assert states_nbth.dtype == np.float32
    np.testing.assert_allclose(states_nbth, RECORDED["hidden_states_nbth"][:, :1], atol=5e-5)
    twice_nbth = encoder.layer_by_layer(first_bs, (2, 0))
    np.testing.assert_allclose(twice_nbth, states_nbth[[2, 0]], atol=1e-6)


def test_a_layer_that_is_not_there_is_refused(encoder):
    with pytest.raises(ConfigError, match="there is no layer 3; choose from 0"):
        encoder.layer_by_layer(RECORDED["samples_bs"][:1], (0, 3))


def test_programs_of_lengths_that_are_over_are_dropped(monkeypatch):
    def count_programs(lengths):
        for length in lengths:
            other(np.zeros((1, length), np.float32))
        gc.collect()
        return len(jax.local_devices()[0].client.live_executables())

    # A network that compiles at once.
    monkeypatch.setattr(
        window_encoder, "encode", lambda architecture, weights, inputs, layers: inputs[..., None]
    )
    architecture = Architecture.of(json.loads(str(RECORDED["config"])), "tiny")
    other = WindowEncoder(architecture, {}, None, "float32")
    few = count_programs(range(10, 16))
    assert count_programs(range(20, 40)) == few
