import dataclasses
import threading
import time
from typing import ClassVar

import numpy as np
import pytest
import soundfile

from affdyn_jax.errors import AudioError, FeatureError
from affdyn_jax.features.extraction import check_audio, extract_features
from affdyn_jax.features.local_extractor import LocalExtractor
from affdyn_jax.features.mfb import MelFilterBanks
from affdyn_jax.features.mfcc import CepstralFunctionals
from tests.fuzzing import reported_faults


@dataclasses.dataclass(frozen=True)
class Loudness(LocalExtractor):
    """Mean magnitude in 10 ms pieces, slow enough to be caught in the act."""

    pause: float = 0.0

    version: ClassVar[int] = 1
    feature_count: ClassVar[int] = 1
    front_end: ClassVar[None] = None
    timing: ClassVar[None] = None
    lengths_seen: ClassVar[list[int]] = []

    def __call__(self, samples):
        self.lengths_seen.append(len(samples))
        time.sleep(self.pause)
        pieces_sw = np.abs(samples[: len(samples) // 160 * 160]).reshape(-1, 160)
        return np.arange(len(pieces_sw)) / 100, pieces_sw.mean(axis=1, keepdims=True)


@pytest.fixture(autouse=True)
def nothing_seen_yet():
    Loudness.lengths_seen.clear()


@pytest.fixture
def audio_paths(tmp_path):
    """Eight recordings of 2 to 3.75 s, their names not in the order of the alphabet."""
    paths = {}
    generator = np.random.default_rng(0)
    for number in (5, 2, 7, 0, 1, 6, 3, 4):
        path = tmp_path / f"P{number}.wav"
        noise = generator.standard_normal(int((2 + number / 4) * 16000)) * 0.1 * (number + 1) / 8
        soundfile.write(path, noise, 16000)
        paths[path.stem] = path
    return paths


@pytest.mark.parametrize("extractor", [MelFilterBanks(), CepstralFunctionals()])
def test_parallel_equals_serial_equals_cached(audio_paths, tmp_path, extractor):
    serial = extract_features(audio_paths, extractor, 4.0, tmp_path / "a", workers=1)
    parallel = extract_features(audio_paths, extractor, 4.0, tmp_path / "b", workers=4)
    cached = extract_features(audio_paths, extractor, 4.0, tmp_path / "b")
    assert list(serial) == list(parallel) == list(cached) == list(audio_paths)
    for name, serial_tf in serial.items():
        assert serial_tf.dtype == np.float32
        assert len(serial_tf) == 8 + int(name[1])
        np.testing.assert_array_equal(parallel[name], serial_tf)
        np.testing.assert_array_equal(cached[name], serial_tf)


def test_each_recording_gets_its_own_features(audio_paths, tmp_path):
    features = extract_features(audio_paths, Loudness(), 4.0, tmp_path / "cache", workers=3)
    for name, path in audio_paths.items():
        samples, _ = soundfile.read(path)
        expected_t = [np.abs(window_s).mean() for window_s in samples.reshape(-1, 4000)]
        np.testing.assert_allclose(features[name][:, 0], expected_t, rtol=1e-5)


def test_only_what_changed_is_computed_again(audio_paths, tmp_path):
    reported = []

    def extract():
        reported.clear()
        Loudness.lengths_seen.clear()
        return extract_features(
            audio_paths,
            Loudness(),
            4.0,
            tmp_path / "cache",
            on_recording=lambda name, seconds, from_cache: reported.append((name, from_cache)),
        )

    before = extract()
    assert len(Loudness.lengths_seen) == 8
    assert reported == [(name, False) for name in audio_paths]

    soundfile.write(audio_paths["P7"], np.full(32000, 0.25), 16000)
    audio_paths["P2"] = audio_paths["P2"].rename(tmp_path / "renamed.wav")
    after = extract()
    assert Loudness.lengths_seen == [32000]
    kept = [name for name in audio_paths if name != "P7"]
    assert reported == [*((name, True) for name in kept), ("P7", False)]
    assert list(after) == list(audio_paths)
    np.testing.assert_allclose(after["P7"], 0.25, atol=1e-4)
    np.testing.assert_array_equal(after["P2"], before["P2"])


def test_audio_below_the_features_rate_is_reported_once_for_all_recordings(audio_paths, caplog):
    check_audio(audio_paths)
    assert not caplog.records
    for name, rate in (("P7", 8000), ("P0", 11025)):
        soundfile.write(audio_paths[name], np.zeros(rate), rate)
    check_audio(audio_paths)
    (told,) = caplog.messages
    assert told.startswith(
        f"{audio_paths['P7']}, the first of 2 such recordings in 8: at 8000 Hz there is nothing "
        "above 4000 Hz to be heard"
    )


def test_the_faults_of_all_audio_files_are_reported_before_any_is_read(audio_paths):
    audio_paths["P2"].write_bytes(b"not audio" * 100)
    audio_paths["P1"].unlink()
    audio_paths["P4"].write_bytes(b"")
    with pytest.raises(AudioError) as caught:
        check_audio(audio_paths)
    told = [str(fault).partition(": ")[0] for fault in reported_faults(caught.value)]
    assert told == [str(audio_paths[name]) for name in ("P2", "P1", "P4")]


def test_real_speech(real_speech, tmp_path):
    paths = {path.stem: path for path in sorted(real_speech.glob("*.*a*"))}
    features = extract_features(paths, MelFilterBanks(), 4.0, tmp_path / "cache")
    assert len(features) == 5
    for name, features_tf in features.items():
        duration = soundfile.info(paths[name]).duration
        assert features_tf.shape == (int((duration - 0.0125) * 4) + 1, 40)
        assert np.isfinite(features_tf).all()
        assert np.all(features_tf.std(axis=0) > 0.05)


def test_the_first_error_in_order_is_raised_and_stops_the_rest(audio_paths, tmp_path):
    for name in ("P2", "P1"):
        audio_paths[name].write_bytes(b"not audio" * 100)
    reported = []
    threads_before = threading.active_count()
    with pytest.raises(AudioError, match=r"P2\.wav: the audio cannot be read"):
        extract_features(
            audio_paths,
            Loudness(pause=0.05),
            4.0,
            tmp_path / "cache",
            workers=1,
            on_recording=lambda name, *_: reported.append(name),
        )
    assert reported == ["P5"]
    # Besides P5, at most the one that was begun while the error was on its way.
    assert len(Loudness.lengths_seen) <= 2
    assert threading.active_count() == threads_before


def test_too_short_for_a_frame(audio_paths, tmp_path):
    soundfile.write(audio_paths["P0"], np.zeros(399), 16000)
    with pytest.raises(FeatureError) as caught:
        extract_features(audio_paths, MelFilterBanks(), 4.0, tmp_path / "cache")
    assert str(caught.value).startswith(f"{audio_paths['P0']}: 0.0249375 s of audio are too short")
    assert "\n" not in str(caught.value)


def test_a_grid_finer_than_the_frames(audio_paths, tmp_path):
    with pytest.raises(FeatureError) as caught:
        extract_features(audio_paths, MelFilterBanks(), 200.0, tmp_path / "cache")
    assert str(caught.value).startswith(f"{audio_paths['P5']}: no frame of features falls between")


def test_no_recordings(tmp_path):
    assert extract_features({}, MelFilterBanks(), 4.0, tmp_path / "cache") == {}


def test_without_a_cache_features_are_computed_with_one_warning(audio_paths, tmp_path, caplog):
    (tmp_path / "taken").touch()
    kept = extract_features(audio_paths, Loudness(), 4.0, tmp_path / "cache")
    assert not caplog.messages
    computed = extract_features(audio_paths, Loudness(), 4.0, tmp_path / "taken", workers=4)
    for name in audio_paths:
        np.testing.assert_array_equal(computed[name], kept[name])
    assert len(Loudness.lengths_seen) == 2 * len(audio_paths)
    assert len(caplog.messages) == 1
