"""Raters of several files, at times of their own."""

from pathlib import Path

import numpy as np
import pytest

from affdyn_jax.corpora.fused_ratings import Ratings, join, side_by_side
from affdyn_jax.errors import CorpusError

NAN = np.nan


def ratings(times_s, *values, rater="a"):
    columns = np.array(values, float).T
    names = tuple(f"{rater}{number}" for number in range(len(values)))
    return Ratings(Path(f"{rater}.csv"), np.array(times_s, float), columns, names)


def test_the_same_times_are_left_as_they_are():
    second = ratings([0, 1, 5], [3, 4, 5], rater="b")
    joined = side_by_side([ratings([0, 1, 5], [1, 2, NAN]), second])
    assert joined.raters == ("a0", "b0")
    assert joined.path == Path("a.csv")
    np.testing.assert_array_equal(joined.values_sr, [[1, 3], [2, 4], [NAN, 5]])


def test_other_times_become_those_of_the_most_samples():
    few = ratings([0.05, 0.25, 0.45], [0, 2, 4])
    many = ratings([0, 0.1, 0.2, 0.3, 0.4, 0.5], [9, 8, 7, 6, 5, 4], rater="b")
    joined = side_by_side([few, many])
    np.testing.assert_array_equal(joined.times_s, many.times_s)
    # Straight lines between its own samples, nothing outside of them.
    np.testing.assert_allclose(joined.values_sr[:, 0], [NAN, 0.5, 1.5, 2.5, 3.5, NAN])
    np.testing.assert_array_equal(joined.values_sr[:, 1], many.values_sr[:, 0])


@pytest.mark.parametrize(
    ("own_s", "expected"),
    [
        # Within a quarter of a second, or twice the usual step, nothing is a pause.
        ([0, 0.1, 0.2, 0.3, 0.5, 0.6], [0, 1, 2, 3, 4, 5, 6]),
        ([0, 0.2, 0.6], [0, 1, 2, 3, 4, 5, 6]),
        ([0, 0.1, 0.2, 0.6], [0, 1, 2, NAN, NAN, NAN, 6]),
    ],
)
def test_a_pause_is_not_rated(own_s, expected):
    few = ratings(own_s, 10 * np.array(own_s))
    many = ratings(np.arange(7) / 10, np.zeros(7), rater="b")
    found = side_by_side([few, many]).values_sr[:, 0]
    np.testing.assert_allclose(found, expected)


def test_a_gold_standard_is_where_all_have_rated():
    both = ratings(range(4), [1, 2, NAN, 4], [2, 3, 4, NAN])
    joined = join(both, "mean")
    np.testing.assert_array_equal(joined.values_s, [1.5, 2.5, NAN, NAN])
    assert both.extremes == (1, 4)
    # Of two ratings that differ by 1 throughout: 2 * 0.25 / (0.25 + 0.25 + 1).
    assert joined.agreement == pytest.approx(1 / 3)


def test_raters_who_never_rate_together_are_refused():
    with pytest.raises(CorpusError, match=r"^a\.csv: at no time have all raters rated$"):
        join(ratings(range(2), [1, NAN], [NAN, 1]), "mean")


def test_ratings_that_cannot_be_joined_are_named():
    with pytest.raises(CorpusError, match=r"^a\.csv: the only rater is 'a0'"):
        join(ratings(range(2), [1, 2]), "mean")
