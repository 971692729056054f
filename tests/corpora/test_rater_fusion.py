import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from affdyn_jax.corpora.rater_fusion import agreements, join_ratings
from affdyn_jax.errors import CorpusError

# Three raters, four samples; the second is the first one moved up by 0.2.
ANNA = [0.0, 0.2, 0.4, 0.2]
BEN = [0.2, 0.4, 0.6, 0.4]
CLEO = [0.1, 0.1, 0.2, 0.4]
RATERS = ("anna", "ben", "cleo")

METHODS = ("mean", "centred", "ewe")


def columns(*ratings):
    return np.stack([np.array(rating, float) for rating in ratings], axis=1)


def join(method, *ratings):
    return join_ratings(columns(*ratings), RATERS[: len(ratings)], method)


def mean_of(values):
    return sum(values) / len(values)


def ccc_of(x, y):
    """Eq. 2 in plain Python."""
    mx, my = mean_of(x), mean_of(y)
    covariance = mean_of([(a - mx) * (b - my) for a, b in zip(x, y, strict=True)])
    vx, vy = mean_of([(a - mx) ** 2 for a in x]), mean_of([(b - my) ** 2 for b in y])
    return 2 * covariance / (vx + vy + (mx - my) ** 2)


def pearson_of(x, y):
    mx, my = mean_of(x), mean_of(y)
    covariance = sum((a - mx) * (b - my) for a, b in zip(x, y, strict=True))
    return covariance / (sum((a - mx) ** 2 for a in x) * sum((b - my) ** 2 for b in y)) ** 0.5


def centred_of(ratings):
    """The CCC-centred mean, rating by rating and sample by sample as AVEC 2016 defines it."""
    agreement = [
        mean_of([ccc_of(rating, other) for other in ratings if other is not rating])
        for rating in ratings
    ]
    means = [mean_of(rating) for rating in ratings]
    level = sum(a * m for a, m in zip(agreement, means, strict=True)) / sum(agreement)
    shifted = [[v - m + level for v in r] for r, m in zip(ratings, means, strict=True)]
    return [mean_of(samples) for samples in zip(*shifted, strict=True)]


def ewe_of(ratings):
    weights = []
    for rating in ratings:
        others = [other for other in ratings if other is not rating]
        mean_of_others = [mean_of(samples) for samples in zip(*others, strict=True)]
        weights.append(max(pearson_of(rating, mean_of_others), 0.0))
    return [
        sum(w * v for w, v in zip(weights, samples, strict=True)) / sum(weights)
        for samples in zip(*ratings, strict=True)
    ]


def test_agreement_by_hand():
    # Variances: .02, .02, .015; means: .2, .4, .2.
    # anna, ben: covariance .02, so .04 / (.04 + .04) = .5
    # anna, cleo: covariance .005, so .01 / (.02 + .015) = 2/7
    # ben, cleo: covariance .005, so .01 / (.035 + .04) = 2/15
    agreement_r = agreements(columns(ANNA, BEN, CLEO))
    expected = [(1 / 2 + 2 / 7) / 2, (1 / 2 + 2 / 15) / 2, (2 / 7 + 2 / 15) / 2]
    np.testing.assert_allclose(agreement_r, expected)
    joined = join("mean", ANNA, BEN, CLEO)
    assert joined.agreement == pytest.approx((1 / 2 + 2 / 7 + 2 / 15) / 3)
    assert joined.doubts == ()


def test_mean_by_hand():
    np.testing.assert_allclose(join("mean", ANNA, BEN, CLEO).values_s, [0.1, 0.7 / 3, 0.4, 1 / 3])


def test_centred_by_hand():
    # Agreements 11/28, 19/60, 22/105 sum to 193/210; the means are .2, .4 and .2.
    level = (11 / 28 * 0.2 + 19 / 60 * 0.4 + 22 / 105 * 0.2) / (193 / 210)
    expected = np.array([0.1, 0.7 / 3, 0.4, 1 / 3]) - 0.8 / 3 + level
    np.testing.assert_allclose(join("centred", ANNA, BEN, CLEO).values_s, expected)
    np.testing.assert_allclose(expected, centred_of([ANNA, BEN, CLEO]))


def test_ewe_by_hand():
    # Deviations: anna and ben (-.2, 0, .2, 0), cleo (-.1, -.1, 0, .2).
    # Others' doubled means: to anna (-.3, -.1, .2, .2), to cleo (-.4, 0, .4, 0).
    anna = 0.1 / np.sqrt(0.08 * 0.18)
    cleo = 0.04 / np.sqrt(0.06 * 0.32)
    weights = np.array([anna, anna, cleo]) / (2 * anna + cleo)
    expected = columns(ANNA, BEN, CLEO) @ weights
    np.testing.assert_allclose(join("ewe", ANNA, BEN, CLEO).values_s, expected)
    np.testing.assert_allclose(expected, ewe_of([ANNA, BEN, CLEO]))


