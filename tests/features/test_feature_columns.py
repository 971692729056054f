import pytest

from affdyn_jax.errors import CorpusError
from affdyn_jax.features.feature_columns import check_name, feature_columns


@pytest.mark.parametrize(
    ("header", "times", "names", "features"),
    [
        ("name;timestamp;f0;loud", 1, 0, (2, 3)),  # AVEC 2019
        ("name;frameIndex;frameTime;frameLength;f0", 2, 0, (4,)),  # openSMILE
        ("name;frameTime;f0;class", 1, 0, (2,)),  # openSMILE, ARFF
        ("file;start;end;f0", 1, 0, (3,)),  # openSMILE's Python package
        ("timestamp;segment_id;f0", 0, None, (2,)),  # MuSe
        ("f0;Time", 1, None, (0,)),
    ],
)
def test_columns_are_told_by_their_names(header, times, names, features):
    assert feature_columns("x.csv:1", header.split(";")) == (times, names, features)


@pytest.mark.parametrize(
    ("header", "told"),
    [
        ("name;f0", "no column of times among 'name', 'f0'"),
        ("time;timestamp;f0", "2 columns of times"),
        ("time;f0;f0", "column 'f0' comes twice"),
        ("name;time;frameIndex", "no features among"),
    ],
)
def test_other_headers_are_refused(header, told):
    with pytest.raises(CorpusError) as caught:
        feature_columns("x.csv:1", header.split(";"))
    assert str(caught.value).startswith("x.csv:1: ") and told in str(caught.value)


@pytest.mark.parametrize(
    "name", ["P01", "'P01'", "unknown", "'unknown'", "P01.wav", "/data/P01.wav", r"C:\data\P01.wav"]
)
def test_names_of_the_recording(name):
    check_name(name, "P01", "x.csv:2")


@pytest.mark.parametrize("name", ["P02", "", "P01_1", "/P01/P02.wav"])
def test_names_of_another_recording(name):
    with pytest.raises(CorpusError, match=r"x\.csv:2: name is .*, but the recording is 'P01'"):
        check_name(name, "P01", "x.csv:2")
