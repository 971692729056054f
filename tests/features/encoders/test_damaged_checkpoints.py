"""Folders of each family after accidents: an extractor, or a refusal in one line."""

import json

import pytest
from hypothesis import given, settings
from safetensors.numpy import save_file

from affdyn_jax.errors import FeatureError
from affdyn_jax.features.encoders import odyssey
from affdyn_jax.features.encoders.checkpoint import read_checkpoint
from affdyn_jax.features.encoders.extraction import EncoderFeatures, EncoderIdentity
from tests import checkpoints
from tests.features.encoders import spectral_networks
from tests.fuzzing import assert_told_in_one_line, damaged, examples
from tests.recorded_encoders import recorded_encoder

OF_WAVEFORMS = ("hubert_tiny", "wavlm_tiny", "data2vec_tiny", "unispeech_sat_tiny")
SPECTRAL = {
    "whisper": ("whisper", {"chunk_length": 1, "n_fft": 400, "feature_size": 80}),
    "w2v_bert": ("wav2vec2-bert", {"num_mel_bins": 80, "stride": 2, "padding_value": 1}),
}
CONFIG, PREPROCESSOR, WEIGHTS = "config.json", "preprocessor_config.json", "model.safetensors"
ADAPTERS = "adapter.deu.safetensors"
FILES = [
    *((name, file) for name in OF_WAVEFORMS for file in (CONFIG, WEIGHTS)),
    *((name, file) for name in SPECTRAL for file in (CONFIG, PREPROCESSOR, WEIGHTS)),
    *(("mms", file) for file in (CONFIG, ADAPTERS)),
    *(("odyssey", file) for file in (CONFIG, WEIGHTS)),
]


@pytest.fixture
def folder(name, tmp_path, monkeypatch):
    """A checkpoint of the family whose `name` a test is given."""
    if name in SPECTRAL:
        return spectral_networks.write_checkpoint(tmp_path, name, *SPECTRAL[name])
    if name == "mms":
        checkpoints.write_checkpoint(tmp_path, "mms_tiny", "wav2vec2.", {})
        tensors = recorded_encoder("mms_tiny").tensors
        adapters = {f"wav2vec2.{key}": t for key, t in tensors.items() if "adapter_layer" in key}
        save_file(adapters, tmp_path / ADAPTERS)
        return tmp_path
    if name == "odyssey":
        wavlm = recorded_encoder("wavlm_tiny_large").config
        monkeypatch.setattr(odyssey, "_FINE_TUNED", {"a/wavlm": wavlm})
        checkpoints.write_checkpoint(tmp_path, "wavlm_tiny_large", "ssl_model.", {})
        config = {"model_type": "ser", "ssl_type": "a/wavlm", "mean": -1e-4, "std": 0.1}
        (tmp_path / CONFIG).write_text(json.dumps(config))
        return tmp_path
    return checkpoints.write_checkpoint(tmp_path, name, "", {})


def attempt(folder):
    """Read the checkpoint; whether that worked."""
    adapter = "deu" if (folder / ADAPTERS).exists() else ""
    try:
        checkpoint = read_checkpoint(str(folder), adapter=adapter)
        identity = EncoderIdentity(checkpoint.identity, None, 1.0, 0.2, "float32")
        EncoderFeatures(checkpoint, identity, str(folder))
    except FeatureError as error:
        assert_told_in_one_line(error)
        return False
    return True


@pytest.mark.parametrize(("name", "file"), FILES)
@examples(4, 500)
def test_a_damaged_file_ends_in_an_extractor_or_a_refusal(folder, file, examples):
    content = (folder / file).read_bytes()
    assert attempt(folder)

    @settings(deadline=None, max_examples=examples, database=None)
    @given(damaged(content))
    def read(content):
        (folder / file).write_bytes(content)
        attempt(folder)

    read()


@pytest.mark.parametrize(("name", "file"), [f for f in FILES if f[1] in (WEIGHTS, ADAPTERS)])
def test_weights_cut_short_are_refused(folder, file):
    content = (folder / file).read_bytes()
    for length in range(0, len(content), len(content) // 20):
        (folder / file).write_bytes(content[:length])
        assert not attempt(folder)
