"""Three columns beside the hidden states, against the head's formula by hand."""

import functools

import numpy as np
import pytest

from affdyn_jax.errors import FeatureError
from affdyn_jax.features.cache import describe
from affdyn_jax.features.encoders.checkpoint import read_checkpoint
from affdyn_jax.features.encoders.emotion_head import read_with_head
from affdyn_jax.features.encoders.extraction import read_encoder
from affdyn_jax.features.settings import EncoderSettings
from tests.checkpoints import HEAD, write_checkpoint

SAMPLES = np.random.default_rng(1).normal(size=12_000).astype(np.float32)


@pytest.fixture(scope="module")
def fine_tuned(tmp_path_factory):
    """A tiny wav2vec 2.0 with a head for three dimensions, named as audeering's."""
    folder = tmp_path_factory.mktemp("checkpoint")
    return write_checkpoint(folder, "wav2vec2_tiny_large", "wav2vec2.", HEAD)


def frames_of(extractor):
    frames = list(extractor.frames(lambda: [SAMPLES], "here"))
    return np.concatenate([of_some.values_sf for of_some in frames])


def test_arousal_dominance_and_valence_stand_behind_the_last_hidden_state(fine_tuned):
    settings = EncoderSettings(model=str(fine_tuned))
    plain, extractor = read_encoder(settings, ()), read_with_head(settings)
    assert (plain.feature_count, extractor.feature_count) == (8, 11)
    hidden_sf, with_head_sf = frames_of(plain), frames_of(extractor)
    np.testing.assert_allclose(with_head_sf[:, :8], hidden_sf, atol=1e-6)
    for hidden_f, said_3 in zip(hidden_sf, with_head_sf[:, 8:], strict=True):
        inner = np.tanh(HEAD["classifier.dense.weight"] @ hidden_f + HEAD["classifier.dense.bias"])
        expected_3 = HEAD["classifier.out_proj.weight"] @ inner + HEAD["classifier.out_proj.bias"]
        np.testing.assert_allclose(said_3, expected_3, atol=1e-5)
    assert extractor.front_end["columns_at_the_end"] == ["arousal", "dominance", "valence"]


def test_features_with_and_without_it_are_others_in_the_cache(fine_tuned, tmp_path):
    (tmp_path / "a.wav").write_bytes(b"a")
    settings = EncoderSettings(model=str(fine_tuned))
    entry = functools.partial(describe, tmp_path / "a.wav", frame_rate=4.0)
    assert entry(read_with_head(settings).identity) != entry(read_encoder(settings, ()).identity)


def test_a_checkpoint_without_such_a_head_is_refused(tmp_path, tiny_checkpoint):
    with pytest.raises(FeatureError, match="has no head for arousal, dominance and valence"):
        read_with_head(EncoderSettings(model=str(tiny_checkpoint)))
    of_two = {name: tensor[:2] if "out_proj" in name else tensor for name, tensor in HEAD.items()}
    folder = write_checkpoint(tmp_path, "wav2vec2_tiny_large", "wav2vec2.", of_two)
    assert read_checkpoint(str(folder)).head.keys() == HEAD.keys()
    with pytest.raises(FeatureError, match=r"leave features\.encoder\.emotion_head out"):
        read_with_head(EncoderSettings(model=str(folder)))
