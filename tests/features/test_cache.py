import dataclasses
import errno
import logging
import os
import shutil
from typing import ClassVar

import librosa
import numpy as np
import pytest
import soundfile

from affdyn_jax.errors import AudioError, FeatureError
from affdyn_jax.features import cache
from affdyn_jax.features.mfb import MelFilterBanks
from affdyn_jax.features.mfcc import CepstralFunctionals


@pytest.fixture
def audio(tmp_path):
    path = tmp_path / "speech.wav"
    soundfile.write(path, np.linspace(-0.5, 0.5, 16000), 16000)
    return path


@pytest.fixture
def folder(tmp_path):
    return tmp_path / "cache"


FEATURES_TF = np.random.default_rng(0).normal(size=(12, 5)).astype(np.float32)


def test_what_is_stored_is_loaded(audio, folder):
    description = cache.describe(audio, MelFilterBanks(), 4.0)
    assert cache.load(folder, description) is None
    cache.store(folder, description, FEATURES_TF)
    loaded_tf = cache.load(folder, description)
    assert loaded_tf.dtype == np.float32
    np.testing.assert_array_equal(loaded_tf, FEATURES_TF)


def test_the_same_content_under_another_name_is_the_same(audio, tmp_path):
    copy = tmp_path / "elsewhere" / "copy.wav"
    copy.parent.mkdir()
    shutil.copy(audio, copy)
    extractor = MelFilterBanks()
    assert cache.describe(audio, extractor, 4.0) == cache.describe(copy, extractor, 4.0)


def test_other_content_under_the_same_name_is_not(audio):
    before = cache.describe(audio, MelFilterBanks(), 4.0)
    stat = audio.stat()
    content = bytearray(audio.read_bytes())
    content[-1] ^= 1
    audio.write_bytes(content)
    os.utime(audio, ns=(stat.st_atime_ns, stat.st_mtime_ns))
    assert cache.describe(audio, MelFilterBanks(), 4.0) != before


def test_every_setting_takes_part(audio, monkeypatch):
    @dataclasses.dataclass(frozen=True)
    class OtherBanks(MelFilterBanks):
        pass

    descriptions = [
        cache.describe(audio, extractor, frame_rate)
        for extractor, frame_rate in [
            (MelFilterBanks(), 4.0),
            (MelFilterBanks(), 5.0),
            (MelFilterBanks(bands=39), 4.0),
            (MelFilterBanks(window=0.026), 4.0),
            (MelFilterBanks(hop=0.011), 4.0),
            (OtherBanks(), 4.0),
            (CepstralFunctionals(), 4.0),
            (CepstralFunctionals(coefficients=12), 4.0),
            (CepstralFunctionals(mel_filter_banks=MelFilterBanks(bands=39)), 4.0),
        ]
    ]
    monkeypatch.setattr(MelFilterBanks, "version", MelFilterBanks.version + 1)
    descriptions.append(cache.describe(audio, MelFilterBanks(), 4.0))
    descriptions.append(cache.describe(audio, CepstralFunctionals(), 4.0))
    monkeypatch.setattr(librosa, "__version__", "0.0")
    descriptions.append(cache.describe(audio, MelFilterBanks(), 4.0))
    assert len(set(descriptions)) == len(descriptions)


def test_the_description_is_the_same_in_every_process(audio):
    @dataclasses.dataclass(frozen=True)
    class Constant:
        value: float = 0.1
        version: ClassVar[int] = 3

    description = cache.describe(audio, Constant(), 4.0)
    assert (
        '"extractor": {"class": "Constant", "fields": {"value": 0.1}, "version": 3}' in description
    )


def test_audio_that_cannot_be_opened(tmp_path):
    with pytest.raises(AudioError, match="cannot be opened"):
        cache.describe(tmp_path / "missing.wav", MelFilterBanks(), 4.0)


def the_entry(folder):
    (path,) = folder.iterdir()
    return path


