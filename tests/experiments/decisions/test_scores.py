import numpy as np
import pytest
import scipy.stats

from affdyn_jax.evaluation.significance import mean_ccc, sums_by_recording
from experiments.decisions.scores import (
    concatenated,
    difference,
    mean_of_units,
    over_seeds,
    over_seeds_and_units,
    with_mixed_variances,
)

FRAMES = 50


@pytest.fixture
def models():
    """A gold standard of 8 recordings, a model with 3 seeds that follows it, and a worse one."""
    rng = np.random.default_rng(0)
    gold_nt = rng.normal(size=(8, FRAMES)) + rng.normal(size=(8, 1))
    good_snt = gold_nt + 0.5 * rng.normal(size=(3, 8, FRAMES))
    return gold_nt, good_snt, good_snt + 2.0 * rng.normal(size=(3, 8, FRAMES))


def sums(predictions_snt, gold_nt):
    return sums_by_recording(predictions_snt, gold_nt, np.ones(gold_nt.shape, bool))


def ccc(x, y, ddof=0):
    """Eq. 2; with ddof=1 for the variances alone, as AVEC's scripts have it."""
    covariance = np.cov(x, y, ddof=0)[0, 1]
    variances = x.var(ddof=ddof) + y.var(ddof=ddof)
    return 2 * covariance / (variances + (x.mean() - y.mean()) ** 2)


def test_scores_by_all_definitions(models):
    gold_nt, good_snt, _ = models
    sums_ns6 = sums(good_snt, gold_nt)
    of_all = [ccc(x_nt.ravel(), gold_nt.ravel()) for x_nt in good_snt]
    assert concatenated(sums_ns6) == pytest.approx(np.mean(of_all))
    for ddof, value in ((0, mean_of_units), (1, with_mixed_variances)):
        of_each = [
            ccc(x_t, y_t, ddof) for x_nt in good_snt for x_t, y_t in zip(x_nt, gold_nt, strict=True)
        ]
        assert value(sums_ns6) == pytest.approx(np.mean(of_each))
    mixed = [ccc(x_nt.ravel(), gold_nt.ravel(), ddof=1) for x_nt in good_snt]
    assert with_mixed_variances(sums_ns6.sum(0, keepdims=True)) == pytest.approx(np.mean(mixed))


def test_a_perfect_prediction_loses_one_frame_to_mixed_variances(models):
    gold_nt, *_ = models
    sums_ns6 = sums(gold_nt[None], gold_nt)
    assert mean_of_units(sums_ns6) == pytest.approx(1)
    assert with_mixed_variances(sums_ns6) == pytest.approx((FRAMES - 1) / FRAMES)


def test_cells_hold_the_intervals(models):
    gold_nt, good_snt, bad_snt = models
    good_ns6, bad_ns6 = sums(good_snt, gold_nt), sums(bad_snt, gold_nt)
    good_s, bad_s = (
        np.array([ccc(x_nt.ravel(), gold_nt.ravel()) for x_nt in model_snt])
        for model_snt in (good_snt, bad_snt)
    )
    score, half, low, high, asterisk = parts(over_seeds_and_units(good_ns6))
    assert over_seeds(good_ns6) == over_seeds_and_units(good_ns6).partition(" [")[0]
    assert (score, half) == pytest.approx(by_student(good_s), abs=6e-4)
    assert low < score < high and not asterisk
    assert low > mean_ccc(bad_ns6.sum(axis=0))

    value, half, low, high, asterisk = parts(difference(good_ns6, bad_ns6))
    assert (value, half) == pytest.approx(by_student(good_s - bad_s), abs=6e-4)
    assert low < value < high and low > 0 and asterisk
    assert parts(difference(good_ns6, good_ns6)) == (0, 0, 0, 0, False)


def by_student(values_s):
    """Mean and half its 95 % interval."""
    _, high = scipy.stats.t.interval(
        0.95, len(values_s) - 1, values_s.mean(), scipy.stats.sem(values_s)
    )
    return values_s.mean(), high - values_s.mean()


def parts(cell):
    """The four numbers of a cell, and whether it has an asterisk."""
    numbers = cell.translate(str.maketrans("±[],", "    ")).removesuffix("*").split()
    return *map(float, numbers), cell.endswith("*")
