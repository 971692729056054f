"""Windows, batches and the cache against the encoder applied by hand."""

import dataclasses
import functools
import json

import jax
import numpy as np
import pytest
import soundfile

from affdyn_jax.errors import AudioError, FeatureError
from affdyn_jax.features.cache import describe
from affdyn_jax.features.encoders.architecture import Architecture, encode
from affdyn_jax.features.encoders.checkpoint import read_checkpoint
from affdyn_jax.features.encoders.extraction import (
    EncoderFeatures,
    EncoderIdentity,
    read_encoder,
)
from affdyn_jax.features.encoders.weights import load
from affdyn_jax.features.extraction import extract_features
from affdyn_jax.features.settings import EncoderSettings
from tests.commands import call


@pytest.fixture(scope="module")
def checkpoint(tiny_checkpoint):
    return read_checkpoint(str(tiny_checkpoint))


@pytest.fixture(scope="module")
def audio(tmp_path_factory):
    """Recordings of 0.6, 1.0, 2.3 and 3.71 s."""
    folder = tmp_path_factory.mktemp("audio")
    paths = {}
    for number, seconds in enumerate((0.6, 1.0, 2.3, 3.71)):
        samples = 0.1 + 0.2 * np.random.default_rng(number).normal(size=round(seconds * 16000))
        paths[f"r{number}"] = folder / f"r{number}.wav"
        soundfile.write(paths[f"r{number}"], np.clip(samples, -1, 1), 16000, subtype="FLOAT")
    return paths


def features_of(checkpoint, **changed):
    settings = {"layers": None, "window": 1.0, "overlap": 0.2, "dtype": "float32"} | changed
    return EncoderFeatures(checkpoint, EncoderIdentity(checkpoint.identity, **settings), "tiny")


def hidden_by_hand(checkpoint, samples, layers=None):
    """Normalised as transformers' feature extractor documents it, encoded in one piece."""
    samples = samples.astype(np.float64)
    samples = (samples - samples.mean()) / np.sqrt(samples.var() + 1e-7)
    return pieces(checkpoint, layers)(np.float32(samples))


def pieces(checkpoint, layers=None):
    architecture = Architecture.of(checkpoint.config, "tiny")
    weights = load(architecture, checkpoint.tensors, "tiny")
    run = jax.jit(functools.partial(encode, architecture, weights, layers=layers))
    return lambda samples: np.asarray(run(samples[None])[0])


def pooled(hidden_tf):
    """Frames whose centres, 0.0125 s + 0.02 s g, fall into each quarter of a second."""
    centres = 0.0125 + 0.02 * np.arange(len(hidden_tf))
    windows = (centres / 0.25).astype(int)
    return np.stack([hidden_tf[windows == t].mean(0) for t in range(windows[-1] + 1)])


def test_a_recording_within_one_window_is_encoded_in_one_piece(checkpoint, audio, tmp_path):
    short = {name: audio[name] for name in ("r0", "r1")}
    features = extract_features(short, features_of(checkpoint), 4.0, tmp_path)
    for name, path in short.items():
        expected = pooled(hidden_by_hand(checkpoint, soundfile.read(path)[0]))
        assert features[name].dtype == np.float32
        np.testing.assert_allclose(features[name], expected, atol=1e-5)


def test_it_is_made_as_the_settings_say(tiny_checkpoint, checkpoint):
    settings = EncoderSettings(model=str(tiny_checkpoint), window=5.0, overlap=1.0)
    made = read_encoder(settings, layers=())
    assert made.checkpoint == checkpoint.identity
    assert made.identity == EncoderIdentity(checkpoint.identity, None, 5.0, 1.0, "float32")
    assert not made.is_streamable
    cut = read_encoder(dataclasses.replace(settings, cut=True), layers=(1, 2))
    assert (cut.identity.layers, cut.identity.overlap) == ((1, 2), None)


@pytest.mark.parametrize("layers", [pytest.param((1,), marks=pytest.mark.slow), (0, 2)])
def test_layers(checkpoint, audio, tmp_path, layers):
    extractor = features_of(checkpoint, layers=layers)
    features = extract_features({"r0": audio["r0"]}, extractor, 4.0, tmp_path)
    expected = pooled(hidden_by_hand(checkpoint, soundfile.read(audio["r0"])[0], layers))
    np.testing.assert_allclose(features["r0"], expected, atol=1e-5)


