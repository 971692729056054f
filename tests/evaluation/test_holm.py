"""Holm's correction, by hand."""

import numpy as np
import pytest

from affdyn_jax.evaluation.holm import holm


def test_each_is_multiplied_by_how_many_are_left():
    # .005 * 4, .01 * 3, .03 * 2; .04 * 1 would be below the one before it.
    np.testing.assert_allclose(holm([0.01, 0.04, 0.03, 0.005]), [0.03, 0.06, 0.06, 0.02])


def test_none_exceeds_1():
    np.testing.assert_allclose(holm([0.6, 0.4, 0.9]), [1, 1, 1])


def test_equal_ones_stay_equal():
    np.testing.assert_allclose(holm([0.02, 0.5, 0.02]), [0.06, 0.5, 0.06])


def test_a_single_one_stays_and_none_gives_none():
    assert holm([0.03]) == pytest.approx([0.03])
    assert holm([]).size == 0


def test_what_was_not_tested_does_not_count():
    np.testing.assert_allclose(holm([np.nan, 0.02, np.nan, 0.03]), [np.nan, 0.04, np.nan, 0.04])
