"""One writer for each folder, seen from two processes."""

import errno
import json
import logging
import os
import signal
import socket
import subprocess
import sys

import pytest

from affdyn_jax.errors import RunError
from affdyn_jax.system import folder_lock
from affdyn_jax.system.folder_lock import only_writer

HOLDER = """
import sys, time
from pathlib import Path
from affdyn_jax.system.folder_lock import only_writer
with only_writer(Path(sys.argv[1])):
    print("held", flush=True)
    time.sleep(600)
"""


@pytest.fixture
def holder(tmp_path):
    process = subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(tmp_path / "run")], stdout=subprocess.PIPE, text=True
    )
    assert process.stdout.readline() == "held\n"
    yield process
    process.kill()
    process.wait()
    process.stdout.close()


def test_a_folder_in_use_is_refused_with_its_holder(tmp_path, holder):
    with (
        pytest.raises(RunError) as caught,
        only_writer(tmp_path / "run"),
    ):
        raise AssertionError("both write")
    expected = rf"in use by process {holder.pid} on {socket.gethostname()}; wait"
    assert expected in str(caught.value)


def test_a_dead_process_holds_nothing(tmp_path, holder, caplog):
    holder.send_signal(signal.SIGKILL)
    holder.wait()
    with caplog.at_level(logging.INFO), only_writer(tmp_path / "run"):
        assert json.loads((tmp_path / "run" / ".lock").read_text())["process"] == os.getpid()
    assert f"process {holder.pid} on {socket.gethostname()} has ended without" in caplog.text


def test_a_folder_can_be_held_again(tmp_path, caplog):
    with caplog.at_level(logging.INFO):
        for _ in range(2):
            with only_writer(tmp_path / "run"):
                pass
    assert not caplog.text
    with pytest.raises(ZeroDivisionError), only_writer(tmp_path / "run"):
        raise ZeroDivisionError
    with only_writer(tmp_path / "run"):
        pass


@pytest.mark.parametrize("content", [b"", b"no JSON", b"[1]", b'{"process": "x"}', b"\xff"])
def test_any_content_of_a_lock_file(tmp_path, content):
    (tmp_path / ".lock").write_bytes(content)
    with only_writer(tmp_path):
        assert json.loads((tmp_path / ".lock").read_text())["process"] == os.getpid()


def test_a_folder_that_cannot_be_made(tmp_path):
    (tmp_path / "file").touch()
    with (
        pytest.raises(RunError, match=r"file/run: cannot be written \(Not a directory\)"),
        only_writer(tmp_path / "file" / "run"),
    ):
        raise AssertionError("held")


@pytest.mark.skipif(os.name != "posix", reason="folders cannot be locked here")
def test_a_folder_whose_lock_file_was_deleted_is_in_use_all_the_same(tmp_path, holder):
    (tmp_path / "run" / ".lock").unlink()
    with (
        pytest.raises(RunError, match=r"run: in use by another process"),
        only_writer(tmp_path / "run"),
    ):
        raise AssertionError("both write")
    assert not (tmp_path / "run" / ".lock").exists()


@pytest.mark.parametrize("system", ["NFS", "Windows"])
def test_where_folders_cannot_be_locked_the_lock_file_serves(tmp_path, holder, monkeypatch, system):
    class Refusing:
        LOCK_EX, LOCK_NB = 2, 4

        def flock(self, *_):
            raise OSError(errno.EBADF, "Bad file descriptor")

    monkeypatch.setattr(folder_lock, "fcntl", Refusing() if system == "NFS" else None)
    with (
        pytest.raises(RunError, match=f"in use by process {holder.pid}"),
        only_writer(tmp_path / "run"),
    ):
        raise AssertionError("both write")
    with only_writer(tmp_path / "another"):
        assert (tmp_path / "another" / ".lock").exists()
