"""Against transformers' PyTorch `Wav2Vec2BertModel`, installed or as recorded."""

import functools

import jax
import jax.numpy as jnp
import numpy as np
import pytest
import soundfile
from flax import nnx

from affdyn_jax.errors import FeatureError
from affdyn_jax.features.encoders.architecture import encode
from affdyn_jax.features.encoders.conformer import DepthwiseConvolution
from affdyn_jax.features.encoders.w2v_bert import front_end
from affdyn_jax.features.encoders.w2v_bert_settings import W2vBertSettings
from tests.features.encoders.spectral_networks import (
    assert_theirs,
    extracted,
    recorded,
    recorded_network,
    recorded_windows,
    shaken,
    states_and_last,
    write_checkpoint,
)
from tests.fuzzing import assert_told_in_one_line

TOLERANCE = 1e-5

# As facebook/w2v-bert-2.0 has it, but for heads and masking.
PUBLISHED = {
    "activation_dropout": 0.0,
    "adapter_act": "relu",
    "adapter_kernel_size": 3,
    "adapter_stride": 2,
    "add_adapter": False,
    "apply_spec_augment": False,
    "architectures": ["Wav2Vec2BertModel"],
    "attention_dropout": 0.0,
    "conformer_conv_dropout": 0.1,
    "conv_depthwise_kernel_size": 31,
    "feat_proj_dropout": 0.0,
    "feature_projection_input_dim": 160,
    "hidden_act": "swish",
    "hidden_dropout": 0.0,
    "hidden_size": 1024,
    "initializer_range": 0.02,
    "intermediate_size": 4096,
    "layer_norm_eps": 1e-05,
    "layerdrop": 0.1,
    "left_max_position_embeddings": 64,
    "max_source_positions": 5000,
    "model_type": "wav2vec2-bert",
    "num_adapter_layers": 1,
    "num_attention_heads": 16,
    "num_hidden_layers": 24,
    "output_hidden_size": 1024,
    "position_embeddings_type": "relative_key",
    "right_max_position_embeddings": 8,
    "rotary_embedding_base": 10000,
    "torch_dtype": "float32",
    "use_intermediate_ffn_before_adapter": False,
    "use_weighted_layer_sum": False,
    "vocab_size": None,
}
PREPROCESSOR = {
    "feature_extractor_type": "SeamlessM4TFeatureExtractor",
    "feature_size": 80,
    "num_mel_bins": 80,
    "padding_side": "right",
    "padding_value": 1,
    "return_attention_mask": True,
    "sampling_rate": 16000,
    "stride": 2,
}


@functools.cache
def tiny():
    return recorded_network("w2v_bert", "wav2vec2-bert")


@pytest.fixture(scope="module")
def checkpoint(tmp_path_factory):
    folder = tmp_path_factory.mktemp("w2v_bert")
    return write_checkpoint(folder, "w2v_bert", "wav2vec2-bert", PREPROCESSOR)


def test_layers_and_the_last_hidden_state_are_those_recorded():
    arrays, _ = recorded("w2v_bert")
    states_nbth, last_bth = states_and_last(*tiny(), arrays["inputs"])
    np.testing.assert_allclose(states_nbth, arrays["hidden_states_nbth"], atol=TOLERANCE)
    np.testing.assert_allclose(last_bth, arrays["last_bth"], atol=TOLERANCE)
    np.testing.assert_array_equal(states_nbth[2], last_bth)


def test_windows_of_a_batch_do_not_see_each_other():
    arrays, _ = recorded("w2v_bert")
    together_nbth, last_bth = states_and_last(*tiny(), arrays["inputs"])
    for index in range(2):
        alone = states_and_last(*tiny(), arrays["inputs"][index : index + 1])
        np.testing.assert_allclose(alone[0][:, 0], together_nbth[:, index], rtol=1e-6, atol=1e-6)
        np.testing.assert_allclose(alone[1][0], last_bth[index], rtol=1e-6, atol=1e-6)


def test_computes_in_the_dtype_of_the_weights():
    arrays, _ = recorded("w2v_bert")
    architecture, weights = tiny()
    halved = jax.tree.map(lambda w: w.astype(jnp.bfloat16), weights)
    last_bth = jax.jit(encode, static_argnums=0)(architecture, halved, arrays["inputs"])
    assert last_bth.dtype == jnp.bfloat16
    last_bth = np.asarray(last_bth, np.float32)
    assert np.corrcoef(last_bth.ravel(), arrays["last_bth"].ravel())[0, 1] > 0.99


def test_the_depthwise_convolution_is_numpys():
    random = np.random.default_rng(0)
    weight_kh, inputs_bth = random.normal(size=(5, 3)), random.normal(size=(2, 9, 3))
    convolution = DepthwiseConvolution(3, 5, rngs=nnx.Rngs(0))
    convolution.weight.set_value(jnp.asarray(weight_kh[:, None], jnp.float32))
    ours_bth = convolution(jnp.asarray(inputs_bth, jnp.float32))
    for batch, channel in np.ndindex(2, 3):
        # NumPy turns the kernel around; PyTorch and we don't.
        kernel = weight_kh[::-1, channel]
        expected_t = np.convolve(inputs_bth[batch, :, channel], kernel)[:9]
        np.testing.assert_allclose(ours_bth[batch, :, channel], expected_t, atol=1e-5)


