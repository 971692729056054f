import pytest

from affdyn_jax.corpora.audio_arguments import recordings_of
from affdyn_jax.errors import AudioError, CorpusError


@pytest.fixture
def folder(tmp_path):
    for name in ("audio/b.flac", "audio/a.wav", "audio/notes.txt", "other/a.mp3", "empty/x.txt"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).touch()
    (tmp_path / "list.csv").write_text("audio,recording\naudio/a.wav,anna\n,without\n")
    (tmp_path / "nothing.csv").write_text("audio,recording\n")
    return tmp_path


def test_files_folders_and_lists(folder):
    arguments = [folder / "list.csv", folder / "audio", folder / "audio" / "a.wav", "no/such.wav"]
    recordings = recordings_of([str(argument) for argument in arguments])
    assert [(name, str(path)) for name, path in recordings.items()] == [
        ("anna", str(folder / "audio" / "a.wav")),
        ("a", str(folder / "audio" / "a.wav")),
        ("b", str(folder / "audio" / "b.flac")),
        ("such", "no/such.wav"),
    ]


@pytest.mark.parametrize(
    ("arguments", "error", "said"),
    [
        (["audio", "other/a.mp3"], AudioError, "a.mp3: is called like .*a.wav, .* an --out for"),
        (["empty"], CorpusError, "empty: holds no audio"),
        (["nothing.csv"], CorpusError, "nothing.csv: holds no audio"),
        (["no.csv"], CorpusError, "no.csv: no such file"),
        (["A.wav", "audio"], AudioError, "a.wav: is called like .*A.wav"),
        (["a;b.wav"], AudioError, "a;b.wav: 'a;b' has ;, .*; rename it"),
        (["a\nb.wav"], AudioError, r"'a\\nb' is no printable text"),
        (["a\udce9.wav"], AudioError, r"'a\\udce9' is no printable text in UTF-8"),
        ([f"{'a' * 239}.wav"], AudioError, "longer than the 238 bytes"),
    ],
)
def test_what_names_no_recordings(folder, arguments, error, said):
    with pytest.raises(error, match=said) as caught:
        recordings_of([str(folder / argument) for argument in arguments])
    assert str(caught.value).isprintable()
