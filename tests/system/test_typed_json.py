import dataclasses
from typing import Any

import pytest

from affdyn_jax.system.typed_json import is_of_kind, read_as, read_json


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
        ({"a": [1]}, dict[str, list[int]]),
        (None, dict[str, float] | None),
        ({"a": 1.5}, dict[str, float] | None),
    ],
)
def test_what_is_of_the_kind(value, kind):
    assert is_of_kind(value, kind)


@pytest.mark.parametrize(
    ("value", "kind"),
    [
        (None, str),
        (1, bool),
        (True, int),
        (True, float),
        (0.5, int),
        (float("nan"), float),
        (float("inf"), float),
        (10**400, float),
        (2**63, int),
        ("a", list[str]),
        ([1], list[str]),
        (["a"], tuple[str, ...]),
        ({1: 1}, dict[str, int]),
        ({"a": ["b"]}, dict[str, list[int]]),
        ([], dict[str, int]),
        ("a", dict[str, float] | None),
    ],
)
def test_what_is_not(value, kind):
    assert not is_of_kind(value, kind)


@dataclasses.dataclass(frozen=True)
class Facts:
    names: tuple[str, ...]
    range: tuple[float, ...] | None = None
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
        ("[]", "no object"),
        ("{}", "'names' is missing"),
        ('{"names": [], "x": 1}', "no field 'x' is known"),
        ('{"names": "a"}', "'names' is of another kind"),
        ('{"names": [1]}', "'names' is of another kind"),
        (f'{{"names": [], "range": [{10**400}]}}', "'range' is of another kind"),
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
