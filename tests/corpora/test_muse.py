import numpy as np
import pytest

from affdyn_jax.corpora.muse import is_muse, read_muse
from affdyn_jax.errors import CorpusError

HEADER = "timestamp,value,segment_id\n"


@pytest.fixture
def saved(tmp_path):
    def saves(text):
        path = tmp_path / "1.csv"
        path.write_text(text)
        return path

    return saves


def test_milliseconds_with_a_gap_between_segments(saved):
    path = saved(f"{HEADER}15500,0.1234,1\n15750,,1\n42500,-0.2,2\n")
    assert is_muse(path.read_text())
    trace = read_muse(path)
    np.testing.assert_allclose(trace.times_s, [15.5, 15.75, 42.5])
    np.testing.assert_array_equal(trace.values_sc, [[0.1234], [np.nan], [-0.2]])
    assert (trace.columns, list(trace.line_s)) == (("",), [2, 3, 4])
    assert trace.layout == "MuSe's label segments, 2 of them, times in milliseconds"


@pytest.mark.parametrize("text", ["", "timestamp,value\n0,1\n", "timestamp;value;segment_id\n"])
def test_other_tables_are_not_muses(text):
    assert not is_muse(text)


@pytest.mark.parametrize(
    ("rows", "line", "told"),
    [
        ("", "1", "no rows"),
        ("0,1\n", "2", "2 fields, the header 3"),
        ("0,1,1\n0,2,2\n", "3", "time 0 comes twice"),
        ("0,one,1\n", "2", "'one' in column 'value'"),
    ],
)
def test_a_malformed_file_is_reported_with_its_line(saved, rows, line, told):
    path = saved(HEADER + rows)
    with pytest.raises(CorpusError) as caught:
        read_muse(path)
    assert str(caught.value).startswith(f"{path}:{line}: ") and told in str(caught.value)
