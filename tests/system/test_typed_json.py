import dataclasses
from typing import Annotated, Any

import pytest
from pydantic import Field, FiniteFloat

from affdyn_jax.system.typed_json import leaves, read_as, read_json


def holder(kind):
    return dataclasses.make_dataclass("Holder", [("held", kind)])


@pytest.mark.parametrize(
    ("value", "kind"),
    [
        ("a", str),
        (True, bool),
        (3, int),
        (3, float),
        (0.5, float),
        ([], list[str]),
        (["a"], list[str]),
        (("a", "b"), tuple[str, ...]),
        ("x" * 10_000, str),
        ({"a": [1]}, dict[str, list[int]]),
        ({"a": 1.5}, dict[str, float]),
    ],
)
def test_what_is_of_the_kind(value, kind):
    assert read_as(holder(kind), {"held": value}).held == value


@pytest.mark.parametrize(
    ("value", "kind"),
    [
        (None, str),
        (1, bool),
        (True, int),
        (True, float),
        ("1", int),
        ("1", float),
        (1.0, int),
        (0.5, int),
        (float("nan"), FiniteFloat),
        (float("inf"), FiniteFloat),
        (10**400, FiniteFloat),
        (2**63, Annotated[int, Field(le=2**63 - 1)]),
        ("a", list[str]),
        ([1], list[str]),
        ({"a": ["b"]}, dict[str, list[int]]),
        ([], dict[str, int]),
        (None, Annotated[str, Field(max_length=3)]),
    ],
)
def test_what_is_not(value, kind):
    with pytest.raises(ValueError, match="held") as caught:
        read_as(holder(kind), {"held": value})
    assert str(caught.value).splitlines() == [str(caught.value)]


@dataclasses.dataclass(frozen=True)
class Facts:
    names: tuple[str, ...]
    range: tuple[FiniteFloat, ...] = ()
    more: dict[str, Any] = dataclasses.field(default_factory=dict)


def read(path, content):
    path.write_text(content)
    return read_as(Facts, read_json(path))


def test_a_dataclass_is_read_with_its_defaults(tmp_path):
    assert read(tmp_path / "a", '{"names": ["é"]}') == Facts(("é",))
    content = '{"names": [], "range": [0, 1.5], "more": {"a": [null]}}'
    assert read(tmp_path / "a", content) == Facts((), (0, 1.5), {"a": [None]})


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("[]", "it has to be a section of fields"),
        ("{}", "no field 'names', which has to be there"),
        ('{"names": [], "x": 1}', "no field 'x'; choose names or range or more"),
        ('{"names": [], "rnage": 1}', "no field 'rnage'; did you mean 'range'"),
        ('{"names": "a"}', "names='a'; it has to be a list of texts of one line"),
        ('{"names": [1]}', "names has 1, which is not a text of one line"),
        (f'{{"names": [], "range": [{10**400}]}}', "range has 1000"),
        ('{"names": [], "range": [NaN]}', "range has nan"),
        ('{"names": [], "names": []}', "the key 'names' is there twice"),
        ('{"names": [], "more": {"a": {"b": 1, "b": 2}}}', "the key 'b' is there twice"),
        (r'{"names": ["\ud800"]}', "surrogates not allowed"),
        (r'{"names": [], "more": {"\ud800": 1}}', "surrogates not allowed"),
        (f'{{"names": [], "more": {{"a": {"[" * 60}{"]" * 60}}}}}', "nested too deep"),
        ("[" * 100_000, "nested too deep"),
    ],
)
def test_what_no_dataclass_is_made_of(tmp_path, content, said):
    with pytest.raises(ValueError, match=said):
        read(tmp_path / "a", content)


def test_leaves_have_dotted_names():
    assert dict(leaves({"a": {"b": 1, "c": {"d": [2]}}, "e": None})) == {
        "a.b": 1,
        "a.c.d": [2],
        "e": None,
    }
