import pytest

from affdyn_jax.errors import RunError
from affdyn_jax.system.standin_mark import has_standin_mark, write_standin_mark


def test_a_folder_is_marked_when_it_was_written_to(tmp_path):
    folder = tmp_path / "made" / "of_it"
    assert not has_standin_mark(folder)
    write_standin_mark(folder, "all of it was generated.\nNobody spoke.", "go elsewhere")
    assert has_standin_mark(folder) and not has_standin_mark(tmp_path)
    (mark,) = folder.iterdir()
    assert mark.name == "STAND-IN DATA.txt"
    assert mark.read_text() == "STAND-IN DATA: all of it was generated.\nNobody spoke.\n"


def test_a_mark_may_be_for_the_user_alone(tmp_path):
    write_standin_mark(tmp_path / "private", "generated.", "go elsewhere", private=True)
    (mark,) = (tmp_path / "private").iterdir()
    assert (mark.parent.stat().st_mode & 0o777, mark.stat().st_mode & 0o777) == (0o700, 0o600)


def test_a_folder_that_cannot_be_marked_says_the_way_out(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(RunError, match=r"cannot be written .*; go elsewhere"):
        write_standin_mark(tmp_path / "file", "generated.", "go elsewhere")
