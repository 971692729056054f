"""Files as CARMA's `fig_collect_mouse.m` and `cell2csv.m` write them."""

import numpy as np
import pytest

from affdyn_jax.corpora.carma import is_carma, read_carma
from affdyn_jax.errors import CorpusError

HEADER = """Time of Rating,26-Nov-2014 10:12:31
Multimedia File,anna_1.wav
Lower Label,very negative, calm
Upper Label,very positive
Minimum Value,-100
Maximum Value,100
Number of Steps,9
Second,Rating
%%%%%%,%%%%%%
"""


@pytest.fixture
def saved(tmp_path):
    def saves(rows, header=HEADER):
        path = tmp_path / "anna_1.csv"
        path.write_text(header + rows)
        return path

    return saves


def test_bins_begin_where_the_one_before_ends(saved):
    path = saved("0.25,7.801\n0.5,NaN\n0.75,-100\n1,3\n1.25,3")
    assert is_carma(path.read_text())
    trace = read_carma(path)
    np.testing.assert_allclose(trace.times_s, [0, 0.25, 0.5, 0.75, 1])
    np.testing.assert_array_equal(trace.values_sc, [[7.801], [np.nan], [-100], [3], [3]])
    assert trace.columns == ("",)
    assert list(trace.line_s) == [10, 11, 12, 13, 14]
    assert trace.layout == "CARMA, rated from -100 to 100, bins of 0.25 s, whose ends the file has"


def test_samples_at_irregular_times_stay_where_they_are(saved):
    trace = read_carma(saved("0.016,5\n0.034,5.5\n0.049,6\n"))
    np.testing.assert_array_equal(trace.times_s, [0.016, 0.034, 0.049])
    assert trace.layout == "CARMA, rated from -100 to 100"


def test_samples_from_0_s_stay_where_they_are(saved):
    np.testing.assert_array_equal(read_carma(saved("0,1\n0.25,2\n0.5,3\n")).times_s, [0, 0.25, 0.5])


@pytest.mark.parametrize(
    "text",
    ["", "Second,Rating\n0.25,1\n", HEADER.replace("%%%%%%,", "%%%,"), "time;a\n0;1\n"],
)
def test_other_files_are_not_carmas(text):
    assert not is_carma(text)


@pytest.mark.parametrize(
    ("rows", "line", "told"),
    [
        ("", "9", "no ratings follow"),
        ("0.1,5,\n", "10", "3 fields, expected the second and the rating"),
        ("0.1;5\n", "10", "1 fields"),
        ("0.1,5\n0.2,high\n", "11", "'high' in column 'Rating'"),
        ("0.1,5\nNaN,4\n", "11", "'NaN' in column 'Second'"),
        ("0.3,5\n0.2,4\n", "11", "time 0.2 follows 0.3"),
    ],
)
def test_a_malformed_file_is_reported_with_its_line(saved, rows, line, told):
    path = saved(rows)
    with pytest.raises(CorpusError) as caught:
        read_carma(path)
    assert str(caught.value).startswith(f"{path}:{line}: ")
    assert told in str(caught.value)
    assert "\n" not in str(caught.value)
