import os
import time

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from affdyn_jax.corpora.avec_tables import read_trace, write_trace
from affdyn_jax.errors import CorpusError, RunError
from tests.fuzzing import assert_told_in_one_line, damaged, examples
from tests.memory import traced_memory

TABLE = """\
name;timestamp;arousal;valence
'anna';0.000000;0.100000;-0.100000
'anna';0.100000;0.200000;-0.200000
'anna';0.200000;0.300000;-0.300000
"""


def table(path, content=TABLE):
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


def refusal(path, **options):
    """The one line that tells why `read_trace` refuses the table."""
    with pytest.raises(CorpusError) as caught:
        read_trace(path, "anna", **options)
    message = str(caught.value)
    assert len(message.splitlines()) == 1
    assert message.startswith(f"{path}:")
    return message.removeprefix(f"{path}:")


def test_all_columns_in_the_order_of_the_table(tmp_path):
    times_s, values_sc, columns = read_trace(table(tmp_path / "t.csv"), "anna")
    assert columns == ("arousal", "valence")
    np.testing.assert_array_equal(times_s, [0.0, 0.1, 0.2])
    np.testing.assert_array_equal(values_sc, [[0.1, -0.1], [0.2, -0.2], [0.3, -0.3]])


def test_wanted_columns_in_the_order_asked_for(tmp_path):
    _, values_sc, columns = read_trace(
        table(tmp_path / "t.csv"), "anna", columns=("valence", "arousal")
    )
    assert columns == ("valence", "arousal")
    np.testing.assert_array_equal(values_sc[0], [-0.1, 0.1])


def test_a_table_without_names(tmp_path):
    path = table(tmp_path / "t.csv", "time;FM1 ;FF1\n0.00;0.1;0.2\n0.04;-0.1;0.3\n")
    times_s, values_sc, columns = read_trace(path)
    assert columns == ("FM1", "FF1")
    assert times_s.tolist() == [0, 0.04]
    assert values_sc.tolist() == [[0.1, 0.2], [-0.1, 0.3]]
    named = table(tmp_path / "n.csv", "name;time;FM1\nanna;0;1\n")
    with pytest.raises(CorpusError, match="'anna' in column 'name' is not a finite number"):
        read_trace(named)
    with pytest.raises(CorpusError, match=r"no column 'time' .* 'time;…'"):
        read_trace(table(tmp_path / "w.csv", "when;FM1\n0;1\n"))


def test_columns_are_found_by_name_not_by_position(tmp_path):
    swapped = "valence;timestamp;arousal;name\n-0.5;0;0.5;'anna'\n"
    times_s, values_sc, columns = read_trace(table(tmp_path / "t.csv", swapped), "anna")
    assert columns == ("valence", "arousal")
    assert times_s.tolist() == [0.0]
    assert values_sc.tolist() == [[-0.5, 0.5]]


@pytest.mark.parametrize(
    "content",
    [
        TABLE.replace("timestamp", "frameTime"),
        TABLE.replace("'anna'", "anna"),
        TABLE.replace("'", '"'),
        TABLE.replace("\n", "\r\n"),
        TABLE.replace("\n", "\r"),
        TABLE.replace(";", " ; "),
        TABLE.rstrip("\n"),
        TABLE + "\n \n\n",
        b"\xef\xbb\xbf" + TABLE.encode(),
        TABLE.encode("utf-16"),
    ],
    ids=[
        *("openSMILE's time", "no quotes", "double quotes", "CRLF", "CR", "blanks"),
        *("no last newline", "blank lines at the end", "byte order mark", "UTF-16"),
    ],
)
def test_harmless_variants_read_the_same(tmp_path, content):
    expected = read_trace(table(tmp_path / "plain.csv"), "anna")
    read = read_trace(table(tmp_path / "variant.csv", content), "anna")
    np.testing.assert_array_equal(read[0], expected[0])
    np.testing.assert_array_equal(read[1], expected[1])
    assert read[2] == expected[2]


