import io
import logging
import os
import resource
import sys

from affdyn_jax.system import progress


def test_lines_go_to_the_file_and_a_stage_says_how_it_ended(tmp_path):
    file = tmp_path / "run" / "log.txt"
    with progress.logging_to(file), progress.stage("features mfb", 2, "recordings") as advance:
        advance("a")
        advance("b")
    lines = file.read_text().splitlines()
    assert len(lines) == 1
    assert "features mfb: 2 recordings in" in lines[0]
    assert lines[0].endswith("s, b")


def test_long_stages_say_where_they_are(tmp_path, monkeypatch):
    now = iter(range(0, 1000, 4))
    monkeypatch.setattr(progress.time, "monotonic", lambda: float(next(now)))
    with (
        progress.logging_to(tmp_path / "log.txt"),
        progress.stage("training", 8, "epochs") as advance,
    ):
        for _ in range(8):
            advance("3 lanes training")
    lines = (tmp_path / "log.txt").read_text().splitlines()
    # Four seconds a unit, a line after more than ten: at 12 s and 24 s, and at the end.
    assert [line.split(" INFO ")[1] for line in lines] == [
        "training: 3/8 epochs, 3 lanes training, at most 0:00:20 left",
        "training: 6/8 epochs, 3 lanes training, at most 0:00:08 left",
        "training: 8 epochs in 36.0 s, 3 lanes training",
    ]


def test_a_full_disk_is_reported_once_and_the_run_continues(tmp_path, capsys):
    file = tmp_path / "log.txt"
    log = logging.getLogger("affdyn_jax")
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    try:
        with progress.logging_to(file):
            log.info("before")
            resource.setrlimit(resource.RLIMIT_FSIZE, (file.stat().st_size, limits[1]))
            log.info("meanwhile")
            log.info("later")
            resource.setrlimit(resource.RLIMIT_FSIZE, limits)
            log.info("after")
            resource.setrlimit(resource.RLIMIT_FSIZE, (file.stat().st_size, limits[1]))
            log.info("at the end")
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    shown = [line.split(" ", 3)[3] for line in capsys.readouterr().err.splitlines()]
    (told,) = (line for line in shown if str(file) in line)
    assert "cannot be written (File too large)" in told
    shown.remove(told)
    assert shown == ["before", "meanwhile", "later", "after", "at the end"]
    written = [line.split(" ", 3)[3] for line in file.read_text().splitlines()]
    assert written[0] == "before" and "after" in written


def test_a_file_name_that_is_not_utf8_is_shown_with_escapes(tmp_path, monkeypatch):
    stderr = io.TextIOWrapper(io.BytesIO(), "utf-8", "backslashreplace")  # as Python makes it
    monkeypatch.setattr(sys, "stderr", stderr)
    with progress.logging_to(tmp_path / "log.txt"):
        logging.getLogger("affdyn_jax").warning("%s: rater never moves", os.fsdecode(b"P\xe9.csv"))
    assert (tmp_path / "log.txt").read_text().endswith("P\\udce9.csv: rater never moves\n")
    stderr.seek(0)
    assert stderr.read().endswith("P\\udce9.csv: rater never moves\n")


def test_logging_is_as_it_was_afterwards(tmp_path):
    log = logging.getLogger("affdyn_jax")
    before = (log.level, log.propagate, list(log.handlers))
    with progress.logging_to(tmp_path / "log.txt"):
        assert log.handlers != before[2]
    assert (log.level, log.propagate, list(log.handlers)) == before
