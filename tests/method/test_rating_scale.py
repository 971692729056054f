import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from affdyn_jax.method.rating_scale import RatingScale
from affdyn_jax.method.tasks import tasks_of

TASKS = tasks_of(("arousal", "valence"))
BOUNDS = st.lists(st.floats(-1e6, 1e6), min_size=2, max_size=2, unique=True).map(sorted)


def test_ratings_from_1_to_9_by_hand():
    scale = RatingScale(1, 9)
    assert scale.to_unit(np.array([1.0, 5.0, 9.0, 7.0])).tolist() == [-1, 0, 1, 0.5]
    # A state that rises by 0.25 a second on the unit scale rises by one point a second on this.
    assert scale.from_unit(np.array([0.5, -1.0, 0.25, 0.0]), TASKS).tolist() == [7, 1, 1, 0]
    assert str(scale) == "1 to 9"


def test_the_paper_s_scale_changes_no_bit():
    values = np.random.default_rng(0).normal(size=(50, 4)).astype(np.float32)
    np.testing.assert_array_equal(RatingScale().to_unit(values), values)
    np.testing.assert_array_equal(RatingScale().from_unit(values, TASKS), values)


@given(BOUNDS.filter(lambda bounds: bounds[1] - bounds[0] > 1e-3), st.floats(0, 1))
def test_what_is_mapped_comes_back(bounds, place):
    low, high = bounds
    scale, rating = RatingScale(low, high), low + place * (high - low)
    unit = scale.to_unit(np.array([rating]))
    assert abs(unit[0]) <= 1 + 1e-6
    back = scale.from_unit(np.array([unit[0], 0.0]), tasks_of(("arousal",)))[0]
    assert back == pytest.approx(rating, abs=1e-9 * (abs(low) + abs(high)))


@pytest.mark.parametrize(
    ("ratings", "is_within"),
    [((1, 9), True), ((0.999999, 9), True), ((0.99, 9), False), ((2, 9.1), False)],
)
def test_only_rounding_may_leave_the_scale(ratings, is_within):
    assert RatingScale(1, 9).is_within(*ratings) == is_within


@pytest.mark.parametrize("bounds", [(1, 1), (9, 1), (0, np.nan), (-np.inf, 1), (0, 1e7)])
def test_what_is_no_range_is_refused(bounds):
    with pytest.raises(ValueError, match="is no range; give two numbers"):
        RatingScale(*bounds)
