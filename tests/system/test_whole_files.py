import os

import pytest

from affdyn_jax.system.whole_files import creating, remove_leftovers, replacing


def test_a_whole_file_replaces_the_old_one(tmp_path):
    target = tmp_path / "folder" / "lanes.csv"
    for content in ("old", "new"):
        with replacing(target) as temporary:
            assert temporary.parent == target.parent
            temporary.write_text(content)
            assert not target.exists() or target.read_text() == "old"
        assert target.read_text() == content
    assert os.listdir(target.parent) == ["lanes.csv"]  # noqa: PTH208


def test_any_name_that_the_file_system_takes(tmp_path):
    for name in (f"{'a' * 251}.csv", f"{'é' * 125}.csv", f"{'日' * 83}.csv"):
        with replacing(tmp_path / name) as temporary:
            temporary.touch()
        assert (tmp_path / name).is_file()
    with pytest.raises(RuntimeError), replacing(tmp_path / f"{'a' * 251}.csv") as temporary:
        killed = temporary.with_name(temporary.name)
        raise RuntimeError
    killed.touch()
    remove_leftovers(tmp_path)
    assert not killed.exists()


def test_a_failure_leaves_the_old_file_and_nothing_else(tmp_path):
    target = tmp_path / "lanes.csv"
    target.write_text("old")
    with pytest.raises(RuntimeError, match="disk"), replacing(target) as temporary:
        temporary.write_text("half")
        raise RuntimeError("disk")
    assert target.read_text() == "old"
    assert [path.name for path in tmp_path.iterdir()] == ["lanes.csv"]


@pytest.mark.parametrize(
    ("private", "of_file", "of_folders"), [(False, 0o640, 0o750), (True, 0o600, 0o700)]
)
def test_modes_respect_the_umask(tmp_path, private, of_file, of_folders):
    file = tmp_path / "predictions" / "dev" / "file"
    before = tmp_path.stat().st_mode
    umask = os.umask(0o027)
    try:
        with replacing(file, private=private) as temporary:
            temporary.write_text("content")
    finally:
        os.umask(umask)
    assert file.stat().st_mode & 0o777 == of_file
    assert file.parent.stat().st_mode & 0o777 == of_folders
    assert file.parent.parent.stat().st_mode & 0o777 == of_folders
    assert tmp_path.stat().st_mode == before


def test_a_file_in_the_way_of_a_folder(tmp_path):
    (tmp_path / "in the way").touch()
    with pytest.raises(OSError, match="in the way"), replacing(tmp_path / "in the way/a/b"):
        raise AssertionError("it has begun")


def test_only_leftovers_of_killed_processes_are_removed(tmp_path):
    kept = ["lanes.csv", ".lock", ".hidden-file", "a/history.csv", ".a-b/report.html"]
    for name in (*kept, f".lanes-{'0af' * 10}12.csv", f"a/.history-{'9' * 32}"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).touch()
    with pytest.raises(ZeroDivisionError), replacing(tmp_path / "a" / "killed.csv") as temporary:
        leftover = temporary.name
        raise ZeroDivisionError
    (tmp_path / "a" / leftover).touch()  # as a killed process would leave it
    remove_leftovers(tmp_path)
    files = [path.relative_to(tmp_path).as_posix() for path in tmp_path.rglob("*")]
    assert sorted(files) == sorted([*kept, "a", ".a-b"])


def test_a_folder_appears_when_it_is_whole(tmp_path):
    target = tmp_path / "a" / "corpus"
    with creating(target) as temporary:
        (temporary / "file").touch()
        assert not target.exists()
    assert [path.name for path in target.iterdir()] == ["file"]
    assert list(target.parent.iterdir()) == [target]


def test_a_failure_leaves_no_folder(tmp_path):
    with pytest.raises(RuntimeError, match="disk"), creating(tmp_path / "corpus") as temporary:
        (temporary / "file").touch()
        raise RuntimeError("disk")
    assert not list(tmp_path.iterdir())


def test_a_folder_that_is_there_stays(tmp_path):
    target = tmp_path / "corpus"
    with pytest.raises(OSError, match="corpus"), creating(target):
        target.mkdir()
        (target / "other").touch()
    assert list(tmp_path.iterdir()) == [target]
    assert [path.name for path in target.iterdir()] == ["other"]


def test_folders_that_killed_processes_left_go_and_others_stay(tmp_path):
    left = [tmp_path / f".corpus-{number:032x}" for number in range(2)]
    kept = [tmp_path / name for name in (".corpus-notes", f".corpus2-{0:032x}", f"corpus-{0:032x}")]
    for path in (*left, *kept):
        (path / "inner").mkdir(parents=True)
    (tmp_path / f"{left[0].name}.lock").touch()  # what a killed process leaves as well
    with creating(tmp_path / "corpus"):
        pass
    assert set(tmp_path.iterdir()) == {tmp_path / "corpus", *kept}


def test_a_folder_that_is_being_written_stays(tmp_path):
    with creating(tmp_path / "corpus") as slow:
        (slow / "file").touch()
        with creating(tmp_path / "corpus"):
            pass
        assert (slow / "file").exists()
        (tmp_path / "corpus").rmdir()
    assert [path.name for path in (tmp_path / "corpus").iterdir()] == ["file"]