@pytest.mark.parametrize(
    ("content", "line", "told"),
    [
        ("", "", ["empty"]),
        (" \n\n", "", ["empty"]),
        ("name;timestamp;arousal\n", "1", ["no rows"]),
        (TABLE.replace(";", ","), "1", ["separated by ','", "';'"]),
        (TABLE.replace(";", "\t"), "1", ["separated by tabs", "';'"]),
        (TABLE.replace(";", "|"), "1", ["separated by '|'", "';'"]),
        (TABLE.replace(";", " "), "1", ["separated by blanks", "';'"]),
        (TABLE.partition("\n")[2], "1", ["'name'", "'0.000000'", "name;timestamp;"]),
        ("arousal\n0.1\n", "1", ["'name'", "'arousal'"]),
        (TABLE.replace("name", "file"), "1", ["'name'", "'file'"]),
        (TABLE.replace("timestamp", "when"), "1", ["'timestamp'", "'when'"]),
        (TABLE.replace("valence", "arousal"), "1", ["'arousal' comes twice"]),
        (TABLE.replace("valence", "frameTime"), "1", ["'timestamp'", "'frameTime'"]),
        (TABLE.replace(";-0.200000", ""), "3", ["3 fields", "header 4", "'anna'"]),
        (TABLE.replace("-0.200000", "-0.2;1"), "3", ["5 fields", "header 4"]),
        (TABLE.replace("-0.200000\n", "-0.2\n\n"), "4", ["1 fields"]),
        (TABLE.replace("-0.200000", "loud"), "3", ["'loud'", "'valence'"]),
        (TABLE.replace("0.200000;", "0,2;", 1), "3", ["'0,2'", "'arousal'"]),
        (TABLE.replace("-0.200000", "-0_2"), "3", ["'-0_2'"]),
        (TABLE.replace("-0.200000", "nan"), "3", ["'nan'", "'valence'"]),
        (TABLE.replace("-0.200000", "-Inf"), "3", ["'-Inf'"]),
        (TABLE.replace("-0.200000", "1e999"), "3", ["'1e999'"]),
        (TABLE.replace("-0.200000", ""), "3", ["''", "'valence'"]),
        (TABLE.replace("0.100000;0.2", "soon;0.2"), "3", ["'soon'", "'timestamp'"]),
        (TABLE.replace("0.100000;0.2", "nan;0.2"), "3", ["'nan'", "'timestamp'"]),
        (TABLE.replace("0.000000", "-0.25"), "2", ["-0.25", "start of the recording"]),
        (TABLE.replace("0.200000;0.3", "1e300;0.3"), "4", ["1e+300", "seconds"]),
        (TABLE.replace("0.200000;0.3", "0.05;0.3"), "4", ["0.05", "follows 0.1"]),
        (TABLE.replace("0.200000;0.3", "0.1;0.3"), "4", ["0.1 comes twice"]),
        (TABLE.replace("'anna';0.1", "'ben';0.1"), "3", ["'ben'", "'anna'"]),
        (TABLE.encode().replace(b"-0.200000", b"-0.2\xe9"), "3", ["0xe9", "UTF-8"]),
        (TABLE.encode("utf-16")[:-1], "", ["begins as UTF-16", "UTF-8"]),
    ],
)
def test_a_bad_table_is_refused_in_one_line(tmp_path, content, line, told):
    message = refusal(table(tmp_path / "t.csv", content))
    assert message.startswith(f"{line}: " if line else " ")
    for fragment in told:
        assert fragment in message


@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r"])
def test_line_numbers_are_those_of_an_editor(tmp_path, newline):
    rows = [f"anna;{sample / 10};0" for sample in range(20)]
    rows[11] = "anna;1.1;\x0b\x85?"  # str.splitlines would count these as lines
    content = newline.join(["name;timestamp;arousal", *rows])
    assert refusal(table(tmp_path / "t.csv", content)).startswith("13: ")


def test_a_missing_file_and_a_folder_are_refused(tmp_path):
    assert "no such file" in refusal(tmp_path / "gone.csv")
    assert "cannot be read" in refusal(tmp_path)


