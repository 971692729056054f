import pytest

from affdyn_jax.corpora.folders import (
    audio_by_recording,
    audio_of,
    check_folders,
    features_by_recording,
    files_by_recording,
)
from affdyn_jax.errors import CorpusError, MissingCorpusError


def test_files_by_the_recording_they_are_named_after(tmp_path):
    for name in ("a.csv", "b.CSV", "c.txt", "._a.csv"):
        (tmp_path / name).touch()
    assert files_by_recording(tmp_path, ".csv") == {
        "a": tmp_path / "a.csv",
        "b": tmp_path / "b.CSV",
    }


def test_audio_in_any_format_but_once(tmp_path):
    (tmp_path / "a.wav").touch()
    (tmp_path / "b.flac").touch()
    audio = audio_by_recording(tmp_path)
    assert audio == {"a": tmp_path / "a.wav", "b": tmp_path / "b.flac"}
    assert audio_of(tmp_path, audio, "b", "dev") == tmp_path / "b.flac"
    with pytest.raises(CorpusError, match=r"c\.wav: no such file, nor one in .*'c' of 'dev'"):
        audio_of(tmp_path, audio, "c", "dev")
    (tmp_path / "a.mp3").touch()
    with pytest.raises(CorpusError, match="'a' has another audio file"):
        audio_by_recording(tmp_path)


def test_features_in_any_format_but_once(tmp_path):
    for name in ("a.csv", "b.npy", "c.PARQUET", "d.txt"):
        (tmp_path / name).touch()
    assert [*features_by_recording(tmp_path)] == ["a", "b", "c"]
    (tmp_path / "b.h5").touch()
    with pytest.raises(
        CorpusError, match=r"b\.npy: recording 'b' has another file of features, .*h5"
    ):
        features_by_recording(tmp_path)


def test_the_missing_folder_is_named_or_the_root(tmp_path):
    (tmp_path / "audio").mkdir()
    check_folders(str(tmp_path), ["audio"], "so")
    with pytest.raises(MissingCorpusError) as caught:
        check_folders(str(tmp_path), ["audio", "labels"], "so")
    assert str(caught.value) == f"{tmp_path}/labels: no such folder; the corpus is expected as so"
    with pytest.raises(MissingCorpusError, match="gone: no such folder"):
        check_folders(str(tmp_path / "gone"), ["audio"], "so")
    with pytest.raises(MissingCorpusError, match=r"root is not set; .*ROOT, which holds so"):
        check_folders("", ["audio"], "so")


def test_what_cannot_be_listed_is_reported(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(CorpusError, match="file: cannot be listed"):
        files_by_recording(tmp_path / "file", ".csv")