def test_a_rater_who_contradicts_the_others_is_named_and_has_no_say_in_ewe():
    against = [-value for value in CLEO]
    joined = join("ewe", ANNA, BEN, against)
    np.testing.assert_allclose(joined.values_s, [0.1, 0.3, 0.5, 0.3])
    assert len(joined.doubts) == 1
    assert joined.doubts[0].startswith("rater 'cleo' contradicts the others (mean CCC -0.")


def test_centred_keeps_a_negative_agreement_as_the_challenge_does():
    ratings = [ANNA, [0.1, 0.3, 0.5, 0.3], [0.26, 0.25, 0.25, 0.25]]
    agreement_r = agreements(columns(*ratings))
    assert agreement_r[2] < 0 < agreement_r.sum()
    np.testing.assert_allclose(join("centred", *ratings).values_s, centred_of(ratings))


@pytest.mark.parametrize("method", METHODS)
def test_a_flat_rating_is_named(method):
    joined = join(method, ANNA, BEN, [0.1, 0.1, 0.1, 0.1])
    assert joined.doubts == ("rater 'cleo' never moves",)
    assert joined.agreement == pytest.approx(0.5 / 3)
    # Both others agree alike, so `centred` and `ewe` have their level.
    expected = {
        "mean": np.array([0.3, 0.7, 1.1, 0.7]) / 3,
        "centred": np.array([0.2, 0.6, 1.0, 0.6]) / 3 - 0.6 / 3 + 0.3,
        "ewe": np.array([0.1, 0.3, 0.5, 0.3]),
    }
    np.testing.assert_allclose(joined.values_s, expected[method])


@pytest.mark.parametrize("method", ["centred", "ewe"])
@pytest.mark.parametrize(
    "ratings",
    [
        ([0.1, 0.1, 0.1], [0.3, 0.3, 0.3], [0.3, 0.3, 0.3]),
        ([0.1, 0.1, 0.1], [0.1, 0.2, 0.3], [0.3, 0.3, 0.3]),
        ([0.1, 0.2, 0.3], [0.3, 0.2, 0.1]),
    ],
    ids=["all flat", "one that moves", "opposite"],
)
def test_raters_who_do_not_agree_count_the_same_and_it_is_said(method, ratings):
    joined = join(method, *ratings)
    np.testing.assert_allclose(joined.values_s, columns(*ratings).mean(axis=1))
    assert joined.doubts[-1] == (
        "the raters agree too little to be weighted, so all count the same"
    )


def test_a_level_outside_of_all_ratings_is_not_taken():
    # The third one's agreement is so negative that the level would be below all means.
    ratings = [0.0, 0.2, 0.4, 0.2], [0.0, 0.2, 0.4, 0.2], [1.4, 1.2, 1.0, 1.2]
    scaled = columns(*ratings) * [1, 1, 4]
    assert agreements(scaled).sum() > 0
    assert mean_of(centred_of(scaled.T.tolist())) < scaled.mean(axis=0).min()
    joined = join_ratings(scaled, RATERS, "centred")
    np.testing.assert_allclose(joined.values_s, scaled.mean(axis=1))
    assert "count the same" in joined.doubts[-1]


@pytest.mark.parametrize("method", METHODS)
def test_flat_ratings_of_one_level_have_no_agreement_by_rounding(method):
    joined = join_ratings(np.full((7501, 6), 0.1), "abcdef", method)
    assert joined.agreement == 0.0
    np.testing.assert_allclose(joined.values_s, 0.1)


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("raters", [(), ("anna",)])
def test_fewer_than_two_raters_are_refused(method, raters):
    with pytest.raises(CorpusError, match="need two"):
        join_ratings(np.zeros((4, len(raters))), raters, method)


@pytest.mark.parametrize("method", METHODS)
def test_values_beyond_any_scale_are_refused(method):
    with pytest.raises(CorpusError, match=r"as large as 1e\+308"):
        join(method, [0.0, 1e308], [1e308, 1e308], [1e308, 0.0])


steps = st.integers(-100, 100).map(lambda step: step / 100)
ratings_of_some = st.tuples(st.integers(2, 12), st.integers(2, 6)).flatmap(
    lambda shape: arrays(float, shape, elements=steps)
)


@settings(deadline=None, max_examples=200)
@given(ratings_sr=ratings_of_some, method=st.sampled_from(METHODS))
def test_any_ratings_give_finite_values_within_their_range(ratings_sr, method):
    raters = [f"r{number}" for number in range(ratings_sr.shape[1])]
    joined = join_ratings(ratings_sr, raters, method)
    assert np.isfinite(joined.values_s).all()
    assert -1 - 1e-9 <= joined.agreement <= 1 + 1e-9
    assert ratings_sr.mean(axis=0).min() - 1e-9 <= joined.values_s.mean()
    assert joined.values_s.mean() <= ratings_sr.mean(axis=0).max() + 1e-9
    flat = [rater for rater, r_s in zip(raters, ratings_sr.T, strict=True) if len(set(r_s)) == 1]
    assert [d.split("'")[1] for d in joined.doubts if "never moves" in d] == flat


