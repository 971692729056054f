"""Folders of Whisper and w2v-BERT after accidents: an extractor, or a refusal in one line."""

import pytest
from hypothesis import given, settings

from affdyn_jax.errors import FeatureError
from affdyn_jax.features.encoders.checkpoint import read_checkpoint
from affdyn_jax.features.encoders.extraction import EncoderFeatures, EncoderIdentity
from tests.features.encoders.spectral_networks import write_checkpoint
from tests.fuzzing import assert_told_in_one_line, damaged, examples

NETWORKS = {
    "whisper": ("whisper", {"chunk_length": 1, "n_fft": 400, "feature_size": 80}),
    "w2v_bert": ("wav2vec2-bert", {"num_mel_bins": 80, "stride": 2, "padding_value": 1}),
}
FILES = ("config.json", "preprocessor_config.json", "model.safetensors")


def attempt(folder):
    """Read the checkpoint; whether that worked."""
    try:
        checkpoint = read_checkpoint(str(folder))
        identity = EncoderIdentity(checkpoint.identity, None, 1.0, 0.2, "float32")
        EncoderFeatures(checkpoint, identity, str(folder))
    except FeatureError as error:
        assert_told_in_one_line(error)
        return False
    return True


@pytest.mark.parametrize("file", FILES)
@pytest.mark.parametrize("name", NETWORKS)
@examples(10, 500)
def test_a_damaged_file_ends_in_an_extractor_or_a_refusal(name, file, examples, tmp_path):
    folder = write_checkpoint(tmp_path, name, *NETWORKS[name])
    content = (folder / file).read_bytes()
    assert attempt(folder)

    @settings(deadline=None, max_examples=examples, database=None)
    @given(damaged(content))
    def read(content):
        (folder / file).write_bytes(content)
        attempt(folder)

    read()


@pytest.mark.parametrize("name", NETWORKS)
def test_weights_cut_short_are_refused(name, tmp_path):
    folder = write_checkpoint(tmp_path, name, *NETWORKS[name])
    content = (folder / "model.safetensors").read_bytes()
    for length in range(0, len(content), len(content) // 20):
        (folder / "model.safetensors").write_bytes(content[:length])
        assert not attempt(folder)
