"""What the fuzz tests share: how files are damaged, how many of them, what a refusal looks like."""

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


def faults_told(error: AffdynError) -> list[AffdynError]:
    """What `told_together` tells: each fault by itself."""
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
