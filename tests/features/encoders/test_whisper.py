"""Against transformers' PyTorch `WhisperEncoder`, installed or as recorded."""

import functools
import shutil

import jax
import jax.numpy as jnp
import numpy as np
import pytest
import soundfile
from hypothesis import given, settings
from hypothesis import strategies as st
from safetensors.numpy import load_file, save_file

from affdyn_jax.errors import FeatureError
from affdyn_jax.features.encoders.architecture import encode
from affdyn_jax.features.encoders.checkpoint import read_checkpoint
from affdyn_jax.features.encoders.whisper import WhisperSettings, front_end
from tests.features.encoders.spectral_networks import (
    assert_theirs,
    extracted,
    recorded,
    recorded_network,
    recorded_tensors,
    recorded_windows,
    shaken,
    states_and_last,
    write_checkpoint,
)
from tests.fuzzing import ANYTHING, assert_told_in_one_line
from tests.memory import traced_memory

TOLERANCE = 1e-5

# As openai/whisper-base has it, but for what concerns text alone.
BASE = {
    "activation_dropout": 0.0,
    "activation_function": "gelu",
    "architectures": ["WhisperForConditionalGeneration"],
    "attention_dropout": 0.0,
    "d_model": 512,
    "decoder_attention_heads": 8,
    "decoder_ffn_dim": 2048,
    "decoder_layers": 6,
    "dropout": 0.0,
    "encoder_attention_heads": 8,
    "encoder_ffn_dim": 2048,
    "encoder_layerdrop": 0.0,
    "encoder_layers": 6,
    "init_std": 0.02,
    "is_encoder_decoder": True,
    "max_source_positions": 1500,
    "max_target_positions": 448,
    "model_type": "whisper",
    "num_hidden_layers": 6,
    "num_mel_bins": 80,
    "scale_embedding": False,
    "torch_dtype": "float32",
    "use_cache": True,
    "vocab_size": 51865,
}
# What openai/whisper-large-v3, its turbo and distil-large-v3 change of it.
LARGE = BASE | {
    "d_model": 1280,
    "decoder_layers": 2,
    "encoder_attention_heads": 20,
    "encoder_ffn_dim": 5120,
    "encoder_layers": 32,
    "num_hidden_layers": 32,
    "num_mel_bins": 128,
    "apply_spec_augment": False,
    "mask_time_prob": 0.05,
    "use_weighted_layer_sum": False,
    "classifier_proj_size": 256,
    "median_filter_width": 7,
    "torch_dtype": "float16",
}
PREPROCESSOR = {
    "chunk_length": 30,
    "feature_extractor_type": "WhisperFeatureExtractor",
    "feature_size": 80,
    "hop_length": 160,
    "n_fft": 400,
    "n_samples": 480000,
    "nb_max_frames": 3000,
    "padding_side": "right",
    "padding_value": 0.0,
    "processor_class": "WhisperProcessor",
    "return_attention_mask": False,
    "sampling_rate": 16000,
}


@functools.cache
def tiny():
    return recorded_network("whisper", "whisper", prefix="model.encoder.")


@pytest.fixture(scope="module")
def checkpoint(tmp_path_factory):
    """A folder with a whole Whisper, decoder and all, that hears a second at a time."""
    preprocessor = PREPROCESSOR | {"chunk_length": 1}
    folder = tmp_path_factory.mktemp("whisper")
    return write_checkpoint(folder, "whisper", "whisper", preprocessor)


def recorded_inputs():
    arrays, _ = recorded("whisper")
    return arrays["inputs"].swapaxes(1, 2)


def test_layers_and_the_last_hidden_state_are_those_recorded():
    arrays, _ = recorded("whisper")
    states_nbth, last_bth = states_and_last(*tiny(), recorded_inputs())
    np.testing.assert_allclose(states_nbth, arrays["hidden_states_nbth"], atol=TOLERANCE)
    np.testing.assert_allclose(last_bth, arrays["last_bth"], atol=TOLERANCE)
    # Numbered as in transformers, where the final norm belongs to the last number.
    np.testing.assert_array_equal(states_nbth[2], last_bth)