@settings(deadline=None, max_examples=100)
@given(ratings_sr=ratings_of_some, method=st.sampled_from(METHODS), data=st.data())
def test_the_order_of_the_raters_changes_nothing(ratings_sr, method, data):
    count = ratings_sr.shape[1]
    order = data.draw(st.permutations(range(count)))
    raters = np.array([f"r{number}" for number in range(count)])
    plain = join_ratings(ratings_sr, raters, method)
    permuted = join_ratings(ratings_sr[:, order], raters[order], method)
    # Where raters balance, rounding decides whether they can be weighted.
    if ("count the same" in str(plain.doubts)) == ("count the same" in str(permuted.doubts)):
        total = agreements(ratings_sr).sum()
        if method != "centred" or total <= 0 or total > 1e-6:
            np.testing.assert_allclose(permuted.values_s, plain.values_s, atol=1e-6)
    assert permuted.agreement == pytest.approx(plain.agreement)


@settings(deadline=None, max_examples=50)
@given(
    rating_s=arrays(float, st.integers(2, 12), elements=steps),
    count=st.integers(2, 6),
    method=st.sampled_from(METHODS),
)
def test_raters_who_say_the_same_give_what_they_say(rating_s, count, method):
    joined = join_ratings(np.repeat(rating_s[:, None], count, axis=1), "abcdef"[:count], method)
    np.testing.assert_allclose(joined.values_s, rating_s, atol=1e-12)
    if len(set(rating_s)) > 1:
        assert joined.agreement == pytest.approx(1.0)


@settings(deadline=None, max_examples=50)
@given(shift=st.integers(-20, 20).map(lambda step: step / 10))
def test_what_the_shift_of_one_rater_does(shift):
    rng = np.random.default_rng(0)
    felt_s = np.sin(np.arange(200) / 20)
    ratings_sr = felt_s[:, None] + 0.3 * rng.normal(size=(200, 4))
    shifted_sr = ratings_sr + np.array([0.0, shift, 0.0, 0.0])

    def moved_by(method):
        values = (join_ratings(r, "abcd", method).values_s for r in (ratings_sr, shifted_sr))
        moves_s = np.subtract(*reversed(list(values)))
        np.testing.assert_allclose(moves_s, moves_s[0], atol=1e-12)  # a shift, and no other shape
        return moves_s[0]

    assert moved_by("mean") == pytest.approx(shift / 4)
    # Correlations stay, so the rater's share does.
    weights = [
        np.corrcoef(ratings_sr[:, r], np.delete(ratings_sr, r, 1).mean(1))[0, 1] for r in range(4)
    ]
    assert moved_by("ewe") == pytest.approx(shift * weights[1] / sum(weights))
    # One who rates on another level agrees less, and so moves the level less than in the mean.
    assert abs(moved_by("centred")) <= abs(shift / 4) + 1e-3


def test_one_dissenter_weighs_less_in_ewe_than_in_the_mean():
    rng = np.random.default_rng(1)
    felt_s = np.sin(np.arange(500) / 20)
    ratings_sr = felt_s[:, None] + np.array([0.1, 0.1, 0.1, 2.0]) * rng.normal(size=(500, 4))
    errors = {
        method: np.abs(join_ratings(ratings_sr, "abcd", method).values_s - felt_s).mean()
        for method in ("mean", "ewe")
    }
    assert errors["ewe"] < 0.75 * errors["mean"]


@pytest.mark.parametrize("dimension", ["arousal", "valence"])
@pytest.mark.parametrize("number", [1, 7, 14])
def test_real_traces_as_if_they_were_ratings(avec2019_ces_de, dimension, number):
    """The systems' predictions of one recording beside its gold standard, ten raters in all."""
    name = f"Devel_DE_{number:02}.csv"
    tables = [avec2019_ces_de / "labels_devel" / name]
    tables += sorted(avec2019_ces_de.glob(f"baseline_predictions/*/{name}"))
    assert len(tables) == 10
    traces = [pd.read_csv(table, sep=";")[dimension].tolist() for table in tables]
    length = min(map(len, traces))
    ratings = [trace[:length] for trace in traces]
    expected = {
        "mean": [mean_of(samples) for samples in zip(*ratings, strict=True)],
        "centred": centred_of(ratings),
        "ewe": ewe_of(ratings),
    }
    pairs = [ccc_of(a, b) for i, a in enumerate(ratings) for b in ratings[:i]]
    for method in METHODS:
        joined = join_ratings(columns(*ratings), "abcdefghij", method)
        np.testing.assert_allclose(joined.values_s, expected[method], atol=1e-10)
        assert joined.agreement == pytest.approx(mean_of(pairs))
