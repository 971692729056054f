"""A tiny WavLM in the form of Odyssey's baselines; that it is WavLM, `test_families.py` tests."""

import json

import jax
import numpy as np
import pytest

from affdyn_jax.errors import FeatureError
from affdyn_jax.features.encoders import odyssey
from affdyn_jax.features.encoders.architecture import Architecture, encode
from affdyn_jax.features.encoders.checkpoint import read_checkpoint
from affdyn_jax.features.encoders.extraction import read_encoder
from affdyn_jax.features.settings import EncoderSettings
from tests.checkpoints import write_checkpoint
from tests.recorded_encoders import recorded_encoder

CONFIG = {
    "model_type": "ser",
    "ssl_type": "microsoft/wavlm-large",
    "hidden_size": 1024,
    "mean": -0.25,
    "std": 0.5,
}


@pytest.fixture
def folder(tmp_path, monkeypatch):
    config = recorded_encoder("wavlm_tiny_large").config
    monkeypatch.setattr(odyssey, "_FINE_TUNED", {"microsoft/wavlm-large": config})
    others = {"pool_model.sap_linear.weight": np.ones((2, 2), np.float32)}
    others |= {"ser_model.out.0.bias": np.ones(3, np.float32)}
    write_checkpoint(tmp_path, "wavlm_tiny_large", "ssl_model.", others)
    (tmp_path / "preprocessor_config.json").unlink()
    (tmp_path / "config.json").write_text(json.dumps(CONFIG))
    return tmp_path


def test_samples_are_standardised_by_those_of_training(folder):
    samples = np.random.default_rng(1).normal(size=1400).astype(np.float32)
    extractor = read_encoder(EncoderSettings(model=str(folder)), ())
    frames = next(extractor.frames(lambda: [samples], "here"))
    model = recorded_encoder("wavlm_tiny_large")
    inputs_bs = (samples[None] + 0.25) / np.float32(0.5 + 1e-6)
    expected_bth = jax.jit(encode, static_argnums=0)(model.architecture, model.weights, inputs_bs)
    np.testing.assert_allclose(frames.values_sf, expected_bth[0], atol=1e-5)
    assert not extractor.front_end["recording_normalised"]
    assert extractor.front_end["samples_less"] == -0.25


def test_the_strangest_scale_that_passes_makes_numbers(folder):
    (folder / "config.json").write_text(json.dumps(CONFIG | {"mean": 2.0**15, "std": 2.0**-15}))
    extractor = read_encoder(EncoderSettings(model=str(folder)), ())
    samples = np.linspace(-1, 1, 1400, dtype=np.float32)
    assert np.isfinite(next(extractor.frames(lambda: [samples], "here")).values_sf).all()


def test_it_is_wavlm_large():
    settings = Architecture.of(CONFIG, "a").settings
    assert (settings.hidden_size, settings.num_hidden_layers, settings.num_buckets) == (
        *(1024, 24),
        320,
    )
    assert settings.do_stable_layer_norm and not settings.conv_bias


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"ssl_type": "facebook/hubert-large-ll60k"}, "ssl_type is 'facebook/hubert-large-ll60k'"),
        ({"ssl_type": ["x"]}, "ssl_type is"),
        ({"mean": None}, "mean is None"),
        ({"std": 0.0}, "std is 0.0"),
        ({"std": float("inf")}, "std is inf"),
        ({"mean": 1e300}, "mean is 1e+300"),
        ({"mean": -1e38}, "mean is -1e+38"),
        ({"std": 1e300}, "std is 1e+300"),
        ({"std": 1e-300}, "std is 1e-300"),
    ],
)
def test_others_are_refused_by_name(changed, words):
    with pytest.raises(FeatureError) as error:
        Architecture.of(CONFIG | changed, "a/config.json")
    assert str(error.value).startswith("a/config.json: ") and words in str(error.value)


def test_a_missing_scale_is_named(folder):
    (folder / "config.json").write_text(json.dumps({"ssl_type": "microsoft/wavlm-large"}))
    with pytest.raises(FeatureError, match="has no mean and no std"):
        Architecture.of(read_checkpoint(str(folder)).config, str(folder))
