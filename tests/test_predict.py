"""The command as a user calls it."""

import json
import os
import subprocess
import sys

import pandas as pd
import pytest
import soundfile

from affdyn_jax import load_run
from tests.commands import PROJECT, call


def predict(*arguments, stdin=b""):
    return call("affdyn_jax.predict", *arguments, stdin=stdin)


def test_a_folder_and_a_text_file(trained_run, standin_root, tmp_path):
    (tmp_path / "notes.wav").write_text("not audio\n")
    ended = predict(
        f"--run={trained_run}",
        f"--out={tmp_path / 'out'}",
        standin_root / "audio" / "Test_XX_01.wav",
        tmp_path / "notes.wav",
    )
    assert ended.status == 1
    last_line = ended.stderr.splitlines()[-1]
    assert last_line.startswith(f"error: {tmp_path / 'notes.wav'}: the audio cannot be read")
    assert "Traceback" not in ended.stderr


def test_live(trained_run, standin_root):
    samples, rate = soundfile.read(standin_root / "audio" / "Test_XX_01.wav", dtype="int16")
    ended = predict(
        f"--run={trained_run}", "--live", f"--sample_rate={rate}", stdin=samples.tobytes()
    )
    assert ended.status == 0, ended.stderr
    rows = pd.DataFrame([json.loads(line) for line in ended.stdout.splitlines()])
    expected = load_run(trained_run).predict(samples / 32768, rate)
    pd.testing.assert_frame_equal(rows.set_index("time"), expected, rtol=0, atol=1.6e-6)


def test_live_ends_quietly_when_nobody_reads_its_lines(trained_run):
    reader, writer = os.pipe()
    os.close(reader)
    with os.fdopen(writer, "wb") as lines:
        words = [f"--run={trained_run}", "--live"]
        ended = subprocess.run(
            [sys.executable, "-m", "affdyn_jax.predict", *words],
            cwd=PROJECT,
            input=bytes(32_000),
            stdout=lines,
            stderr=subprocess.PIPE,
            timeout=300,
            check=False,
        )
    assert (ended.returncode, ended.stderr) == (141, b"")


@pytest.mark.parametrize(
    ("arguments", "status", "said"),
    [
        (["--run=no"], 1, "name audio files, folders of them or lists, or give --live"),
        (["--run=no", "a.wav"], 1, "no: no such folder; --run takes the workdir of a run"),
        (["--run=no", "--live", "a.wav"], 1, "listens to standard input, so leave out 'a.wav'"),
        (["a.wav"], 1, "give --run, a finished run, or --model"),
        (["--run=no", "--model=no", "a.wav"], 1, "give --run, a finished run, or --model"),
        (["--model=no", "--lane=mean", "a.wav"], 1, "--lane=mean: an exported model has"),
        (["--model=no", "a.wav"], 1, "--model takes a folder that affdyn_jax.export wrote"),
        (["--run=no", "--sample_rate=fast"], 2, "fast"),
    ],
)
def test_wrong_usage_ends_in_one_line(arguments, status, said):
    ended = predict(*arguments)
    assert ended.status == status
    line = ended.stderr
    assert line.startswith("error: ")
    assert said in line
    assert line.count("\n") == 1
