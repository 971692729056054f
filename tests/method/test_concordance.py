"""Against hand calculation, Lin's formula in exact arithmetic, and published scores."""

from fractions import Fraction

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from affdyn_jax.corpora.avec_tables import read_trace
from affdyn_jax.method.concordance import concordance

ALL = lambda values: np.ones_like(values, bool)  # noqa: E731

# The design's figures: CCC over the 14 concatenated recordings by the challenge's own script.
PUBLISHED = {
    "deepspectrum": (0.380, 0.317),
    "egemaps-func_STD": (0.396, 0.405),
    "egemaps-xbow": (0.434, 0.455),
    "mfcc-func_STD": (0.389, 0.344),
    "mfcc-xbow": (0.323, 0.190),
    "visual-func": (0.606, 0.639),
    "visual-resnet": (0.475, 0.552),
    "visual-vgg": (0.561, 0.595),
    "visual-xbow": (0.556, 0.594),
}


def exact_ccc(prediction, gold_standard):
    """Eq. 2 in rational numbers."""
    x, y = ([Fraction(float(v)) for v in values] for values in (gold_standard, prediction))
    mean_x, mean_y = sum(x) / len(x), sum(y) / len(y)
    variance_x = sum((v - mean_x) ** 2 for v in x) / len(x)
    variance_y = sum((v - mean_y) ** 2 for v in y) / len(y)
    covariance = sum((a - mean_x) * (b - mean_y) for a, b in zip(x, y, strict=True)) / len(x)
    denominator = variance_x + variance_y + (mean_x - mean_y) ** 2
    return float(2 * covariance / denominator) if denominator else 0.0


def test_by_hand():
    # x = 1 2 3, y = 2 2 5: means 2 and 3, variances 2/3 and 2, covariance 1.
    ccc = concordance(np.array([2.0, 2.0, 5.0]), np.array([1.0, 2.0, 3.0]), np.ones(3, bool))
    assert ccc == pytest.approx(2 * 1 / (2 / 3 + 2 + 1))


@given(
    arrays(np.float64, (2, 12), elements=st.floats(-1, 1, width=32)),
    st.integers(1, 12),
)
@settings(deadline=None, max_examples=200)
def test_equals_exact_arithmetic_on_valid_frames(traces, valid_count):
    prediction, gold_standard = traces
    valid = np.arange(12) < valid_count
    expected = exact_ccc(prediction[valid], gold_standard[valid])
    assert concordance(prediction, gold_standard, valid) == pytest.approx(expected, abs=1e-9)


@pytest.mark.parametrize("array", [np.asarray, jnp.asarray])
def test_perfect_opposite_and_shifted(array):
    x = np.linspace(-1, 1, 16, dtype=np.float32)
    columns = array(np.stack([x, -x, x + 1], axis=1))
    gold = array(np.stack([x, x, x], axis=1))
    ccc = concordance(columns, gold, array(ALL(np.asarray(gold))))
    variance = float(np.var(x.astype(np.float64)))
    expected = [1, -1, 2 * variance / (2 * variance + 1)]
    np.testing.assert_allclose(ccc, expected, rtol=1e-6)


@pytest.mark.parametrize(
    ("prediction", "gold_standard"),
    [([0.5] * 4, [0.5] * 4), ([0.5] * 4, [0.1] * 4), ([0.1, 0.2, 0.3, 0.4], [0.5] * 4)],
    ids=["both constant and equal", "both constant", "gold standard constant"],
)
def test_constant_traces_score_zero(prediction, gold_standard):
    ccc = concordance(np.array(prediction), np.array(gold_standard), np.ones(4, bool))
    assert ccc == pytest.approx(0, abs=1e-12)


@pytest.mark.parametrize("masked", [np.nan, np.inf, -np.inf, 1e30])
def test_masked_entries_reach_neither_value_nor_gradient(masked):
    rng = np.random.default_rng(0)
    prediction, gold_standard = rng.normal(size=(2, 9)).astype(np.float32)
    valid = np.arange(9) < 6
    expected = concordance(prediction[:6], gold_standard[:6], valid[:6])
    prediction[6:], gold_standard[7:] = masked, masked
    value, gradient = jax.value_and_grad(concordance)(
        jnp.asarray(prediction), jnp.asarray(gold_standard), jnp.asarray(valid)
    )
    assert value == pytest.approx(float(expected), abs=1e-6)
    assert np.all(np.isfinite(gradient))
    assert np.all(np.asarray(gradient)[6:] == 0)


