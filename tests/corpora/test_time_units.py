"""Seconds or milliseconds, told by what is known."""

from pathlib import Path

import numpy as np
import pytest
import soundfile

from affdyn_jax.corpora.rating_trace import RatingTrace
from affdyn_jax.corpora.time_units import in_seconds
from affdyn_jax.errors import CorpusError


@pytest.fixture
def audio(tmp_path):
    """Ten seconds."""
    soundfile.write(tmp_path / "anna.wav", np.zeros(10_000), 1000)
    return tmp_path / "anna.wav"


def trace(last, step, may_be_milliseconds=True):
    times_s = np.arange(0, last + step / 2, step)
    lines = np.arange(len(times_s)) + 2
    return RatingTrace(
        *(Path("anna.csv"), times_s, times_s[:, None], ("a",), lines, "", may_be_milliseconds),
        layout="table",
    )


@pytest.mark.parametrize(
    ("last", "step", "unit"),
    [
        (9.9, 0.1, "seconds, by their steps"),
        (10, 1, "seconds, by the audio's length"),
        (5, 1, "seconds, by the audio's length"),
        (9900, 100, "milliseconds, by the audio's length"),
        (11_000, 10, "milliseconds, by the audio's length"),
        (5000, 100, "milliseconds, by the audio's length"),
    ],
)
def test_the_unit_of_a_recording_with_audio(audio, last, step, unit):
    read = in_seconds(trace(last, step), audio)
    assert read.layout == f"table ({unit})"
    assert not read.may_be_milliseconds
    assert read.times_s[-1] == pytest.approx(last / 1000 if unit.startswith("m") else last)


@pytest.mark.parametrize("last", [12, 300, 4900, 11_100])
def test_times_that_do_not_fit_the_audio_are_refused(audio, last):
    with pytest.raises(CorpusError) as caught:
        in_seconds(trace(last, 1), audio)
    assert str(caught.value) == (
        f"anna.csv: times go to {last}, but {audio} lasts 10 s, so they are neither seconds nor "
        "milliseconds; write the times in seconds, in a column 'seconds'"
    )


@pytest.mark.parametrize("audio", [None, Path("gone.wav")])
@pytest.mark.parametrize(
    ("step", "unit"), [(0.04, "seconds"), (1, "seconds"), (10, "seconds"), (40, "milliseconds")]
)
def test_the_unit_of_a_recording_whose_length_is_unknown(audio, step, unit):
    assert in_seconds(trace(100 * step, step), audio).layout == f"table ({unit}, by their steps)"


def test_times_of_a_known_unit_stay(audio):
    known = trace(9900, 100, may_be_milliseconds=False)
    assert in_seconds(known, audio) is known