def test_windows_are_joined_where_they_meet(checkpoint, audio, tmp_path):
    # 3.71 s are 185 frames. Windows of 50 frames begin every 40: at 0, 40, 80, 120 and 135,
    # taken back. Seams lie in the middle of what they share.
    features = extract_features({"r3": audio["r3"]}, features_of(checkpoint), 4.0, tmp_path)
    samples = soundfile.read(audio["r3"])[0]
    samples = np.float32((samples - samples.mean()) / np.sqrt(samples.var() + 1e-7))
    encode_piece = pieces(checkpoint)
    kept = []
    for first, begin, end in (
        (0, 0, 45),
        (40, 45, 85),
        (80, 85, 125),
        (120, 125, 153),
        (135, 153, 185),
    ):
        start = 320 * first
        window_tf = encode_piece(samples[start : start + 49 * 320 + 400])
        assert len(window_tf) == 50
        kept.append(window_tf[begin - first : end - first])
    np.testing.assert_allclose(features["r3"], pooled(np.concatenate(kept)), atol=1e-5)


def test_batches_of_any_size_give_the_same(checkpoint, audio, tmp_path):
    extractor = features_of(checkpoint)
    assert extractor.batch_size == 1
    one_by_one = extract_features(audio, extractor, 4.0, tmp_path / "a")
    extractor.batch_size = 3
    together = extract_features(audio, extractor, 4.0, tmp_path / "b")
    assert list(together) == list(audio)
    for name in audio:
        np.testing.assert_allclose(together[name], one_by_one[name], atol=1e-6)


def test_cut_windows_lose_the_frame_across(checkpoint, audio, tmp_path):
    features = extract_features(
        {"r2": audio["r2"]}, features_of(checkpoint, overlap=None), 4.0, tmp_path
    )
    samples = soundfile.read(audio["r2"])[0]
    samples = np.float32((samples - samples.mean()) / np.sqrt(samples.var() + 1e-7))
    encode_piece = pieces(checkpoint)
    parts = [encode_piece(samples[s : s + 16000]) for s in (0, 16000, 32000)]
    assert [len(part) for part in parts] == [49, 49, 14]
    centres = np.concatenate(
        [0.0125 + start + 0.02 * np.arange(len(part)) for start, part in enumerate(parts)]
    )
    windows = (centres / 0.25).astype(int)
    hidden_tf = np.concatenate(parts)
    expected = np.stack([hidden_tf[windows == t].mean(0) for t in range(windows[-1] + 1)])
    np.testing.assert_allclose(features["r2"], expected, atol=1e-5)


def test_what_is_done_is_not_done_again(checkpoint, audio, tmp_path):
    reported = []
    report = lambda name, seconds, from_cache: reported.append((name, from_cache))  # noqa: E731
    some = {name: audio[name] for name in ("r0", "r3")}
    first = extract_features(some, features_of(checkpoint), 4.0, tmp_path, on_recording=report)
    again = extract_features(audio, features_of(checkpoint), 4.0, tmp_path, on_recording=report)
    assert sorted(reported[:2]) == [("r0", False), ("r3", False)]
    assert sorted(reported[2:]) == [("r0", True), ("r1", False), ("r2", False), ("r3", True)]
    for name in some:
        np.testing.assert_array_equal(first[name], again[name])


@pytest.mark.parametrize(
    "changed", [{"layers": (1,)}, {"window": 0.9}, {"overlap": 0.1}, {"dtype": "bfloat16"}]
)
def test_other_settings_are_other_features(checkpoint, audio, tmp_path, changed):
    reported = []
    for settings in ({}, changed):
        extractor = features_of(checkpoint, **settings)
        extract_features(
            {"r2": audio["r2"]},
            extractor,
            4.0,
            tmp_path,
            on_recording=lambda *said: reported.append(said[2]),
        )
    assert reported == [False, False]


def test_entries_of_earlier_versions_are_found(tmp_path):
    (tmp_path / "a.wav").write_bytes(b"a")
    identity = EncoderIdentity("0" * 64, (1, 2), 30.0, None, "float32")
    described = json.loads(describe(tmp_path / "a.wav", identity, 4.0))
    assert described["extractor"] == {
        "class": "Wav2Vec2Settings",
        "version": 1,
        "fields": {
            "checkpoint": "0" * 64,
            "layers": [1, 2],
            "window": 30.0,
            "overlap": None,
            "dtype": "float32",
        },
    }


def test_a_recording_that_fails_leaves_those_before_it_in_the_cache(checkpoint, audio, tmp_path):
    broken = tmp_path / "broken.wav"
    broken.write_text("no audio")
    with pytest.raises(AudioError, match=r"broken\.wav"):
        extract_features(
            {"r0": audio["r0"], "b": broken}, features_of(checkpoint), 4.0, tmp_path / "cache"
        )
    reported = []
    extract_features(
        {"r0": audio["r0"]},
        features_of(checkpoint),
        4.0,
        tmp_path / "cache",
        on_recording=lambda *said: reported.append(said[2]),
    )
    assert reported == [True]


def test_too_short(checkpoint, tmp_path):
    soundfile.write(tmp_path / "blip.wav", np.zeros(399), 16000)
    with pytest.raises(FeatureError, match=r"blip\.wav: .* too short for one frame of 0.025 s"):
        extract_features(
            {"blip": tmp_path / "blip.wav"}, features_of(checkpoint), 4.0, tmp_path / "cache"
        )