@pytest.mark.parametrize("array", [np.asarray, jnp.asarray])
def test_a_valid_nan_is_not_taken_for_no_agreement(array):
    prediction = array(np.float32([0.1, np.nan, 0.3]))
    ccc = concordance(prediction, array(np.float32([0.1, 0.2, 0.3])), array(np.ones(3, bool)))
    assert np.isnan(ccc)


@pytest.mark.parametrize("valid_count", [0, 1, 4])
def test_gradient_is_finite_where_ccc_is_undefined(valid_count):
    same = jnp.full(4, 0.25)
    gradient = jax.grad(concordance)(same, same, jnp.arange(4) < valid_count)
    np.testing.assert_array_equal(gradient, np.zeros(4))


@pytest.mark.parametrize("spread", [1e-6, 1e-8, 1e-10, 1e-15, 1e-20, 1e-30])
def test_gradient_is_finite_for_the_smallest_spreads(spread):
    ramp = jnp.linspace(-1, 1, 8)
    value, gradient = jax.value_and_grad(concordance)(
        ramp * spread, ramp[::-1] * spread, jnp.ones(8, bool)
    )
    assert np.isfinite(value)
    assert np.isfinite(gradient).all()


def test_does_not_cancel_in_single_precision():
    rng = np.random.default_rng(0)
    gold_standard = 0.9 + 1e-4 * rng.normal(size=2000)
    prediction = gold_standard + 1e-4 * rng.normal(size=2000)
    single = concordance(jnp.float32(prediction), jnp.float32(gold_standard), jnp.ones(2000, bool))
    expected = exact_ccc(np.float32(prediction), np.float32(gold_standard))
    assert float(single) == pytest.approx(expected, abs=1e-3)


def test_several_axes_are_one_concatenation():
    rng = np.random.default_rng(0)
    prediction, gold_standard = rng.normal(size=(2, 3, 5, 4))
    valid = rng.random((3, 5, 4)) < 0.7
    together = concordance(prediction, gold_standard, valid, axis=(0, 1))
    for k in range(4):
        keep = valid[..., k]
        expected = exact_ccc(prediction[..., k][keep], gold_standard[..., k][keep])
        assert together[k] == pytest.approx(expected)


@pytest.mark.parametrize("system", PUBLISHED)
def test_published_systems_on_real_annotations(avec2019_ces_de, system):
    labels, predictions = [], []
    for path in sorted((avec2019_ces_de / "labels_devel").glob("*.csv")):
        times_s, labels_sd, _ = read_trace(path, path.stem, ("arousal", "valence"))
        folder = avec2019_ces_de / "baseline_predictions" / f"predictions_{system}"
        predicted_times, predictions_sd, _ = read_trace(
            folder / path.name, path.stem, ("arousal", "valence")
        )
        both, of_labels, of_predictions = np.intersect1d(
            times_s, predicted_times, return_indices=True
        )
        assert len(both) == len(times_s)
        labels.append(labels_sd[of_labels])
        predictions.append(predictions_sd[of_predictions])
    labels_sd, predictions_sd = np.concatenate(labels), np.concatenate(predictions)
    ccc = concordance(predictions_sd, labels_sd, np.ones_like(labels_sd, bool))
    assert len(labels) == 14
    # The challenge's script takes variances over n - 1 and the covariance over n, which
    # lowers a CCC by less than 1/n: three decimals agree up to rounding at their very edge.
    np.testing.assert_allclose(ccc, PUBLISHED[system], rtol=0, atol=0.0005 + 1 / len(labels_sd))
    variances = labels_sd.var(0, ddof=1) + predictions_sd.var(0, ddof=1)
    bias = labels_sd.mean(0) - predictions_sd.mean(0)
    covariance = np.mean(
        (labels_sd - labels_sd.mean(0)) * (predictions_sd - predictions_sd.mean(0)), 0
    )
    scripted = 2 * covariance / (variances + bias**2)
    assert tuple(np.round(scripted, 3)) == PUBLISHED[system]
