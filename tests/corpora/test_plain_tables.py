"""Tables of ratings, beyond what `test_files_as_users_have_them` has of them."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from affdyn_jax.corpora.plain_tables import read_plain_table
from affdyn_jax.errors import CorpusError
from tests.fuzzing import assert_told_in_one_line, damaged, examples

TABLE = "name;Time (ms);Arousal;Note;Valence\nanna;0;0,5;;1\nanna;100;;a, b;-0,25\n"


def table(folder, content):
    path = folder / "t.csv"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


def test_all_that_a_table_tells(tmp_path):
    trace = read_plain_table(table(tmp_path, TABLE))
    assert trace.columns == ("Arousal", "Valence")
    np.testing.assert_array_equal(trace.times_s, [0, 0.1])
    np.testing.assert_array_equal(trace.values_sc, [[0.5, 1], [np.nan, -0.25]])
    assert trace.line_s.tolist() == [2, 3]
    assert trace.recording == "anna"
    assert not trace.may_be_milliseconds
    assert trace.layout == "table with ';' and decimal commas, times in 'Time (ms)'"


@pytest.mark.parametrize(
    ("header", "unit"),
    [
        *((name, "") for name in ("time", "TIMESTAMP", "frameTime", "Frame time", "times")),
        *((name, "s") for name in ("seconds", "sec", "time_s", "Time [s]", "timestamp (seconds)")),
        *((name, "ms") for name in ("ms", "Milliseconds", "time_ms", "Time (ms)", "Time [msec]")),
    ],
)
def test_columns_of_times(tmp_path, header, unit):
    trace = read_plain_table(table(tmp_path, f"arousal\t{header}\n0.5\t200\n"))
    assert trace.times_s.tolist() == [0.2 if unit == "ms" else 200]
    assert trace.may_be_milliseconds is (unit == "")


@pytest.mark.parametrize("header", ["t", "timer", "overtime", "frame", "msv", "second rater"])
def test_columns_that_are_no_times(tmp_path, header):
    with pytest.raises(CorpusError, match="no column of times"):
        read_plain_table(table(tmp_path, f"arousal\t{header}\n0.5\t200\n"))


@pytest.mark.parametrize("blank", ["", " ", "NA", "nan", "NaN", "null", "?"])
def test_cells_without_a_rating(tmp_path, blank):
    trace = read_plain_table(table(tmp_path, f"time,arousal\n0,{blank}\n1,2\n"))
    np.testing.assert_array_equal(trace.values_sc, [[np.nan], [2]])


def test_a_blank_column_is_kept_and_one_of_text_left_out(tmp_path):
    trace = read_plain_table(table(tmp_path, "time,a,b,c\n0,,x,1\n1,,,2\n"))
    assert trace.columns == ("a", "c")
    np.testing.assert_array_equal(trace.values_sc, [[np.nan, 1], [np.nan, 2]])


def test_a_table_of_no_numbers_has_no_columns(tmp_path):
    assert read_plain_table(table(tmp_path, "time,a\n0,x\n")).values_sc.shape == (1, 0)


@pytest.mark.parametrize(
    ("content", "told"),
    [
        ("\ntime,a\n0,1\n", ":1: the first line is empty"),
        ("time|a\n0|1\n", ":1: columns are separated by '|'"),
        ("name,Instance_name,time\na,a,0\n", ":1: 'name' and 'Instance_name' both name recordings"),
        ('time,a\n0,"1"x\n', ":2: not a table"),
        ("time,a\n,1\n", ":2: '' in column 'time' is not a finite number"),
        ("time;a\n0;1.234,5\n1;0,5\n", ":2: '1.234,5' in column 'a' has a decimal point"),
        ("time,a\n0,1_0\n", ":2: '1_0' in column 'a'"),
        ("time,a\n90000000,1\n", ":2: time 90000000 is not one"),
        ("seconds,a\n90000,1\n", ":2: time 90000 is not one"),
        (TABLE.encode("utf-16")[:-1], ": begins as UTF-16 does"),
    ],
)
def test_a_bad_table_is_refused_in_one_line(tmp_path, content, told):
    path = table(tmp_path, content)
    with pytest.raises(CorpusError) as caught:
        read_plain_table(path)
    assert_told_in_one_line(caught.value)
    assert str(caught.value).startswith(f"{path}{told}")


PIECES = [*";,\t\n\r\"' .?\x00é", "time", "ms", "name", "0", "1,5", "-0.2", "nan", "arousal"]
CONTENTS = st.one_of(
    st.binary(max_size=100),
    st.lists(st.sampled_from(PIECES), max_size=40).map(lambda p: "".join(p).encode()),
    damaged(TABLE.encode()),
    damaged(TABLE.encode("utf-16")),
)


@examples(150, 20_000)
def test_any_bytes_give_a_trace_or_a_refusal_in_one_line(tmp_path, examples):
    @settings(deadline=None, max_examples=examples, database=None)
    @given(CONTENTS)
    def read_any(content):
        path = table(tmp_path, content)
        try:
            trace = read_plain_table(path)
        except CorpusError as error:
            assert str(error).startswith(f"{path}:")
            assert_told_in_one_line(error)
        else:
            assert np.isfinite(trace.times_s).all()
            assert trace.values_sc.shape == (len(trace.times_s), len(trace.columns))
            assert not np.isinf(trace.values_sc).any()

    read_any()
