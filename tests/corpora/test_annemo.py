"""Logs as ANNEMO's `app.ts` writes them."""

import numpy as np
import pytest

from affdyn_jax.corpora.annemo import is_annemo, read_annemo
from affdyn_jax.errors import CorpusError


def move(time, value, dimension="arousal", video="anna_1.mp4", playing="true"):
    date = '"Friday, March 5th, 2021, 3:12:09 PM"'
    return f"{date},1614953529123,rater_1,{video},{dimension},{time},{value},{playing}\n"


@pytest.fixture
def logged(tmp_path):
    def logs(*lines):
        path = tmp_path / "rater_1.csv"
        path.write_text("".join(lines))
        return path

    return logs


def test_values_hold_until_they_change(logged):
    path = logged(
        "Social,0.33,0,0,0,0\n",
        move(0.02, 0.5),
        move(0.01, 0.9, video="ben_1.mp4"),
        move(0.04, -0.25),
        move(0.03, 0.1, "valence"),
        move(0.06, -0.25, playing="false"),
    )
    assert is_annemo(path.read_text())
    trace = read_annemo(path, "anna_1")
    np.testing.assert_array_equal(trace.times_s, [0, 0.01, 0.02, 0.03, 0.04, 0.05])
    assert trace.columns == ("arousal", "valence")
    nan = np.nan
    np.testing.assert_array_equal(trace.values_sc[:, 0], [nan, nan, 0.5, 0.5, -0.25, -0.25])
    # A slider that moved once, and was not there when the video ended, holds for no time.
    assert np.isnan(trace.values_sc[:, 1]).all()
    assert trace.recording == "anna_1"
    assert trace.layout == "ANNEMO, values held until they change"


def test_what_was_rated_again_replaces_what_came_after(logged):
    lines = move(0, 0.1), move(0.02, 0.2), move(0.04, 0.3), move(0.02, 0.9), move(0.05, 0)
    trace = read_annemo(logged(*lines), "anna_1")
    np.testing.assert_array_equal(trace.values_sc[:, 0], [0.1, 0.1, 0.9, 0.9, 0.9])
    assert trace.layout.endswith("1 of them rated again later: the newer ratings count")


@pytest.mark.parametrize(
    "text", ["", "Social,1,2,3,4,5\n", "a,b,c,d,e,f,g,h\n", "time;arousal\n0;1\n"]
)
def test_other_files_are_not_annemos(text):
    assert not is_annemo(text)


@pytest.mark.parametrize(
    ("lines", "told"),
    [
        ([move(0, 1), move(0.1, 1)], "no video is called 'ben', only 'anna_1.mp4'"),
        ([move(0, 1, video="ben.mp4"), "a,b\n"], ":2: 'a,b' has 2 fields"),
        ([move(0, "up", video="ben.mp4")], ":1: 'up' in column 'value'"),
        ([move(0, 1, video="ben.mp4")], "has ratings at 0 s only"),
        ([move(1e6, 1, video="ben.mp4")], ":1: time 1000000 is not one"),
    ],
)
def test_faults_are_told(logged, lines, told):
    path = logged(*lines)
    with pytest.raises(CorpusError) as caught:
        read_annemo(path, "ben")
    assert str(caught.value).startswith(str(path)) and told in str(caught.value)
    assert "\n" not in str(caught.value)
