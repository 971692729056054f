"""Against transformers' `Wav2Vec2Config`."""

import dataclasses

import pytest

from affdyn_jax.errors import FeatureError
from affdyn_jax.features.encoders.convolutional_settings import ConvolutionalSettings
from tests.fuzzing import assert_told_in_one_line


def test_defaults_are_those_of_transformers():
    transformers = pytest.importorskip("transformers")
    theirs = transformers.Wav2Vec2Config().to_dict()
    assert ConvolutionalSettings.from_config(theirs, "theirs") == ConvolutionalSettings()
    assert ConvolutionalSettings.from_config({}, "empty") == ConvolutionalSettings()


def test_reads_what_the_configuration_says():
    read = ConvolutionalSettings.from_config(
        {"conv_dim": [4, 5], "conv_kernel": [3, 2], "conv_stride": [2, 1], "vocab_size": 7}, "m"
    )
    assert read == dataclasses.replace(
        ConvolutionalSettings(), conv_dim=(4, 5), conv_kernel=(3, 2), conv_stride=(2, 1)
    )
    assert hash(read)  # static in compiled programs


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("add_adapter", True),
        ("hidden_act", "gelu_new"),
        ("feat_extract_activation", "relu"),
        ("feat_extract_norm", "batch"),
        ("conv_dim", []),
        ("conv_dim", [512, 0]),
        ("conv_stride", [5, 2]),
        ("conv_kernel", 3),
        ("conv_bias", "yes"),
        ("hidden_size", 770),
        ("hidden_size", "768"),
        ("num_hidden_layers", 0),
        ("hidden_size", 10**9),
        ("intermediate_size", 2**40),
        ("num_attention_heads", True),
        ("num_conv_pos_embedding_groups", 5),
        ("layer_norm_eps", 0.0),
        ("do_stable_layer_norm", None),
    ],
)
def test_other_networks_are_refused_by_name(name, value):
    with pytest.raises(FeatureError) as error:
        ConvolutionalSettings.from_config({name: value}, "some/config.json")
    message = str(error.value)
    assert message.startswith("some/config.json: ")
    assert name in message
    assert (str(tuple(value)) if name == "conv_stride" else repr(value)) in message
    assert "\n" not in message


@pytest.mark.parametrize(
    "config",
    [
        {"num_hidden_layers": 10**9},
        {"num_hidden_layers": 60_000},
        {"conv_dim": [1] * 1000, "conv_kernel": [1] * 1000, "conv_stride": [1] * 1000},
        {"conv_dim": [1] * 10**6},
        {"conv_kernel": [10**4000] * 10},
        {"hidden_act": "x" * 10**6},
    ],
)
def test_networks_that_would_take_forever_to_lay_out_are_refused_immediately(config):
    with pytest.raises(FeatureError) as error:
        ConvolutionalSettings.from_config(config, "m")
    assert_told_in_one_line(error.value)
