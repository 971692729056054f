import math

import pytest

from affdyn_jax.errors import RunError
from affdyn_jax.system.typed_tables import Number, Switch, Text, Whole, read_table

COLUMNS = {
    "dimension": Text(),
    "target": Text(("state", "dynamics")),
    "ccc": Number(-1, 1),
    "w": Number(0, 1, may_lack=False),
    "seed": Whole(0, 9),
    "chosen": Switch(),
}
HEADER = "dimension,target,ccc,w,seed,chosen"


def read(tmp_path, *rows):
    path = tmp_path / "table.csv"
    path.write_bytes("".join(f"{row}\n" for row in rows).encode("utf-8", "surrogateescape"))
    return read_table(path, COLUMNS, "mend it")


def test_values_are_what_their_columns_are_declared_as(tmp_path):
    rows = ["NA,state,0.1,0.3,1,True", '"a,b",dynamics,,1,2,False', "1,state,inf,0,3,True"]
    table = read(tmp_path, HEADER, *rows)
    assert list(table["dimension"]) == ["NA", "a,b", "1"]
    assert list(table["w"]) == [0.3, 1, 0]
    assert table["ccc"][0] == 0.1
    assert [math.isnan(value) for value in table["ccc"]] == [False, True, True]
    assert list(table["seed"]) == [1, 2, 3]
    assert table["chosen"].dtype == bool
    assert list(table["chosen"]) == [True, False, True]


def test_optional_columns_are_checked_where_they_are(tmp_path):
    path, columns = tmp_path / "table.csv", {"w": Number(0, 1), "seed": Whole(0, 9)}
    path.write_text("w\n0.5\n")
    assert list(read_table(path, columns, "mend it", optional=["seed"])) == ["w"]
    path.write_text("seed,w\n10,0.5\n")
    with pytest.raises(RunError, match="'10' in column 'seed'"):
        read_table(path, columns, "mend it", optional=["seed"])


def test_a_table_without_rows_has_its_kinds(tmp_path):
    table = read(tmp_path, HEADER)
    assert table.empty
    assert [table[column].dtype.kind for column in ("ccc", "seed", "chosen")] == ["f", "i", "b"]


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        ([], "it is empty"),
        (["a,b"], ":1: no column 'dimension'"),
        ([f"{HEADER},w"], ":1: more than one column 'w'"),
        ([HEADER, "a,state,0,0,1"], ":2: .*5 fields, the header has 6"),
        ([HEADER, "a,state,0,0,1,True", "a,other,0,0,1,True"], r":3: 'other' .* one of \('state'"),
        ([HEADER, ",state,0,0,1,True"], ":2: '' in column 'dimension' is not a text"),
        ([HEADER, "a,state,1.1,0,1,True"], "'1.1' in column 'ccc' is not a number between -1 and"),
        ([HEADER, "a,state,0,,1,True"], "'' in column 'w' is not a number"),
        ([HEADER, "a,state,0,nan,1,True"], "'nan' in column 'w' is not a number"),
        ([HEADER, "a,state,0,0,1.5,True"], "'1.5' in column 'seed' is not a whole number"),
        ([HEADER, "a,state,0,0,1,1"], "'1' in column 'chosen' is not True or False"),
        ([HEADER, '"a,state'], "cannot be read as a table"),
        ([HEADER, "\udce9,state,0,0,1,True"], "cannot be read as a table"),
    ],
)
def test_anything_else_is_refused_with_its_place(tmp_path, rows, said):
    with pytest.raises(RunError, match=rf"table\.csv.*{said}.*; mend it") as caught:
        read(tmp_path, *rows)
    assert str(caught.value).isprintable()
