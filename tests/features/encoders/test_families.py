"""Each family against transformers' PyTorch model, installed or as recorded."""

import functools
import json

import numpy as np
import pytest

from affdyn_jax.errors import FeatureError
from affdyn_jax.features.encoders.architecture import Architecture
from affdyn_jax.features.encoders.families import FAMILIES, family_of
from affdyn_jax.features.encoders.wavlm import WavLMSettings, distance_classes
from affdyn_jax.features.encoders.weights import load
from tests.recorded_encoders import all_states, of_the_encoder, recorded_encoder

# Norms over a handful of channels enlarge the rounding of tiny models.
TOLERANCE = 5e-5
RECORDED = [
    *("wav2vec2_tiny_base", "wav2vec2_tiny_large", "mms_tiny", "unispeech_tiny"),
    *("unispeech_sat_tiny", "hubert_tiny", "wavlm_tiny", "wavlm_tiny_large", "data2vec_tiny"),
]
LARGE = {"feat_extract_norm": "layer", "do_stable_layer_norm": True, "conv_bias": True}


@functools.cache
def recorded_states(name):
    model = recorded_encoder(name)
    return all_states(model.architecture, model.weights, model.samples_bs)


@pytest.mark.parametrize("name", RECORDED)
def test_recorded_hidden_states(name):
    model = recorded_encoder(name)
    states_nbth, last_bth = recorded_states(name)
    np.testing.assert_allclose(states_nbth, model.hidden_states_nbth, atol=TOLERANCE)
    np.testing.assert_allclose(last_bth, model.last_bth, atol=TOLERANCE)


@pytest.mark.parametrize("name", RECORDED)
def test_windows_of_a_batch_are_those_alone(name):
    model = recorded_encoder(name)
    states_nbth, last_bth = recorded_states(name)
    alone_nbth, alone_bth = all_states(model.architecture, model.weights, model.samples_bs[1:])
    # To 1.6e-6 at most, where values are of 2 and norms over 8 channels enlarge the rounding.
    np.testing.assert_allclose(alone_nbth, states_nbth[:, 1:], rtol=1e-6, atol=1e-6)
    np.testing.assert_allclose(alone_bth, last_bth[1:], rtol=1e-6, atol=1e-6)


def test_weights_under_no_weight_norm_are_taken_as_they_are():
    model = recorded_encoder("hubert_tiny")
    kernel = model.weights["encoder"]["pos_conv_embed"]["conv"]["weight"][...]
    np.testing.assert_array_equal(
        kernel, model.tensors["encoder.pos_conv_embed.conv.weight"].transpose()
    )


def test_a_model_type_that_is_not_known_is_refused_with_those_that_are():
    with pytest.raises(FeatureError) as error:
        family_of({"model_type": "sew"}, "a/config.json")
    message = str(error.value)
    assert message.startswith("a/config.json: model_type is 'sew', an encoder that is not known")
    assert all(known in message for known in FAMILIES) and "precomputed" in message
    for model_type in (None, 3, ["wav2vec2"], "x" * 10**6):
        with pytest.raises(FeatureError, match="is not known") as error:
            family_of({"model_type": model_type}, "a/config.json")
        assert len(str(error.value)) < 400


@pytest.mark.parity
@pytest.mark.parametrize(
    ("model", "kinds"),
    [
        ("Wav2Vec2", {**LARGE, "adapter_attn_dim": 5}),
        pytest.param("UniSpeech", {}, marks=pytest.mark.slow),
        ("UniSpeech", LARGE),
        ("UniSpeechSat", {}),
        pytest.param("UniSpeechSat", LARGE, marks=pytest.mark.slow),
        pytest.param("Hubert", {}, marks=pytest.mark.slow),
        ("Hubert", {**LARGE, "num_conv_pos_embeddings": 8}),
        ("Hubert", {"feat_proj_layer_norm": False, "conv_pos_batch_norm": True}),
        ("WavLM", {"num_buckets": 20, "max_bucket_distance": 9}),
        ("WavLM", {**LARGE, "num_buckets": 20, "max_bucket_distance": 9}),
        ("Data2VecAudio", {"num_conv_pos_embeddings": 2, "conv_pos_kernel_size": 4}),
    ],
)
def test_installed_pytorch(model, kinds):
    torch = pytest.importorskip("torch")
    transformers = pytest.importorskip("transformers")
    torch.manual_seed(2)
    sizes = {
        "hidden_size": 24,
        "num_hidden_layers": 3,
        "num_attention_heads": 3,
        "intermediate_size": 40,
        "conv_dim": (12, 16, 16, 16, 16, 16, 20),
        "num_conv_pos_embeddings": 7,
        "num_conv_pos_embedding_groups": 2,
        "layer_norm_eps": 1e-3,
    }
    config = getattr(transformers, f"{model}Config")(**sizes | kinds)
    theirs = getattr(transformers, f"{model}Model")(config).eval()
    with torch.no_grad():
        for weight in (*theirs.parameters(), *theirs.buffers()):
            if weight.is_floating_point():
                weight += 0.1 * torch.rand_like(weight)
        samples_bs = torch.randn(1, 8000)
        outputs = theirs(samples_bs, output_hidden_states=True)

    architecture = Architecture.of(json.loads(config.to_json_string()), "installed")
    tensors = {name: tensor.numpy() for name, tensor in theirs.state_dict().items()}
    weights = load(architecture, of_the_encoder(architecture, tensors), "installed")
    states_nbth, last_bth = all_states(architecture, weights, samples_bs.numpy())
    np.testing.assert_allclose(last_bth, outputs.last_hidden_state, atol=TOLERANCE)
    np.testing.assert_allclose(
        states_nbth, torch.stack(outputs.hidden_states), atol=TOLERANCE, err_msg="layers"
    )


@pytest.mark.parity
@pytest.mark.parametrize(("buckets", "distance"), [(320, 800), (320, 1280), (20, 9), (5, 2)])
def test_classes_of_distances_are_those_of_pytorch(buckets, distance):
    torch = pytest.importorskip("torch")
    from transformers.models.wavlm.modeling_wavlm import WavLMAttention

    theirs = WavLMAttention(8, 2, num_buckets=buckets, max_distance=distance)
    distances = np.arange(-3000, 3001)
    settings = WavLMSettings(num_buckets=buckets, max_bucket_distance=distance)
    np.testing.assert_array_equal(
        distance_classes(distances, settings),
        theirs._relative_positions_bucket(torch.from_numpy(distances)),
    )


def test_classes_of_near_distances_by_hand():
    settings = WavLMSettings()
    distances = np.array([0, -1, 1, -79, 79, -80, 80, -800, 800, 10**6])
    classes = [0, 1, 161, 79, 239, 80, 240, 159, 319, 319]
    np.testing.assert_array_equal(distance_classes(distances, settings), classes)
