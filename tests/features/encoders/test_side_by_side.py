"""Layers made in one pass, against each made by itself."""

import functools

import numpy as np
import pytest
import soundfile

from affdyn_jax.errors import ConfigError
from affdyn_jax.features.audio import audio_blocks
from affdyn_jax.features.encoders.extraction import read_encoder
from affdyn_jax.features.encoders.side_by_side import read_side_by_side
from affdyn_jax.features.settings import EncoderSettings

SAMPLES = np.random.default_rng(0).normal(0, 0.1, 40000)


@pytest.fixture(params=["tiny_checkpoint", "tiny_base_checkpoint"])
def checkpoint(request):
    return str(request.getfixturevalue(request.param))


def frames_of(extractor, path):
    times_s, values_sf, _ = zip(
        *extractor.frames(functools.partial(audio_blocks, path), path), strict=True
    )
    return np.concatenate(times_s), np.concatenate(values_sf)


def test_layers_at_once_are_those_made_one_at_a_time(checkpoint, tmp_path):
    soundfile.write(tmp_path / "a.wav", SAMPLES, 16000)
    settings = EncoderSettings(model=checkpoint, window=1.0, overlap=0.2, layers="all")
    together = read_side_by_side(settings)
    assert together.layers == (0, 1, 2) and together.feature_count == 3 * 8
    times_s, values_sf = frames_of(together, tmp_path / "a.wav")
    for layer in together.layers:
        alone = read_encoder(settings, (layer,))
        own_times_s, own_sf = frames_of(alone, tmp_path / "a.wav")
        np.testing.assert_array_equal(times_s, own_times_s)
        np.testing.assert_allclose(values_sf[:, 8 * layer : 8 * layer + 8], own_sf, atol=1e-6)
        assert together.identity_of(layer) == alone.identity


def test_some_layers_in_an_order_of_ones_own(tiny_checkpoint, tmp_path):
    soundfile.write(tmp_path / "a.wav", SAMPLES, 16000)
    settings = EncoderSettings(model=str(tiny_checkpoint), layers=(2, 0))
    _, values_sf = frames_of(read_side_by_side(settings), tmp_path / "a.wav")
    for place, layer in enumerate((2, 0)):
        _, own_sf = frames_of(read_encoder(settings, (layer,)), tmp_path / "a.wav")
        np.testing.assert_allclose(values_sf[:, 8 * place : 8 * place + 8], own_sf, atol=1e-6)
    assert read_side_by_side(settings).front_end["layers_side_by_side"] == [2, 0]


def test_a_layer_that_is_not_there(checkpoint):
    with pytest.raises(ConfigError, match=r"no layer 5; choose from 0, the input of .*, to 2"):
        read_side_by_side(EncoderSettings(model=checkpoint, layers=(0, 5)))