def test_an_unknown_dimension_is_named_with_those_there_are(tmp_path):
    message = refusal(table(tmp_path / "t.csv"), columns=("arousal", "dominance"))
    assert message == "1: no column 'dominance', it has 'arousal', 'valence'"


def test_many_columns_and_long_values_are_shortened(tmp_path):
    header = ";".join(["name", "timestamp", *(f"feature_{i}" for i in range(4096))])
    path = table(tmp_path / "t.csv", f"{header}\nanna;0;{'9' * 10**6}x{';0' * 4095}\n")
    assert len(refusal(path, columns=("arousal",))) < 300
    assert "4096 columns" in refusal(path, columns=("arousal",))
    assert len(refusal(path)) < 300


def test_values_in_other_columns_are_ignored(tmp_path):
    path = table(tmp_path / "t.csv", TABLE.replace("-0.200000", "nan"))
    assert read_trace(path, "anna", columns=("arousal",))[1].shape == (3, 1)


def test_written_as_avec_has_it(tmp_path):
    path = tmp_path / "new" / "anna.csv"
    write_trace(path, "anna", np.array([0, 0.25]), {"a": np.float32([1, -2]), "b": [np.nan, 1e-7]})
    assert path.read_bytes() == (
        b"name;timestamp;a;b\n'anna';0.000000;1.000000;\n'anna';0.250000;-2.000000;0.000000\n"
    )


def test_an_empty_field_is_nan_only_where_that_is_asked_for(tmp_path):
    path = tmp_path / "anna.csv"
    write_trace(path, "anna", np.array([0, 0.25]), {"a": [np.nan, 0.5]})
    np.testing.assert_array_equal(read_trace(path, "anna", blank_is_nan=True)[1], [[np.nan], [0.5]])
    assert refusal(path).startswith("2: '' in column 'a'")
    path.write_text("name;timestamp;a\nanna;;0\n")
    assert "'timestamp'" in refusal(path, blank_is_nan=True)


@settings(deadline=None, max_examples=50)
@given(
    values_sc=st.integers(1, 3).flatmap(
        lambda width: st.lists(
            st.lists(
                st.one_of(st.just(np.nan), st.floats(-1e6, 1e6)), min_size=width, max_size=width
            ),
            min_size=1,
            max_size=9,
        )
    )
)
def test_what_was_written_reads_back_to_six_decimals(tmp_path_factory, values_sc):
    path = tmp_path_factory.mktemp("round") / "anna.csv"
    values_sc = np.array(values_sc)
    times_s = np.arange(len(values_sc)) / 25
    names = tuple("abc"[: values_sc.shape[1]])
    write_trace(path, "anna", times_s, dict(zip(names, values_sc.T, strict=True)))
    read_times_s, read_values_sc, columns = read_trace(path, "anna", blank_is_nan=True)
    assert columns == names
    np.testing.assert_allclose(read_times_s, times_s, atol=5.1e-7)
    np.testing.assert_allclose(read_values_sc, values_sc, rtol=0, atol=5.1e-7)


def test_a_table_that_cannot_be_written_leaves_the_old_one_and_no_rest(tmp_path):
    (tmp_path / "file").touch()
    (tmp_path / "folder.csv").mkdir()
    for path in (tmp_path / "file" / "anna.csv", tmp_path / "folder.csv"):
        with pytest.raises(RunError) as caught:
            write_trace(path, "anna", np.zeros(1), {"a": np.zeros(1)})
        assert str(caught.value).startswith(f"{path}: cannot be written")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["file", "folder.csv"]


def test_a_large_table_takes_well_under_a_second(tmp_path):
    rows = [f"'anna';{sample / 100:.6f}" + ";0.123456" * 40 for sample in range(18_000)]
    header = ";".join(["name", "timestamp", *(f"f{i}" for i in range(40))])
    path = table(tmp_path / "t.csv", "\n".join([header, *rows]))
    start = time.process_time()
    assert read_trace(path, "anna")[1].shape == (18_000, 40)
    assert time.process_time() - start < 1


