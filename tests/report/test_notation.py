import math
import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from affdyn_jax.method.tasks import DYNAMICS, STATE, Task
from affdyn_jax.report import notation


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.577, ".577"),  # as Table 1 of the paper has them
        (-0.011, "-.011"),
        (0.0, ".000"),
        (-0.0004, ".000"),
        (0.99951, "1.000"),
        (-1.0, "-1.000"),
        (0.10049, ".100"),
        (math.nan, "–"),
    ],
)
def test_ccc_has_the_papers_style(value, text):
    assert notation.ccc(value) == text


def test_bounds_of_an_interval():
    assert notation.ccc_between(0.5, -0.0214, 0.61) == ".500 [-.021, .610]"
    assert notation.ccc_between(0.5, math.nan, math.nan) == ".500"
    assert notation.ccc_between(math.nan, math.nan, math.nan) == "–"


@pytest.mark.parametrize(
    ("p", "text"),
    [(1 / 1001, "< .001"), (0.001, ".001"), (0.0234, ".023"), (1.0, "1.000"), (math.nan, "–")],
)
def test_probability(p, text):
    assert notation.probability(p) == text


@given(st.floats(-1, 1))
@settings(deadline=None, max_examples=200)
def test_ccc_is_the_value_to_three_decimals(value):
    text = notation.ccc(value)
    assert re.fullmatch(r"-?1?\.\d{3}|-?1\.000", text)
    assert abs(float(text) - value) <= 0.0005 + 1e-12
    assert text != "-.000"


def test_interval_is_left_out_where_there_is_none():
    assert notation.ccc_with_interval(0.5, 0.0214) == ".500 ± .021"
    assert notation.ccc_with_interval(0.5, math.nan) == ".500"
    assert notation.ccc_with_interval(math.nan, math.nan) == "–"


@pytest.mark.parametrize(
    ("w", "text"), [(0.0, "0.0"), (0.3, "0.3"), (1.0, "1.0"), (0.25, "0.25"), (math.nan, "–")]
)
def test_weight(w, text):
    assert notation.weight(w) == text


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0.04, "0.0 s"),
        (59.94, "59.9 s"),
        (59.96, "1 min 00 s"),
        (200.0, "3 min 20 s"),
        (3599.6, "1 h 00 min"),
        (7500.0, "2 h 05 min"),
    ],
)
def test_duration(seconds, text):
    assert notation.duration(seconds) == text


def test_words():
    assert notation.counted(1, "lane") == "1 lane"
    assert notation.counted(0, "lane") == "0 lanes"
    assert notation.listed(["a"]) == "a"
    assert notation.listed(["a", "b", "c"]) == "a, b and c"
    assert notation.task_name(Task("arousal", STATE)) == "arousal"
    assert notation.task_name(Task("arousal", DYNAMICS)) == "arousal dynamics"
