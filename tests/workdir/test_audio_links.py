import os

import pytest

from affdyn_jax.errors import RunError
from affdyn_jax.workdir.audio_links import AUDIO_LINKS, read_audio_links, write_audio_links


@pytest.fixture
def folders(tmp_path):
    """A run's folder and one of audio, whose names need care in a link."""
    audio = tmp_path / "a corpus, 100 %"
    audio.mkdir()
    run = tmp_path / "runs" / "demo"
    run.mkdir(parents=True)
    return run, audio


def test_links_lead_from_the_run_to_files_that_are_there(folders):
    run, audio = folders
    (audio / "Ä #1?.wav").touch()
    paths = {"one": audio / "Ä #1?.wav", "two": audio / "gone.wav"}
    write_audio_links(run, paths)
    assert read_audio_links(run) == {
        "one": "../../a%20corpus%2C%20100%20%25/%C3%84%20%231%3F.wav",
    }
    assert (run / AUDIO_LINKS).stat().st_mode & 0o777 == 0o600
    assert str(audio.parent) not in (run / AUDIO_LINKS).read_text()


def test_names_that_are_no_unicode(folders):
    run, audio = folders
    path = audio / os.fsdecode(b"\xff.wav")
    path.touch()
    write_audio_links(run, {"one": path})
    assert read_audio_links(run)["one"].endswith("/%FF.wav")


def test_runs_without_audio_and_of_earlier_versions_have_none(folders):
    run, _ = folders
    assert read_audio_links(run) == {}
    write_audio_links(run, {})
    assert read_audio_links(run) == {}


def test_a_table_that_somebody_else_made_leads_nowhere_but_to_a_file(folders):
    run, _ = folders
    (run / "javascript:alert(1)").touch()
    lines = ["recording,link", "one,javascript:alert(1)", "two,https://example.org/", "three,."]
    (run / AUDIO_LINKS).write_text("\n".join(lines) + "\n")
    assert read_audio_links(run) == {"one": "javascript%3Aalert%281%29"}


def test_a_table_that_is_none(folders):
    run, _ = folders
    (run / AUDIO_LINKS).write_text("recording\none\n")
    with pytest.raises(RunError, match="delete it"):
        read_audio_links(run)