def test_checkpoints_of_another_geometry_are_refused(checkpoint):
    other = dataclasses.replace(checkpoint, preprocessor={"sampling_rate": 8000})
    with pytest.raises(FeatureError, match=r"tiny: its feature extractor wants audio at 8000 Hz"):
        features_of(other)
    other = dataclasses.replace(checkpoint, preprocessor={"do_normalize": "no"})
    with pytest.raises(FeatureError, match=r"do_normalize is 'no', neither true nor false"):
        features_of(other)
    strides = checkpoint.config | {"conv_stride": [5, 2, 2, 2, 2, 2, 1]}
    other = dataclasses.replace(checkpoint, config=strides)
    with pytest.raises(FeatureError, match="frames of 400 samples every 160"):
        features_of(other)


def with_another_convolution(checkpoint):
    """A network whose frames are twice as far apart, as mHuBERT's of 25 Hz are."""
    config = checkpoint.config | {
        "conv_dim": [*checkpoint.config["conv_dim"], checkpoint.config["conv_dim"][-1]],
        "conv_kernel": [10, 3, 3, 3, 3, 2, 2, 2],
        "conv_stride": [5, 2, 2, 2, 2, 2, 2, 2],
    }
    of_seventh = "feature_extractor.conv_layers.6."
    added = {
        name.replace("layers.6", "layers.7"): tensor
        for name, tensor in checkpoint.tensors.items()
        if name.startswith(of_seventh)
    }
    return dataclasses.replace(checkpoint, config=config, tensors=checkpoint.tensors | added)


def test_25_frames_a_second(checkpoint, audio, tmp_path):
    checkpoint = with_another_convolution(checkpoint)
    extractor = features_of(checkpoint)
    hidden_th = hidden_by_hand(checkpoint, soundfile.read(audio["r0"])[0])
    # 0.6 s: frames begin every 40 ms, and see 45.
    times_s = 0.0225 + 0.04 * np.arange(14)
    assert len(hidden_th) == 14
    features = extract_features({"r0": audio["r0"]}, extractor, 4.0, tmp_path / "cache")["r0"]
    expected = [hidden_th[(times_s // 0.25) == row].mean(0) for row in range(3)]
    np.testing.assert_allclose(features, expected, atol=1e-5)
    assert extractor.front_end["hop_length"] == 640


def test_windows_that_do_not_advance_are_refused(checkpoint):
    with pytest.raises(FeatureError, match=r"never advance by a frame of 0\.04 s"):
        features_of(with_another_convolution(checkpoint), window=1.0, overlap=0.99)


def test_two_devices_share_a_batch(checkpoint, tiny_checkpoint, audio, tmp_path):
    program = (
        "import sys, jax, numpy as np\n"
        "from pathlib import Path\n"
        "from affdyn_jax.features.extraction import extract_features\n"
        "from affdyn_jax.features.encoders.checkpoint import read_checkpoint\n"
        "from affdyn_jax.features.encoders.extraction import *\n"
        "model, audio, cache, out = sys.argv[1:]\n"
        "checkpoint = read_checkpoint(model)\n"
        "settings = EncoderIdentity(checkpoint.identity, None, 1.0, 0.2, 'float32')\n"
        "assert EncoderFeatures(checkpoint, settings, model).batch_size == 1\n"
        "extractor = EncoderFeatures(checkpoint, settings, model, jax.devices())\n"
        "assert extractor.batch_size == len(jax.devices()) == 2\n"
        "features = extract_features({'r3': Path(audio)}, extractor, 4.0, Path(cache))\n"
        "np.save(out, features['r3'])\n"
    )
    arguments = [tiny_checkpoint, audio["r3"], tmp_path / "two", tmp_path / "two.npy"]
    two_devices = "--xla_force_host_platform_device_count=2"
    ended = call("-c", program, *arguments, XLA_FLAGS=two_devices)
    assert ended.status == 0, ended.stderr
    one = extract_features({"r3": audio["r3"]}, features_of(checkpoint), 4.0, tmp_path / "one")
    np.testing.assert_allclose(np.load(tmp_path / "two.npy"), one["r3"], atol=1e-5)


def test_hidden_states_that_overflow_are_named_and_not_kept(checkpoint, audio, tmp_path):
    (name,) = (n for n in checkpoint.tensors if n.endswith("encoder.layer_norm.weight"))
    tensors = checkpoint.tensors | {name: np.full_like(checkpoint.tensors[name], 3e38)}
    overflowing = features_of(dataclasses.replace(checkpoint, tensors=tensors))
    with pytest.raises(FeatureError, match=r"r1\.wav: feature \d is -?inf at 0 s"):
        extract_features({"r1": audio["r1"]}, overflowing, 4.0, tmp_path)
    assert not list(tmp_path.iterdir())
