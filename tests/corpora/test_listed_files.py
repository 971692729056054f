import pytest

from affdyn_jax.corpora.listed_files import read_audio_list
from affdyn_jax.errors import CorpusError


def test_a_list_of_audio_needs_two_columns_alone(tmp_path):
    (tmp_path / "a.wav").touch()
    (tmp_path / "list.csv").write_text("note, recording ,audio\nx,anna, a.wav\ny,ben,\n")
    assert read_audio_list(tmp_path / "list.csv") == {"anna": tmp_path / "a.wav"}


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("", "list.csv: the file is empty"),
        ("recording\na\n", "list.csv:1: 0 columns 'audio' in the first line 'recording'"),
        ("audio,recording,audio\n", "list.csv:1: 2 columns 'audio'"),
        ("recording,audio\na\n", "list.csv:2: 1 fields, the first line has 2"),
        ("recording,audio\na,b.wav\n", "list.csv:2: .*b.wav' is no file"),
        ("recording,audio\na,a.wav\na,a.wav\n", "list.csv:3: recording 'a' is listed twice"),
        ("recording,audio\n../a,a.wav\n", "list.csv:2: recording '../a' cannot name files"),
    ],
)
def test_a_list_of_audio_that_is_none(tmp_path, content, said):
    (tmp_path / "a.wav").touch()
    (tmp_path / "list.csv").write_text(content)
    with pytest.raises(CorpusError, match=said):
        read_audio_list(tmp_path / "list.csv")
