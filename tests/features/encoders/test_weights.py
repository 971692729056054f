"""Tensors that are not those of the network; that the right ones are, `test_wav2vec2.py` tests."""

import json
from pathlib import Path

import numpy as np
import pytest

from affdyn_jax.errors import FeatureError
from affdyn_jax.features.encoders.architecture import Architecture
from affdyn_jax.features.encoders.weights import load

RECORDED = dict(np.load(Path(__file__).parents[2] / "references" / "wav2vec2_tiny_base.npz"))
ARCHITECTURE = Architecture.of(json.loads(str(RECORDED["config"])), "tiny")
TENSORS = {
    name.removeprefix("weight/"): tensor
    for name, tensor in RECORDED.items()
    if name.startswith("weight/")
}


def test_missing_weights_are_named():
    kept = {name: tensor for name, tensor in TENSORS.items() if ".layers.1." not in name}
    with pytest.raises(FeatureError) as error:
        load(ARCHITECTURE, kept, "some/model.bin")
    assert "\n" not in str(error.value)
    assert "some/model.bin: weights are missing" in str(error.value)
    assert "encoder.layers.1.attention.k_proj.bias" in str(error.value)
    assert "and 13 more" in str(error.value)  # a layer has 16


def test_left_over_weights_are_named():
    with pytest.raises(FeatureError, match=r"left over: 'a\\n\.weight', 'lm_head\.bias'; "):
        load(ARCHITECTURE, TENSORS | {"lm_head.bias": np.ones(3), "a\n.weight": np.ones(3)}, "m")


@pytest.mark.parametrize(
    "name",
    [
        "encoder.layers.0.attention.q_proj.weight",
        "feature_extractor.conv_layers.1.conv.weight",
        "encoder.pos_conv_embed.conv.parametrizations.weight.original0",
        "encoder.pos_conv_embed.conv.parametrizations.weight.original1",
    ],
)
def test_a_weight_of_another_shape_is_named(name):
    with pytest.raises(FeatureError, match=rf"^m: {name} has shape .*, but .* checkpoint\?$"):
        load(ARCHITECTURE, TENSORS | {name: TENSORS[name][..., :-1]}, "m")
