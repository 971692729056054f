"""Words for a dataclass without a word of the domain."""

import dataclasses
from typing import Annotated, Any, Literal

import pytest
from pydantic import Field

from affdyn_jax.system.field_types import Distinct, Names, OneLine, PathText, Several
from affdyn_jax.system.field_words import description, kind, nearest, quoted
from affdyn_jax.system.typed_json import read_as, schema_of


@dataclasses.dataclass(frozen=True)
class Inner:
    """What is within.

    No one reads this paragraph.
    """

    count: Annotated[int, Field(ge=1, le=9, description="How many.")] = 3
    sizes: Annotated[
        tuple[Annotated[float, Field(ge=0)], ...], Field(min_length=1), Distinct, Several
    ] = (1.0,)

    def __post_init__(self):
        """Refuse one combination."""
        if self.count == len(self.sizes) == 2:
            raise ValueError("count=2 is as many as there are sizes")


@dataclasses.dataclass(frozen=True)
class Outer:
    inner: Inner = dataclasses.field(default_factory=Inner)
    colour: Literal["red", "green"] = "red"
    word: OneLine = ""
    path: PathText = ""
    names: Names = ()
    pairs: tuple[Names, ...] = ()
    share: Annotated[int, Field(ge=1)] | Literal["all"] = "all"
    is_so: bool = False
    anything: dict[str, Any] = dataclasses.field(default_factory=dict)


@pytest.mark.parametrize(
    ("path", "words"),
    [
        ("inner", "a section of fields"),
        ("inner.count", "a whole number between 1 and 9"),
        ("inner.sizes", "one or more numbers of 0 or more"),
        ("colour", "red or green"),
        ("word", "a text of one line"),
        ("path", "a file or folder"),
        ("names", "a list of names"),
        ("pairs", "a list of lists of names"),
        ("share", "a whole number of 1 or more or all"),
        ("is_so", "True or False"),
        ("anything", "values by their names"),
    ],
)
def test_what_a_field_may_be(path, words):
    schema = schema_of(Outer)
    for name in path.split("."):
        schema = schema["properties"][name]
    assert kind(schema) == words


@pytest.mark.parametrize(
    ("value", "said"),
    [
        ({"inner": {"count": 10}}, "inner.count=10; it has to be a whole number between 1 and 9"),
        ({"inner": {"sizes": [1, -1]}}, "inner.sizes has -1, which is not a number of 0 or more"),
        ({"inner": {"sizes": [1, 1]}}, "inner.sizes=(1, 1) has a value twice; give each once"),
        ({"inner": {"sizes": []}}, "inner.sizes is empty; give one or more numbers of 0 or more"),
        (
            {"names": ""},
            "names has '', which is empty; give each a name; "
            "an empty list is '()', with the quotes",
        ),
        ({"inner": {"sizes": [""]}}, "inner.sizes has '', which is not a number of 0 or more"),
        ({"inner": {"count": 2, "sizes": [1, 2]}}, "inner.count=2 is as many as there are sizes"),
        ({"inner": {"cuont": 2}}, "no field 'inner.cuont'; did you mean 'inner.count'?"),
        ({"inner": 3}, "inner=3; it has to be a section of fields"),
        ({"colour": "gren"}, "colour='gren' is not known; did you mean 'green'?"),
        ({"colour": None}, "colour=None; it has to be red or green"),
        ({"word": "a\nb"}, r"word='a\nb' is not a text of one line"),
        ({"names": "a,,b"}, "names has '', which is empty; give each a name"),
        ({"pairs": [["a"], [1]]}, "pairs has 1, which is not a name"),
        ({"share": 0}, "share=0; it has to be a whole number of 1 or more or all"),
        ({"share": "some"}, "share='some'; it has to be a whole number of 1 or more or all"),
        ({"anything": 3}, "anything=3; it has to be values by their names"),
        ([], "[]; it has to be a section of fields"),
    ],
)
def test_what_is_wrong(value, said):
    with pytest.raises(ValueError) as caught:
        read_as(Outer, value)
    assert str(caught.value) == said


def test_the_description_of_a_changed_value():
    values = dataclasses.asdict(Outer(inner=Inner(count=4)))
    lines = description(schema_of(Outer), values, dataclasses.asdict(Outer())).splitlines()
    place = lines.index("inner: What is within.")
    assert lines[place + 2 : place + 5] == [
        "* inner.count = 4",
        "      instead of 3",
        "      How many. [a whole number between 1 and 9]",
    ]
    assert "  colour = 'red'" in lines[:place]
    assert not any("No one reads" in line for line in lines)


def test_values_are_quoted_in_short_and_in_one_line():
    assert quoted("a\nb") == r"'a\nb'"
    assert len(quoted("x" * 5000)) < 100
    assert quoted(10**5000) == "a number of 16610 bits"


def test_the_nearest_name_or_all():
    assert nearest("mfbs", ["mfb", "mfcc"]) == "did you mean 'mfb'?"
    assert nearest("x", ["mfb", "mfcc"]) == "choose mfb or mfcc"