@pytest.mark.parametrize("kept", [0, 1, 31, 32, 33, 100, -33, -1])
def test_a_truncated_entry_is_made_again(folder, caplog, kept):
    cache.store(folder, "made from this", FEATURES_TF)
    path = the_entry(folder)
    path.write_bytes(path.read_bytes()[:kept])
    with caplog.at_level(logging.WARNING):
        assert cache.load(folder, "made from this") is None
    assert str(path) in caplog.text
    cache.store(folder, "made from this", FEATURES_TF)
    np.testing.assert_array_equal(cache.load(folder, "made from this"), FEATURES_TF)


def test_any_flipped_bit_is_noticed(folder):
    cache.store(folder, "made from this", FEATURES_TF)
    path = the_entry(folder)
    whole = path.read_bytes()
    for place in range(len(whole)):
        broken = bytearray(whole)
        broken[place] ^= 1 << place % 8
        path.write_bytes(broken)
        assert cache.load(folder, "made from this") is None


def test_an_entry_under_another_s_name_is_noticed(folder):
    cache.store(folder, "made from this", FEATURES_TF)
    this = the_entry(folder)
    cache.store(folder, "made from that", FEATURES_TF + 1)
    (that,) = set(folder.iterdir()) - {this}
    shutil.copy(that, this)
    assert cache.load(folder, "made from this") is None
    np.testing.assert_array_equal(cache.load(folder, "made from that"), FEATURES_TF + 1)


def test_what_a_killed_process_leaves_is_never_read(folder, monkeypatch):
    def killed(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr("pathlib.Path.replace", killed)
    monkeypatch.setattr("pathlib.Path.unlink", lambda *_, **__: None)
    with pytest.raises(KeyboardInterrupt):
        cache.store(folder, "made from this", FEATURES_TF)
    monkeypatch.undo()
    assert len(list(folder.iterdir())) == 1
    assert cache.load(folder, "made from this") is None
    cache.store(folder, "made from this", FEATURES_TF + 1)
    np.testing.assert_array_equal(cache.load(folder, "made from this"), FEATURES_TF + 1)


def test_a_write_that_fails_leaves_nothing(folder, monkeypatch):
    def disk_full(path, content):
        path.open("wb").close()
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("pathlib.Path.write_bytes", disk_full)
    with pytest.raises(FeatureError, match="No space left on device"):
        cache.store(folder, "made from this", FEATURES_TF)
    assert list(folder.iterdir()) == []


@pytest.mark.skipif(os.name != "posix", reason="permissions are POSIX's")
@pytest.mark.parametrize("umask", [0o000, 0o022, 0o077])
def test_entries_are_for_the_user_alone(folder, umask):
    before = os.umask(umask)
    try:
        cache.store(folder, "made from this", FEATURES_TF)
    finally:
        os.umask(before)
    assert the_entry(folder).stat().st_mode & 0o777 == 0o600


def test_a_folder_that_may_not_be_written_is_reported_once(folder, caplog):
    folder.write_text("a file in its place")
    for audio in ("this", "that"):
        cache.store(folder, f"made from {audio}", FEATURES_TF)
        assert cache.load(folder, f"made from {audio}") is None
    (told,) = caplog.messages
    assert told.startswith(f"{folder}: features are computed and not kept (")


def test_a_file_system_that_is_read_only_is_reported_once(folder, caplog, monkeypatch):
    def read_only(*_, **__):
        raise OSError(errno.EROFS, "Read-only file system")

    cache.store(folder, "made from this", FEATURES_TF)
    monkeypatch.setattr("pathlib.Path.touch", read_only)
    for audio in ("that", "another"):
        cache.store(folder, f"made from {audio}", FEATURES_TF)
    (told,) = caplog.messages
    assert "not kept (Read-only file system)" in told
    np.testing.assert_array_equal(cache.load(folder, "made from this"), FEATURES_TF)