def test_real_tables_read_as_pandas_reads_them(avec2019_ces_de):
    paths = sorted(avec2019_ces_de.glob("**/Devel_DE_0[1-3].csv"))
    assert len(paths) == 30
    for path in paths:
        times_s, values_sc, columns = read_trace(path, path.stem)
        frame = pd.read_csv(path, sep=";")
        assert columns == ("arousal", "valence", "liking")
        np.testing.assert_array_equal(times_s, frame["timestamp"])
        np.testing.assert_array_equal(values_sc, frame[list(columns)])


PIECES = [
    *("name", "timestamp", "frameTime", "arousal", "anna", "'anna'", ";", ",", "\t", "\n", "\r"),
    *("0", "0.1", "-1", "1e999", "1_0", "nan", "٣", "", " ", "'", "\x00", "\x0b", "\u2028"),
    *("name;timestamp;arousal\n", "'anna';0;1\n", "'anna';0.5;-1\n", "\ufeff"),
]


CONTENTS = st.one_of(
    st.binary(max_size=200),
    st.text(max_size=200).map(lambda text: text.encode("utf-8", "surrogatepass")),
    st.lists(st.sampled_from(PIECES), max_size=40).map(lambda p: "".join(p).encode()),
    damaged(TABLE.encode()),
    damaged(TABLE.replace("\n", "\r\n").encode("utf-8-sig")),
)


@examples(150, 20_000)
def test_any_bytes_give_a_trace_or_a_refusal_in_one_line(tmp_path, examples):
    @settings(deadline=None, max_examples=examples, database=None)
    @given(CONTENTS, st.sampled_from([None, ("arousal",), ()]), st.booleans())
    def read(content, columns, blank_is_nan):
        path = table(tmp_path / "fuzzed.csv", content)
        try:
            times_s, values_sc, names = read_trace(path, "anna", columns, blank_is_nan=blank_is_nan)
        except CorpusError as error:
            assert str(error).startswith(f"{path}:")
            assert_told_in_one_line(error)
        else:
            assert len(times_s) >= 1
            assert np.all(np.diff(times_s) > 0)
            assert values_sc.shape == (len(times_s), len(names))
            assert blank_is_nan or np.isfinite(values_sc).all()

    read()


@pytest.mark.parametrize(("rows", "columns"), [(20_000, 2), (400, 1024)])
def test_memory_stays_near_what_is_read(tmp_path, rows, columns):
    header = ";".join(["name", "timestamp", *(f"f{i}" for i in range(columns))])
    lines = [f"'anna';{row / 100:.6f}" + ";0.123456" * columns for row in range(rows)]
    path = table(tmp_path / "t.csv", "\n".join([header, *lines]))
    with traced_memory() as memory:
        times_s, values_sc, _ = read_trace(path, "anna")
    assert values_sc.shape == (rows, columns)
    assert memory.peak < 2 * (times_s.nbytes + values_sc.nbytes)
    assert memory.peak < path.stat().st_size + values_sc.nbytes


def test_a_hundred_thousand_columns_take_a_moment(tmp_path):
    columns = [f"{i:x}" for i in range(100_000)]
    rows = [";".join(["name", "timestamp", *columns]), "anna;0" + ";1" * len(columns)]
    path = table(tmp_path / "t.csv", "\n".join(rows))
    start = time.process_time()
    assert read_trace(path, "anna")[2] == tuple(columns)
    assert time.process_time() - start < 5


@pytest.mark.parametrize("start", ["", "name;timestamp;arousal\nanna;0;1\n"])
def test_a_line_without_end_is_refused_before_it_is_held(tmp_path, start):
    path = table(tmp_path / "t.csv", start)
    os.truncate(path, 1 << 40)  # a sparse file: 2^40 zeros on no disk
    with traced_memory() as memory:
        message = refusal(path)
    assert "has 1048576 characters or more" in message
    assert message.startswith(f"{start.count(chr(10)) + 1}: ")
    assert memory.peak < 10 << 20


def test_a_pipe_is_refused_instead_of_waited_for(tmp_path):
    os.mkfifo(tmp_path / "t.csv")
    assert "no regular file" in refusal(tmp_path / "t.csv")