def test_windows_of_a_batch_do_not_see_each_other():
    together_nbth, last_bth = states_and_last(*tiny(), recorded_inputs())
    for index in range(2):
        alone = states_and_last(*tiny(), recorded_inputs()[index : index + 1])
        np.testing.assert_allclose(alone[0][:, 0], together_nbth[:, index], rtol=1e-6, atol=1e-6)
        np.testing.assert_allclose(alone[1][0], last_bth[index], rtol=1e-6, atol=1e-6)


@pytest.mark.slow
def test_computes_in_the_dtype_of_the_weights():
    arrays, _ = recorded("whisper")
    architecture, weights = tiny()
    halved = jax.tree.map(lambda w: w.astype(jnp.bfloat16), weights)
    last_bth = jax.jit(encode, static_argnums=0)(architecture, halved, recorded_inputs())
    assert last_bth.dtype == jnp.bfloat16
    last_bth = np.asarray(last_bth, np.float32)
    assert np.corrcoef(last_bth.ravel(), arrays["last_bth"].ravel())[0, 1] > 0.99


def test_a_decoder_takes_no_memory(checkpoint, tmp_path):
    folder = shutil.copytree(checkpoint, tmp_path / "large")
    tensors = load_file(folder / "model.safetensors")
    tensors["model.decoder.embed_tokens.weight"] = np.zeros((1 << 13, 1 << 10), np.float32)
    save_file(tensors, folder / "model.safetensors")
    with traced_memory() as memory:
        read = read_checkpoint(str(folder))
    assert set(read.tensors) == set(recorded_tensors("whisper", prefix="model.encoder."))
    assert memory.peak < tensors["model.decoder.embed_tokens.weight"].nbytes / 2


def pooled(hidden_tf):
    """Frames whose centres, 0.02 s g, fall into each quarter of a second."""
    windows = np.arange(len(hidden_tf)) * 320 // 4000
    return np.stack([hidden_tf[windows == t].mean(0) for t in range(windows[-1] + 1)])


def test_of_a_short_recording_the_frames_within_it_are_kept(checkpoint, tmp_path):
    samples_s, _, short_th = recorded_windows("whisper")
    soundfile.write(tmp_path / "short.wav", samples_s[:9840], 16000, subtype="FLOAT")
    features = extracted(checkpoint, tmp_path / "short.wav")
    np.testing.assert_allclose(features, pooled(short_th), atol=1e-5)


def test_windows_of_a_long_recording_overlap(checkpoint, tmp_path):
    # 2.3 s are 115 frames. Windows of 50 begin at 0, 40 and, taken back, 65.
    samples_s, windows_nth, _ = recorded_windows("whisper")
    soundfile.write(tmp_path / "long.wav", samples_s, 16000, subtype="FLOAT")
    features = extracted(checkpoint, tmp_path / "long.wav")
    kept = [windows_nth[0, :45], windows_nth[1, 5:38], windows_nth[2, 13:]]
    np.testing.assert_allclose(features, pooled(np.concatenate(kept)), atol=1e-5)


def test_less_than_a_frame_is_too_short(checkpoint, tmp_path):
    soundfile.write(tmp_path / "blip.wav", np.zeros(318), 16000)
    with pytest.raises(FeatureError, match=r"blip\.wav: .* too short for one frame of 0.02 s"):
        extracted(checkpoint, tmp_path / "blip.wav")


def test_windows_of_another_length_are_refused(checkpoint, tmp_path):
    with pytest.raises(FeatureError, match=r"hears 1 s at a time.*window=30"):
        extracted(checkpoint, tmp_path / "any.wav", window=30.0)


def test_defaults_are_those_of_transformers():
    transformers = pytest.importorskip("transformers")
    theirs = transformers.WhisperConfig().to_dict()
    assert WhisperSettings.from_config(theirs, "theirs") == WhisperSettings()
    assert WhisperSettings.from_config({}, "empty") == WhisperSettings()


