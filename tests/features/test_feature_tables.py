"""Tables as openSMILE (`csvSink.cpp`, `arffSink.cpp`), its Python package and MuSe write them."""

import numpy as np
import pandas as pd
import pytest

from affdyn_jax.errors import CorpusError, FeatureError
from affdyn_jax.features.feature_tables import (
    read_feature_arff,
    read_feature_csv,
    read_feature_parquet,
)

OPENSMILE = """name;frameIndex;frameTime;f0;loud
'unknown';0;0.000000;1.000000e+02;5.500000e-01
'unknown';1;0.010000;0;-3.5e-2
"""
ARFF = """@relation smile

@attribute name string
@attribute frameTime numeric
@attribute f0 numeric
@attribute loud numeric
@attribute class {0,1,2,3}

@data

'unknown',0.000000,1.000000e+02,5.500000e-01,0
'unknown',0.010000,0,-3.5e-2,?
"""
PYTHON = """file,start,end,f0,loud
"audio, new/P01.wav",0 days 00:00:00,0 days 00:00:00.020000,100.0,0.55
"audio, new/P01.wav",0 days 00:00:00.010000,0 days 00:00:00.030000,0.0,-0.035
"""
TABS = "time\tf0\tloud\n0\t100\t0.55\n\n0.01\t0\t-0.035\n\n"
VALUES = [[100, 0.55], [0, -0.035]]


def write(folder, text, name="P01.csv"):
    path = folder / name
    path.write_text(text)
    return path


@pytest.mark.parametrize("text", [OPENSMILE, PYTHON, TABS])
def test_tables_in_csv(tmp_path, text):
    trace = read_feature_csv(write(tmp_path, text), "P01")
    np.testing.assert_allclose(trace.times_s, [0, 0.01])
    np.testing.assert_allclose(trace.values_sf, VALUES)
    assert trace.names == ("f0", "loud")


def test_tables_in_arff(tmp_path):
    trace = read_feature_arff(write(tmp_path, ARFF, "P01.arff"), "P01")
    np.testing.assert_allclose(trace.times_s, [0, 0.01])
    np.testing.assert_allclose(trace.values_sf, VALUES)
    assert trace.names == ("f0", "loud")
    assert list(trace.line_s) == [11, 12]


def test_muses_segments_are_no_feature(tmp_path):
    trace = read_feature_csv(write(tmp_path, "timestamp,segment_id,f0\n250,1,3\n500,,4\n"), "P01")
    np.testing.assert_array_equal(trace.times_s, [250, 500])
    assert (trace.names, list(trace.line_s)) == (("f0",), [2, 3])


@pytest.mark.parametrize(
    ("text", "line", "told"),
    [
        ("", "", "is empty"),
        ("name;f0\n", "1", "no column of times"),
        ("time;f0\n", "1", "no rows"),
        ("time;f0\n0;1;2\n", "2", "3 fields, the header has 2"),
        ("time;f0\n0;1\n1;high\n", "3", "'high' in column 'f0'"),
        ("time;f0\n0 days x;1\n", "2", "'0 days x' in column 'time' is no time"),
        ("name;time;f0\nP01;0;1\nP02;1;1\n", "3", "name is 'P02'"),
        ('time;f0\n0;"1"x\n', "2", "not a table"),
    ],
)
def test_malformed_tables_are_reported_with_their_line(tmp_path, text, line, told):
    path = write(tmp_path, text)
    with pytest.raises(CorpusError) as caught:
        read_feature_csv(path, "P01")
    assert str(caught.value).startswith(f"{path}:{line}" if line else str(path))
    assert told in str(caught.value)
    assert "\n" not in str(caught.value)


class TestParquet:
    @pytest.fixture(autouse=True)
    def engine(self):
        pytest.importorskip("pyarrow")

    def test_columns(self, tmp_path):
        path = tmp_path / "P01.parquet"
        pd.DataFrame({"f0": [100, 0], "Time": [0.0, 0.01], "loud": [0.55, -0.035]}).to_parquet(path)
        trace = read_feature_parquet(path, "P01")
        np.testing.assert_allclose(trace.times_s, [0, 0.01])
        np.testing.assert_allclose(trace.values_sf, VALUES)
        assert trace.names == ("f0", "loud")

    def test_the_index_of_opensmiles_python_package(self, tmp_path):
        path = tmp_path / "P01.parquet"
        spans = pd.to_timedelta([0, 10], unit="ms")
        index = pd.MultiIndex.from_arrays(
            [["/data/P01.wav"] * 2, spans, spans + pd.Timedelta("20ms")],
            names=["file", "start", "end"],
        )
        pd.DataFrame({"f0": [100, 0], "loud": [0.55, -0.035]}, index).to_parquet(path)
        trace = read_feature_parquet(path, "P01")
        np.testing.assert_allclose(trace.times_s, [0, 0.01])
        assert trace.names == ("f0", "loud")
        with pytest.raises(CorpusError, match=r"name is '/data/P01\.wav'"):
            read_feature_parquet(path, "P02")

    @pytest.mark.parametrize(
        ("columns", "told"),
        [
            ({"f0": [1.0]}, "no column of times"),
            ({"time": [0.0], "f0": ["high"]}, "columns that are no numbers"),
            ({"time": [None], "f0": [1.0]}, "row 0 has no time"),
            ({"time": np.empty(0), "f0": np.empty(0)}, "no rows"),
        ],
    )
    def test_faults_are_told(self, tmp_path, columns, told):
        path = tmp_path / "P01.parquet"
        pd.DataFrame(columns).to_parquet(path)
        with pytest.raises(CorpusError, match=told) as caught:
            read_feature_parquet(path, "P01")
        assert "\n" not in str(caught.value)

    def test_another_file_is_told(self, tmp_path):
        path = write(tmp_path, "nonsense", "P01.parquet")
        with pytest.raises(FeatureError, match="cannot be read as Parquet") as caught:
            read_feature_parquet(path, "P01")
        assert "\n" not in str(caught.value)
