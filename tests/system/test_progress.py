import io
import logging
import os
import re
import resource
import sys
import threading

import pytest
from rich.console import Console

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


def test_a_stage_is_never_silent_for_long(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(progress, "_SECONDS_BETWEEN_LINES", 0.05)
    told = threading.Event()

    class Told(logging.Handler):
        def emit(self, record):
            told.set()

    log, handler = logging.getLogger("affdyn_jax"), Told()
    with progress.logging_to(tmp_path / "log.txt"):
        log.addHandler(handler)
        try:
            with progress.stage("training", 8, "epochs", done_before=3) as advance:
                assert told.wait(10)  # also before the first epoch is over
                advance("2 lanes training")
                told.clear()
                assert told.wait(10)
        finally:
            log.removeHandler(handler)
    shown = [line.split(" ", 1) for line in capsys.readouterr().err.splitlines()]
    assert all(re.fullmatch(r"\d\d:\d\d:\d\d", time) for time, _ in shown)
    lines = [line for _, line in shown]
    assert lines[0] == "training: 3/8 epochs"
    assert re.fullmatch(r"training: 4/8 epochs, 2 lanes training, at most 0:0\d left", lines[-2]), (
        lines
    )
    assert re.fullmatch(r"training: 1 epochs in \d+\.\d s, 2 lanes training", lines[-1])
    kept = (tmp_path / "log.txt").read_text().splitlines()
    assert [line.split(" INFO ")[1] for line in kept] == lines


def test_only_warnings_and_errors_have_their_level(tmp_path, capsys):
    with progress.logging_to(tmp_path / "log.txt"):
        logging.getLogger("affdyn_jax").info("of %d", 3)
        logging.getLogger("affdyn_jax").warning("of %d", 4)
    shown = [line.split(" ", 1)[1] for line in capsys.readouterr().err.splitlines()]
    assert shown == ["of 3", "warning: of 4"]
    assert " INFO of 3\n" in (tmp_path / "log.txt").read_text()


@pytest.mark.parametrize("width", [40, 80, 200])
def test_a_terminal_shows_lines_and_a_bar_that_fit(tmp_path, monkeypatch, width):
    written = io.StringIO()
    console = Console(file=written, force_terminal=True, width=width, color_system=None)
    monkeypatch.setattr(progress, "_console", console)
    with (
        progress.logging_to(tmp_path / "log.txt"),
        progress.stage("training H = 16, 66 lanes", 100, "epochs") as advance,
    ):
        advance("44 lanes training, best dev CCC so far 0.783")
        logging.getLogger("affdyn_jax").warning("%s: rater never moves", "a" * 40)
    rows = [
        re.sub(r"\x1b\[\S*?[A-Za-z]", "", row) for row in re.split(r"[\r\n]+", written.getvalue())
    ]
    assert max(map(len, rows)) <= width
    assert any("1/100 epochs" in row for row in rows)
    (line, *_) = (row for row in rows if "warning: " in row)
    assert re.match(r"\d\d:\d\d:\d\d warning: ", line)


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
    shown = [line.split(" ", 1)[1] for line in capsys.readouterr().err.splitlines()]
    (told,) = (line for line in shown if str(file) in line)
    assert "warning: " in told and "cannot be written (File too large)" in told
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
    assert stderr.read().endswith(" warning: P\\udce9.csv: rater never moves\n")


def test_logging_is_as_it_was_afterwards(tmp_path):
    log = logging.getLogger("affdyn_jax")
    before = (log.level, log.propagate, list(log.handlers))
    with progress.logging_to(tmp_path / "log.txt"):
        assert log.handlers != before[2]
    assert (log.level, log.propagate, list(log.handlers)) == before