def test_of_two_names_for_a_number_transformers_takes_the_alias():
    transformers = pytest.importorskip("transformers")
    theirs = transformers.WhisperConfig(encoder_layers=2, num_hidden_layers=6)
    assert theirs.encoder_layers == 6
    with pytest.raises(FeatureError, match=r"num_hidden_layers is 6, but encoder_layers.* is 2"):
        WhisperSettings.from_config({"encoder_layers": 2, "num_hidden_layers": 6}, "m")


def test_published_configurations():
    base, large = (WhisperSettings.from_config(config, "m") for config in (BASE, LARGE))
    assert (base.d_model, base.encoder_layers, base.num_mel_bins) == (512, 6, 80)
    assert (large.d_model, large.encoder_attention_heads, large.num_mel_bins) == (1280, 20, 128)
    assert hash(large)  # static in compiled programs
    assert front_end(base, PREPROCESSOR, "m").geometry.window_frames == 1500
    # Older ones keep the filters; newer ones may dither, which these do not.
    assert front_end(base, PREPROCESSOR | {"mel_filters": [[0.0]], "dither": 0.0}, "m")
    assert front_end(large, PREPROCESSOR | {"feature_size": 128}, "m")


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("model_type", "whisper_encoder"),
        ("activation_function", "gelu_new"),
        ("d_model", 513),
        ("d_model", "512"),
        ("encoder_layers", 0),
        ("encoder_layers", 10**9),
        ("num_hidden_layers", 7),
        ("num_attention_heads", None),
        ("encoder_ffn_dim", 2**40),
        ("max_source_positions", -1),
        ("num_mel_bins", True),
    ],
)
def test_other_networks_are_refused_by_name(name, value):
    with pytest.raises(FeatureError, match=rf"^m/config\.json: {name} .*{value!r}") as error:
        WhisperSettings.from_config(BASE | {name: value}, "m/config.json")
    assert_told_in_one_line(error.value)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("feature_size", 128),
        ("chunk_length", 20),
        ("hop_length", 320),
        ("n_fft", 512),
        ("dither", 1e-4),
        ("padding_value", 1.0),
        ("sampling_rate", 8000),
        ("sampling_rate", [16000]),
    ],
)
def test_other_front_ends_are_refused_by_name(name, value):
    with pytest.raises(FeatureError, match=r"^m: .*(Hz|is)") as error:
        front_end(WhisperSettings(), PREPROCESSOR | {name: value}, "m")
    assert_told_in_one_line(error.value)
    assert repr(value) in str(error.value)


@settings(deadline=None, max_examples=30)
@given(preprocessor=st.dictionaries(st.sampled_from(list(PREPROCESSOR)), ANYTHING))
def test_any_preprocessor_is_read_or_refused_in_one_line(preprocessor):
    try:
        assert front_end(WhisperSettings(), preprocessor, "m")
    except FeatureError as error:
        assert_told_in_one_line(error)


def their_encoder(**sizes):
    torch = pytest.importorskip("torch")
    pytest.importorskip("transformers")
    from transformers import WhisperConfig
    from transformers.models.whisper.modeling_whisper import WhisperEncoder

    torch.manual_seed(2)
    return WhisperEncoder(WhisperConfig(**sizes)).eval()


@pytest.mark.parity
def test_installed_pytorch():
    encoder = shaken(
        their_encoder(
            d_model=24,
            encoder_layers=3,
            encoder_attention_heads=3,
            encoder_ffn_dim=40,
            max_source_positions=60,
            num_mel_bins=128,
        )
    )
    energies_bcm = np.random.default_rng(0).normal(size=(2, 128, 120)).astype(np.float32)
    theirs = encoder.conv1.weight.new_tensor(energies_bcm)
    assert_theirs(encoder, theirs, energies_bcm.swapaxes(1, 2), (0, 1, 2, 3), TOLERANCE)
