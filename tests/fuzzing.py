"""What the fuzz tests share: how files are damaged, how many of them, what a refusal looks like."""

import math

import pytest
from hypothesis import strategies as st

from affdyn_jax.errors import AffdynError


def examples(few, many):
    """Few of them in every run of the tests, many with `-m slow`."""
    return pytest.mark.parametrize("examples", [few, pytest.param(many, marks=pytest.mark.slow)])


@st.composite
def damaged(draw, content):
    """Bytes of a file after one to four accidents."""
    damaged = bytearray(content)
    for _ in range(draw(st.integers(1, 4))):
        start = draw(st.integers(0, len(damaged)))
        stop = min(start + draw(st.integers(1, 40)), len(damaged))
        match draw(st.sampled_from(["cut", "turn", "lose", "double", "insert", "overwrite"])):
            case "cut":
                del damaged[start:]
            case "turn" if start < len(damaged):
                damaged[start] ^= 1 << draw(st.integers(0, 7))
            case "lose":
                del damaged[start:stop]
            case "double":
                damaged[start:start] = damaged[start:stop]
            case "insert":
                damaged[start:start] = draw(st.binary(max_size=8))
            case "overwrite":
                damaged[start:stop] = draw(st.binary(min_size=stop - start, max_size=stop - start))
    return bytes(damaged)


# What a JSON file or a config file may hold in place of anything.
ANYTHING = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.integers(-(2**80), 2**80)
    | st.sampled_from([10**400, -1, 0, 2**31, 2**63, float("nan"), float("inf"), -0.0, 1e-320])
    | st.floats()
    | st.text()
    | st.sampled_from(["", "0", "a,b", "a\nb", "\0", "\ud800", "x" * 5000, "../..", "mfb", "test"]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.lists(inner, max_size=3).map(tuple)
        | st.dictionaries(st.text(max_size=3), inner, max_size=2)
    ),
    max_leaves=5,
)


def reported_faults(error: AffdynError) -> list[AffdynError]:
    """What `reported_together` tells: each fault by itself."""
    first, *others = str(error).splitlines()
    if not others:
        return [error]
    assert first == f"{len(others)} faults in the files of the corpus:"
    return [type(error)(line.removeprefix("  ")) for line in others]


def assert_told_in_one_line(error: AffdynError):
    message = str(error)
    assert message
    assert message.splitlines() == [message]
    assert len(message) < 2000


# What somebody may have put in place of any value of a JSON file.
HOSTILE = (
    *(None, True, 0, -1, 1, 2**31, 10**9, 10**400, -0.5, 1e-320, 1e308, math.nan, math.inf),
    *("", "NA", "a/../../../x", "/x", "..", "a\0", "\ud800", "x" * 300, "$^$", "a\nb", "a;b"),
    *([], [1], [""], ["a", "a"], ["a/../../x"], [["a"]], ["$^$", "NA", "true", "1", "multi"]),
    *({}, {"": {}}, {"dev": []}, {"dev": ["a/../../x"]}, {"../x": ["a"]}, {"dev": 10**400}),
)

# And in place of a field of a table.
HOSTILE_FIELDS = (
    *("", "NA", "nan", "inf", "-1", "0", "1", "1.5", "1e9", "1e400", "99999999999999999999"),
    *("True", "multi", "a/../x", "\0", '"', "x" * 200_000, "é", "1_0"),
)


def altered(value):
    """A JSON value with one thing in it exchanged, removed or added, in every place and way.

    Yields:
        Where it was altered, and the altered value.
    """
    for hostile in HOSTILE:
        yield f" = {hostile!r:.40}", hostile
    if isinstance(value, dict):
        yield " with one more", value | {"one more": 1}
        for key, item in value.items():
            yield f".{key} removed", {other: value[other] for other in value if other != key}
            for place, changed in altered(item):
                yield f".{key}{place}", value | {key: changed}
    if isinstance(value, list):
        yield " doubled", value + value
        for place, item in enumerate(value):
            for what, changed in altered(item):
                yield f".{place}{what}", [*value[:place], changed, *value[place + 1 :]]


def altered_tables(content):
    """A table in CSV with a field, a row or a column exchanged, removed or doubled.

    Yields:
        What was altered, and the altered content.
    """
    header, *rows = [line.split(",") for line in content.splitlines()]

    def joined(*lines):
        return "".join(f"{','.join(line)}\n" for line in lines)

    yield "empty", ""
    yield "header only", joined(header)
    yield "a row twice", joined(header, rows[0], *rows)
    yield "a row less", joined(header, *rows[1:])
    yield "a ragged row", joined(header, rows[0][:-1], *rows[1:])
    yield "a long row", joined(header, [*rows[0], "1"], *rows[1:])
    for place, name in enumerate(header):
        lines = [header, *rows]
        yield f"{name} removed", joined(*(line[:place] + line[place + 1 :] for line in lines))
        yield f"{name} doubled", joined(*([*line, line[place]] for line in lines))
        for hostile in HOSTILE_FIELDS:
            one = [*rows[0][:place], hostile, *rows[0][place + 1 :]]
            yield f"{name}: one {hostile!r:.30}", joined(header, one, *rows[1:])
            every = [[*row[:place], hostile, *row[place + 1 :]] for row in rows]
            yield f"{name}: all {hostile!r:.30}", joined(header, *every)
