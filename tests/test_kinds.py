import pytest

from affdyn_jax.kinds import is_of_kind


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
