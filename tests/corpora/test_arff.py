import tracemalloc

import pytest
import scipy.io.arff
from hypothesis import given, settings
from hypothesis import strategies as st

from affdyn_jax.corpora.arff import read_arff
from affdyn_jax.errors import CorpusError
from tests.fuzzing import assert_told_in_one_line, damaged, examples

ATTRIBUTES = ("Instance_name", "frameTime", "GoldStandard")
FILE = """\
% as AVEC 2016 has them
@relation GOLDSTANDARD_AROUSAL

@attribute Instance_name string
@attribute frameTime numeric
@attribute GoldStandard numeric

@data

train_1,0.00,-0.037
train_1,0.04,-0.035
"""
ROWS = [(10, ("train_1", "0.00", "-0.037")), (11, ("train_1", "0.04", "-0.035"))]


def written(path, content=FILE):
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


def rows(path, attributes=ATTRIBUTES):
    return list(read_arff(path, attributes))


def refusal(path, attributes=ATTRIBUTES):
    with pytest.raises(CorpusError) as caught:
        rows(path, attributes)
    assert_told_in_one_line(caught.value)
    assert str(caught.value).startswith(f"{path}:")
    return str(caught.value).removeprefix(f"{path}:")


def test_rows_with_their_lines(tmp_path):
    assert rows(written(tmp_path / "a.arff")) == ROWS


def test_attributes_in_the_order_asked_for(tmp_path):
    path = written(tmp_path / "a.arff")
    assert rows(path, ("GoldStandard", "Instance_name"))[1] == (11, ("-0.035", "train_1"))


@pytest.mark.parametrize(
    "content",
    [
        FILE.replace("@relation", "@RELATION").replace("@attr", "@Attr").replace("@data", "@DATA"),
        FILE.replace("train_1", "'train_1'"),
        FILE.replace("train_1", '"train_1"').replace("0.04", "'0.04'"),
        FILE.replace(",", " , ").replace("@attribute ", "  @Attribute\t"),
        FILE.replace("\n", "\r\n"),
        FILE.replace("numeric", "REAL").replace("string", "String"),
        FILE.replace("string", "{train_1,train_2}"),
        FILE.replace("Instance_name", "'Instance_name'"),
        FILE.replace("GOLDSTANDARD_AROUSAL", "'gold standard'"),
        FILE + "\n% the end\n\n",
        FILE.rstrip("\n"),
        b"\xef\xbb\xbf" + FILE.encode(),
    ],
)
def test_harmless_variants_read_the_same(tmp_path, content):
    assert rows(written(tmp_path / "a.arff", content)) == ROWS


def test_commas_quotes_and_backslashes_within_quotes(tmp_path):
    content = FILE.replace("train_1,0.00", r"""'a,b \'c\' "d" % e',0.00""")
    assert rows(written(tmp_path / "a.arff", content))[0][1][0] == """a,b 'c' "d" % e"""


def test_numbers_as_scipy_reads_them(tmp_path):
    numeric = FILE.replace("@attribute Instance_name string\n", "").replace("train_1,", "")
    path = written(tmp_path / "a.arff", numeric)
    table, _ = scipy.io.arff.loadarff(path)
    read = [tuple(map(float, values)) for _, values in rows(path, ATTRIBUTES[1:])]
    assert read == [tuple(row) for row in table]


@pytest.mark.parametrize(
    ("content", "line", "told"),
    [
        ("", "1", ["''", "@relation NAME"]),
        (FILE.replace("@relation", "@relatio"), "2", ["'@relatio G", "@relation NAME"]),
        (FILE.replace("@relation GOLDSTANDARD_AROUSAL\n", ""), "3", ["'@attribute"]),
        (FILE.replace("@attribute frame", "@atribute frame"), "5", ["'@atribute frameTime"]),
        (FILE.replace("frameTime numeric", "frameTime"), "5", ["@attribute NAME TYPE"]),
        (FILE.replace("frameTime", "frame Time"), "5", ["'Time numeric'", "'frame'", "real"]),
        (FILE.replace("string", "date"), "4", ["'date'", "'Instance_name'", "numeric"]),
        (FILE.replace("string", "relational"), "4", ["'relational'"]),
        (FILE.replace("frameTime", "GoldStandard"), "6", ["'GoldStandard' comes twice"]),
        (FILE.replace("@data", ""), "10", ["'train_1,0.00,-0.037'", "'@data'"]),
        (FILE.partition("@data")[0], "6", ["no '@data'"]),
        (FILE.partition("train_1")[0], "8", ["no rows"]),
        (FILE.replace("GoldStandard", "Gold"), "8", ["'GoldStandard'", "'Gold'"]),
        (FILE.replace("0.04,", ""), "11", ["2 values", "3 attributes"]),
        (FILE.replace("0.04,", "0.04,0,"), "11", ["4 values"]),
        (FILE.replace("train_1,0.04,-0.035", "{0 train_1, 1 0.04}"), "11", ["sparse"]),
        (FILE.replace("train_1,0.04", "'train_1,0.04"), "11", ["quote"]),
        (FILE.replace("train_1,0.04", "'train'_1,0.04"), "11", ["quote"]),
        (FILE.replace("train_1,0.04", "train'1',0.04"), "11", ["quote"]),
        (FILE.encode().replace(b"0.04", b"0.\xe94"), "11", ["0xe9", "UTF-8"]),
    ],
)
def test_a_bad_file_is_refused_in_one_line(tmp_path, content, line, told):
    message = refusal(written(tmp_path / "a.arff", content))
    assert message.startswith(f"{line}: ")
    for fragment in told:
        assert fragment in message


def test_a_missing_file_is_refused(tmp_path):
    assert "no such file" in refusal(tmp_path / "gone.arff")


@pytest.mark.parametrize("trouble", [" " * 500_000, "'" * 500_001, "'" + "\\" * 500_001])
def test_long_lines_take_no_more_than_one_pass(tmp_path, trouble):
    refusal(written(tmp_path / "a.arff", FILE.replace("0.04", f"'0.04'{trouble}x")))


def test_rows_are_not_held(tmp_path):
    path = written(tmp_path / "a.arff", FILE + "train_1,1.00,0.123456\n" * 50_000)
    tracemalloc.start()
    try:
        count = sum(1 for _ in read_arff(path, ATTRIBUTES))
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert count == 50_002
    assert peak < path.stat().st_size / 4


@examples(150, 5000)
def test_any_bytes_give_rows_or_a_refusal_in_one_line(tmp_path_factory, examples):
    path = tmp_path_factory.mktemp("fuzzed") / "a.arff"

    @settings(deadline=None, max_examples=examples)
    @given(content=st.one_of(st.binary(max_size=200), damaged(FILE.encode())))
    def check(content):
        written(path, content)
        try:
            read = rows(path)
        except CorpusError as error:
            assert_told_in_one_line(error)
            assert str(error).startswith(f"{path}:")
        else:
            assert read
            assert all(len(values) == 3 for _, values in read)

    check()
