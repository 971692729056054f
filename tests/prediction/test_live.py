"""Raw samples in, lines of JSON out."""

import io
import json
import signal

import numpy as np
import pandas as pd
import pytest

from affdyn_jax import load_run
from affdyn_jax.errors import AudioError
from affdyn_jax.prediction.live import follow
from affdyn_jax.system import stop_requests


@pytest.fixture(scope="module")
def model(trained_run):
    return load_run(trained_run, "multi-h4-w0.5")


@pytest.fixture(scope="module")
def pcm():
    noise = np.random.default_rng(0).standard_normal(40_000) * 3000
    return noise.astype("<i2")


class Dripping(io.BytesIO):
    """Gives out so many bytes at a time, as a pipe does that is filled slowly."""

    def __init__(self, content, drop):
        super().__init__(content)
        self.drop = drop

    def read1(self, size):
        return super().read1(min(size, self.drop))


def rows_of(lines):
    table = pd.DataFrame([json.loads(line) for line in lines.getvalue().splitlines()])
    return table.set_index("time")


@pytest.mark.parametrize("drop", [333, 8000, 1 << 20])
def test_a_line_for_each_row_of_the_whole(model, pcm, drop):
    lines = io.StringIO()
    follow(model.stream(16000), Dripping(pcm.tobytes() + b"\0", drop), lines)
    whole = model.predict(pcm / 32768, 16000)
    pd.testing.assert_frame_equal(rows_of(lines), whole, rtol=0, atol=1.6e-6)  # as rounded


def test_lines_are_out_before_the_sound_ends(model, pcm):
    lines, seen = io.StringIO(), []

    class Pipe(Dripping):
        def read1(self, size):
            seen.append(lines.getvalue().count("\n"))
            return super().read1(size)

    follow(model.stream(16000), Pipe(pcm.tobytes(), 8000), lines)
    assert seen == [0, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9]  # 5 ms are missing in each


def test_a_request_to_stop_ends_the_sound(model, pcm, monkeypatch):
    monkeypatch.setattr(stop_requests, "_requested", None)

    class Interrupted(Dripping):
        def read1(self, size):
            if self.tell() == 24_000:
                monkeypatch.setattr(stop_requests, "_requested", signal.SIGINT)
            return super().read1(size)

    lines = io.StringIO()
    follow(model.stream(16000), Interrupted(pcm.tobytes(), 8000), lines)
    assert len(rows_of(lines)) == 3  # the last of them at the end of what was heard


@pytest.mark.parametrize("header", [b"RIFF", b"fLaC", b"OggS", b"FORM"])
def test_files_with_headers_are_no_raw_samples(model, header):
    with pytest.raises(AudioError, match=f"begins with '{header.decode()}', as files with a head"):
        follow(model.stream(16000), Dripping(header + bytes(100), 3), io.StringIO())


@pytest.mark.parametrize("sound", [b"", b"\1"])
def test_no_sound(model, sound):
    with pytest.raises(AudioError, match="the sound ended before its first sample"):
        follow(model.stream(16000), io.BytesIO(sound), io.StringIO())