def pooled(hidden_tf):
    """Frames whose centres, 0.0175 s + 0.02 s g, fall into each quarter of a second."""
    windows = (280 + np.arange(len(hidden_tf)) * 320) // 4000
    return np.stack([hidden_tf[windows == t].mean(0) for t in range(windows[-1] + 1)])


def test_a_short_recording_is_encoded_in_one_piece(checkpoint, tmp_path):
    samples_s, _, short_th = recorded_windows("w2v_bert")
    assert len(short_th) == 29
    soundfile.write(tmp_path / "short.wav", samples_s[:9808], 16000, subtype="FLOAT")
    features = extracted(checkpoint, tmp_path / "short.wav")
    np.testing.assert_allclose(features, pooled(short_th), atol=1e-5)


def test_windows_of_a_long_recording_are_normalised_alike(checkpoint, tmp_path):
    # 2.3 s are 114 frames. Windows of 50 begin at 0, 40 and, taken back, 64.
    samples_s, windows_nth, _ = recorded_windows("w2v_bert")
    soundfile.write(tmp_path / "long.wav", samples_s, 16000, subtype="FLOAT")
    features = extracted(checkpoint, tmp_path / "long.wav")
    kept = [windows_nth[0, :45], windows_nth[1, 5:37], windows_nth[2, 13:]]
    np.testing.assert_allclose(features, pooled(np.concatenate(kept)), atol=1e-5)


def test_less_than_a_frame_is_too_short(checkpoint, tmp_path):
    soundfile.write(tmp_path / "blip.wav", np.zeros(559), 16000)
    with pytest.raises(FeatureError, match=r"blip\.wav: .* too short for one frame of 0.035 s"):
        extracted(checkpoint, tmp_path / "blip.wav")


def test_defaults_are_those_of_transformers():
    transformers = pytest.importorskip("transformers")
    theirs = transformers.Wav2Vec2BertConfig().to_dict()
    assert W2vBertSettings.from_config(theirs, "theirs") == W2vBertSettings()
    assert W2vBertSettings.from_config({}, "empty") == W2vBertSettings()


def test_published_configurations():
    read = W2vBertSettings.from_config(PUBLISHED, "m")
    assert read == W2vBertSettings()
    assert hash(read)  # static in compiled programs
    geometry = front_end(read, PREPROCESSOR, "m").geometry
    assert (geometry.receptive_field, geometry.window_frames) == (560, None)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("model_type", "wav2vec2-conformer"),
        ("hidden_act", "relu"),
        ("position_embeddings_type", "relative"),
        ("position_embeddings_type", "rotary"),
        ("position_embeddings_type", None),
        ("feature_projection_input_dim", 80),
        # Most of those fine-tuned for speech recognition, as the hub's guide has it.
        ("add_adapter", True),
        ("use_intermediate_ffn_before_adapter", True),
        ("hidden_size", 1000),
        ("hidden_size", "1024"),
        ("num_hidden_layers", 10**9),
        ("num_attention_heads", 0),
        ("left_max_position_embeddings", -1),
        ("right_max_position_embeddings", 2**40),
        ("conv_depthwise_kernel_size", 30.5),
        ("layer_norm_eps", 0.0),
    ],
)
def test_other_networks_are_refused_by_name(name, value):
    with pytest.raises(FeatureError, match=rf"^m/config\.json: {name} .*{value!r}") as error:
        W2vBertSettings.from_config(PUBLISHED | {name: value}, "m/config.json")
    assert_told_in_one_line(error.value)


@pytest.mark.parametrize(
    ("name", "value"), [("num_mel_bins", 40), ("stride", 1), ("sampling_rate", 8000)]
)
def test_other_front_ends_are_refused_by_name(name, value):
    with pytest.raises(FeatureError, match=rf"^m: .*{value!r}") as error:
        front_end(W2vBertSettings(), PREPROCESSOR | {name: value}, "m")
    assert_told_in_one_line(error.value)


def their_model(**sizes):
    torch = pytest.importorskip("torch")
    transformers = pytest.importorskip("transformers")
    torch.manual_seed(2)
    return transformers.Wav2Vec2BertModel(transformers.Wav2Vec2BertConfig(**sizes)).eval()


@pytest.mark.parity
@pytest.mark.parametrize("frames", [1, 4, 50])
def test_installed_pytorch(frames):
    model = shaken(
        their_model(
            hidden_size=24,
            num_hidden_layers=3,
            num_attention_heads=3,
            intermediate_size=40,
            left_max_position_embeddings=7,
            right_max_position_embeddings=2,
            conv_depthwise_kernel_size=9,
            layer_norm_eps=1e-3,
        )
    )
    energies_btc = np.random.default_rng(0).normal(size=(2, frames, 160)).astype(np.float32)
    theirs = model.masked_spec_embed.new_tensor(energies_btc)
    assert_theirs(model, theirs, energies_btc, (0, 1, 2, 3), TOLERANCE)
