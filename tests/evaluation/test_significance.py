"""Against scipy, a plain enumeration of all swaps, and pairs of models that differ by chance."""

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import signal, stats

from affdyn_jax.evaluation.significance import (
    bootstrap_counts,
    mean_ccc,
    percentile_interval,
    permutation_p_value,
    smallest_p_value,
    sums_by_frame,
    sums_by_group,
    sums_by_recording,
)
from affdyn_jax.method.concordance import concordance


def plain_ccc(x, y):
    covariance = np.mean((x - x.mean()) * (y - y.mean()))
    return 2 * covariance / (x.var() + y.var() + (x.mean() - y.mean()) ** 2)


def traces(recordings, seeds=1, frames=30, noise=(1.0, 1.0), seed=0):
    """A gold standard that drifts, two models' predictions of it, and unequal lengths."""
    rng = np.random.default_rng(seed)
    gold = rng.normal(size=(recordings, frames)).cumsum(axis=1)
    first, second = (gold + rng.normal(0, n, (seeds, recordings, frames)) for n in noise)
    lengths = rng.integers(frames // 2, frames + 1, recordings)
    return first, second, gold, np.arange(frames) < lengths[:, None]


def concatenated(predictions_nt, gold_nt, valid_nt, recordings):
    """CCC of some recordings one after the other."""
    x = np.concatenate([predictions_nt[n][valid_nt[n]] for n in recordings])
    y = np.concatenate([gold_nt[n][valid_nt[n]] for n in recordings])
    return plain_ccc(x, y)


@given(st.integers(0, 10**6), st.floats(-100, 100), st.sampled_from([np.float32, np.float64]))
@settings(max_examples=50, deadline=None)
def test_sums_give_the_ccc_of_eq_2(seed, offset, dtype):
    predictions, _, gold, valid = traces(recordings=4, seeds=3, seed=seed)
    predictions, gold = (predictions + offset).astype(dtype), (gold + offset).astype(dtype)
    expected = concordance(
        predictions.astype(np.float64),
        np.broadcast_to(gold.astype(np.float64), predictions.shape),
        np.broadcast_to(valid, predictions.shape),
        axis=(1, 2),
    ).mean()
    for sums in (sums_by_recording, sums_by_frame):
        sums_us6 = sums(predictions, gold, valid)
        assert mean_ccc(sums_us6.sum(axis=0)) == pytest.approx(expected, abs=1e-12)


def test_the_sums_of_a_group_are_those_of_its_recordings_in_one():
    predictions, _, gold, valid = traces(recordings=5, seeds=2)
    sums_ns6 = sums_by_recording(predictions, gold, valid)
    sums_gs6 = sums_by_group(sums_ns6, ("y", "x", "y", "z", "x"))
    expected = [sums_ns6[[0, 2]].sum(axis=0), sums_ns6[[1, 4]].sum(axis=0), sums_ns6[3]]
    np.testing.assert_allclose(sums_gs6, expected, rtol=1e-12)
    np.testing.assert_array_equal(sums_by_group(sums_ns6, "edcba"), sums_ns6)


def test_padding_may_hold_anything():
    predictions, _, gold, valid = traces(recordings=3)
    spoilt = np.where(valid, predictions, np.nan), np.where(valid, gold, np.inf), valid
    for sums in (sums_by_recording, sums_by_frame):
        assert np.array_equal(sums(*spoilt), sums(predictions, gold, valid))


def test_a_ccc_without_spread_or_frames_is_0():
    gold, valid = np.array([[0.3] * 7, [0.1] * 7]), np.ones((2, 7), bool)
    constant = sums_by_recording(gold[None], gold, valid)
    assert mean_ccc(constant[0] * 3) == 0.0
    assert mean_ccc(constant.sum(axis=0)) == pytest.approx(1.0)
    assert mean_ccc(sums_by_recording(gold[None], gold, ~valid).sum(axis=0)) == 0.0


@pytest.mark.parametrize(("recordings", "seeds"), [(1, 1), (2, 2), (5, 1), (6, 3)])
def test_few_recordings_are_swapped_in_all_ways(recordings, seeds):
    first, second, gold, valid = traces(recordings, seeds, noise=(1.0, 2.0), seed=recordings)
    everything = range(recordings)

    def difference(swapped):
        differences = []
        for one, other in zip(first, second, strict=True):
            one, other = (
                [b if s else a for a, b, s in zip(mine, theirs, swapped, strict=True)]
                for mine, theirs in ((one, other), (other, one))
            )
            differences.append(
                concatenated(one, gold, valid, everything)
                - concatenated(other, gold, valid, everything)
            )
        return abs(np.mean(differences))

    all_swaps = list(itertools.product([False, True], repeat=recordings))
    differences = np.array([difference(swapped) for swapped in all_swaps])
    expected = np.mean(differences >= differences[0] - 1e-12)
    sums = [sums_by_recording(model, gold, valid) for model in (first, second)]
    p = permutation_p_value(*sums, np.random.default_rng(0))
    assert p == pytest.approx(expected, abs=1e-12)
    assert p >= 2 / 2**recordings
    sampled = permutation_p_value(*sums, np.random.default_rng(0), permutations=2**recordings - 1)
    assert sampled >= 1 / 2**recordings


@pytest.mark.parametrize("noise", [(1.0, 1.0), (1.0, 1.6)])
def test_agrees_with_scipys_permutation_test(noise):
    first, second, gold, valid = traces(recordings=8, noise=noise, seed=3)
    predictions = np.concatenate([first[0], second[0]])
    golds, valids = np.concatenate([gold, gold]), np.concatenate([valid, valid])

    def statistic(one, other):
        """Of recordings by their places among all predictions."""
        return concatenated(predictions, golds, valids, one) - concatenated(
            predictions, golds, valids, other
        )

    expected = stats.permutation_test(
        (np.arange(8), np.arange(8, 16)),
        statistic,
        permutation_type="samples",
        n_resamples=np.inf,
        vectorized=False,
    )
    sums = [sums_by_recording(model, gold, valid) for model in (first, second)]
    exact = permutation_p_value(*sums, np.random.default_rng(0))
    assert exact == pytest.approx(expected.pvalue, abs=1e-12)
    # 250 of the 256 ways and more cannot be had but by drawing them.
    drawn = permutation_p_value(*sums, np.random.default_rng(0), permutations=255)
    assert drawn == pytest.approx(exact, abs=0.1)
    assert drawn * 256 == round(drawn * 256)


def test_drawn_permutations_come_near_to_all_of_them():
    first, second, gold, valid = traces(recordings=12, seeds=2, noise=(1.0, 1.2), seed=5)
    sums = [sums_by_recording(model, gold, valid) for model in (first, second)]
    exact = permutation_p_value(*sums, np.random.default_rng(0), permutations=2**12)
    drawn = permutation_p_value(*sums, np.random.default_rng(0), permutations=4000)
    assert 0.01 < exact < 0.9
    assert drawn == pytest.approx(exact, abs=4 * np.sqrt(exact * (1 - exact) / 4000))


def test_a_clear_difference_and_none():
    first, second, gold, valid = traces(recordings=16, noise=(0.1, 5.0))
    better, worse = (sums_by_recording(model, gold, valid) for model in (first, second))
    assert permutation_p_value(better, worse, np.random.default_rng(0)) == 1 / 1001
    assert permutation_p_value(worse, better, np.random.default_rng(0)) == 1 / 1001
    assert permutation_p_value(better, better, np.random.default_rng(0)) == 1.0


@pytest.mark.parametrize("units", [1, 5, 6, 9, 40])
def test_no_p_is_smaller_than_the_smallest(units):
    """Every unit is in favour of the same model, so only swapping all is as extreme."""
    first, second, gold, valid = traces(recordings=units, noise=(0.01, 5.0))
    sums = [sums_by_recording(model, gold, valid) for model in (first, second)]
    p = permutation_p_value(*sums, np.random.default_rng(0))
    assert p == pytest.approx(smallest_p_value(units))


def chance_pairs(trials, recordings, frames, autocorrelation):
    """Sums of pairs of models that have the same signal and noise of the same kind.

    All of it changes slowly: x[t] = autocorrelation x[t-1] + white noise.
    """
    rng = np.random.default_rng(11)
    valid = np.ones((recordings, frames), bool)
    for _ in range(trials):
        white = rng.normal(size=(3, recordings, frames + 100))
        gold, *noise = signal.lfilter([1], [1, -autocorrelation], white)[..., 100:]
        yield [(gold + noise_nt)[None] for noise_nt in noise], gold, valid


def rejected(pairs, sums):
    """The share of pairs with p < .05."""
    rng = np.random.default_rng(12)
    return np.mean(
        [
            permutation_p_value(*(sums(model, gold, valid) for model in models), rng) < 0.05
            for models, gold, valid in pairs
        ]
    )


def test_over_recordings_five_percent_of_chance_pairs_are_significant():
    pairs = chance_pairs(trials=1000, recordings=16, frames=100, autocorrelation=0.95)
    assert rejected(pairs, sums_by_recording) == pytest.approx(0.05, abs=0.02)


def test_over_frames_most_chance_pairs_are_significant():
    pairs = chance_pairs(trials=60, recordings=16, frames=100, autocorrelation=0.95)
    assert rejected(pairs, sums_by_frame) > 0.4


def test_over_frames_white_traces_are_tested_rightly():
    pairs = chance_pairs(trials=300, recordings=4, frames=25, autocorrelation=0.0)
    assert rejected(pairs, sums_by_frame) == pytest.approx(0.05, abs=0.03)


@pytest.mark.parametrize(("recordings", "lowest", "highest"), [(3, 0.15, 0.3), (40, 0.03, 0.1)])
def test_intervals_over_few_recordings_are_too_narrow(recordings, lowest, highest):
    """How often 0 is outside where the difference is by chance alone; 5 % would be right."""
    counts_bu = bootstrap_counts(recordings, np.random.default_rng(0))
    outside = []
    for models, gold, valid in chance_pairs(500, recordings, frames=50, autocorrelation=0.95):
        one_b, other_b = (
            mean_ccc(np.tensordot(counts_bu, sums_by_recording(model, gold, valid), axes=1))
            for model in models
        )
        low, high = percentile_interval(one_b - other_b)
        outside.append(not low <= 0 <= high)
    assert lowest < np.mean(outside) < highest


def test_the_bootstrap_is_scipys():
    first, second, gold, valid = traces(recordings=9, noise=(1.0, 1.5), seed=7)

    def score(model):
        def of(recordings):
            return concatenated(model[0], gold, valid, recordings)

        return of

    def difference(recordings):
        return score(first)(recordings) - score(second)(recordings)

    counts_bu = bootstrap_counts(9, np.random.default_rng(1), resamples=2000)
    scores = [
        mean_ccc(np.tensordot(counts_bu, sums_by_recording(model, gold, valid), axes=1))
        for model in (first, second)
    ]
    for statistic, values_b in (
        (score(first), scores[0]),
        (score(second), scores[1]),
        (difference, scores[0] - scores[1]),
    ):
        one_by_one = [statistic(np.repeat(np.arange(9), counts_u)) for counts_u in counts_bu]
        assert values_b == pytest.approx(one_by_one, abs=1e-12)
        expected = stats.bootstrap(
            (np.arange(9),),
            statistic,
            n_resamples=2000,
            vectorized=False,
            method="percentile",
            rng=np.random.default_rng(1),
        )
        theirs = expected.bootstrap_distribution
        assert stats.ks_2samp(values_b, theirs).pvalue > 0.01
        assert percentile_interval(theirs) == pytest.approx(
            tuple(expected.confidence_interval), abs=1e-12
        )
        assert percentile_interval(values_b) == pytest.approx(
            tuple(expected.confidence_interval), abs=0.3 * np.std(theirs)
        )


def test_each_unit_is_drawn_as_often_as_any_other():
    counts_bu = bootstrap_counts(5, np.random.default_rng(2), resamples=20_000)
    # Of a multinomial distribution of 5 draws with p = 1/5 each.
    assert counts_bu.mean(axis=0) == pytest.approx(np.ones(5), abs=0.03)
    expected = np.where(np.eye(5), 4 / 5, -1 / 5)
    assert np.cov(counts_bu.T) == pytest.approx(expected, abs=0.03)


def test_resamples_are_as_large_as_the_sample():
    counts_bu = bootstrap_counts(7, np.random.default_rng(0), resamples=50)
    assert counts_bu.shape == (50, 7)
    assert (counts_bu.sum(axis=1) == 7).all()
