"""Every alternative by hand, on ten samples of a tenth of a second each."""

import dataclasses
from pathlib import Path

import numpy as np
import pytest

from affdyn_jax.corpora.corpus import Corpus, GoldStandard, Recording
from affdyn_jax.dataset.dataset import build_dataset
from affdyn_jax.dataset.folds import plan_folds
from affdyn_jax.dataset.gold_on_grid import put_on_grid
from affdyn_jax.features.pooling import pool_frames
from experiments.decisions.alternatives import (
    ALTERNATIVES,
    DEFAULT,
    Published,
    dynamics_before_averaging,
    first_samples,
    values_at_centres,
    window_means,
)

TIMES = np.arange(10) / 10
# Of 0 to 0.2 s, 0.3 and 0.4 s, 0.5 to 0.7 s, 0.8 and 0.9 s: the four windows of the grid.
AROUSAL = np.array([0.0, 1, 2, 4, 6, 6, 6, 3, 0, 1])
NAMES = ("a", "b", "c", "d")


def named(name):
    (alternative,) = (a for a in ALTERNATIVES if a.name == name)
    return alternative


@pytest.fixture
def published():
    """Four recordings; their gold standards are `AROUSAL` and noise, their features noise."""
    rng = np.random.default_rng(0)
    recordings, features = [], {}
    for name in NAMES:
        values_sd = np.stack([AROUSAL, rng.standard_normal(10)], axis=1)
        gold_standard = GoldStandard(TIMES, values_sd, Path(f"{name}.csv"))
        partition = "dev" if name == "a" else "train"  # folds do not go by them
        recordings.append(Recording(name, partition, None, gold_standard))
        features[name] = rng.normal(3.0, 2.0, (10, 3)).astype(np.float32)
    dimensions = ("arousal", "valence")
    corpus = Corpus("hand-made", Path(), dimensions, tuple(recordings))
    return Published(corpus, features, ("x", "y", "z"), rate=10.0)


@pytest.mark.parametrize(
    "resampling, expected",
    [
        (window_means, [1, 5, 5, 0.5]),
        (first_samples, [0, 4, 6, 0]),
        # At 0.125, 0.375, 0.625 and 0.875 s.
        (values_at_centres, [1.25, 5.5, 5.25, 0.75]),
    ],
)
def test_ways_to_the_grid(resampling, expected):
    on_grid_tc = resampling(TIMES, np.stack([AROUSAL, -AROUSAL], axis=1))
    np.testing.assert_allclose(on_grid_tc[:, 0], expected, atol=1e-12)
    np.testing.assert_allclose(on_grid_tc[:, 1], np.negative(expected), atol=1e-12)


def test_the_last_value_holds_on_to_the_last_centre():
    times_s, values_s1 = np.array([0.0, 0.25]), np.array([[1.0], [3.0]])
    np.testing.assert_allclose(values_at_centres(times_s, values_s1)[:, 0], [2, 3])


def test_dynamics_at_10_hz_averaged():
    gold_standard = GoldStandard(TIMES, AROUSAL[:, None], Path())
    dynamics_td, defined_t = dynamics_before_averaging(gold_standard)
    # Per second: 10 10 | 20 20 | 0 0 -30 | -30 10.
    np.testing.assert_allclose(dynamics_td[:, 0], [10, 20, -10, -10])
    assert defined_t.all()


def test_dynamics_at_the_grids_own_rate_are_the_defaults():
    gold_standard = GoldStandard(np.arange(4) / 4, AROUSAL[:4, None], Path())
    dynamics_td, defined_t = dynamics_before_averaging(gold_standard)
    np.testing.assert_allclose(dynamics_td[:, 0], [0, 4, 4, 8])
    np.testing.assert_array_equal(defined_t, [False, True, True, True])


def test_the_default_is_what_the_program_makes_of_it(published):
    pooled = {
        name: pool_frames(TIMES, features_sf.astype(float), 4.0, Path(name))
        for name, features_sf in published.features.items()
    }
    gold = put_on_grid(published.corpus, 4.0, 0.0)
    folds = plan_folds(published.corpus, gold, "leave_one_group_out")
    expected = build_dataset(
        published.corpus, gold, pooled, "xyz", features_may_outlast=True, folds=folds
    )
    dataset = DEFAULT.dataset(published)
    assert dataset.names == expected.names
    for split, expected_split in zip(dataset.splits, expected.splits, strict=True):
        for rows_n, expected_n in zip(split[:3], expected_split[:3], strict=True):
            np.testing.assert_array_equal(rows_n, expected_n)
    for partition, examples in dataset.examples.items():
        for array, expected_array in zip(examples, expected.examples[partition], strict=True):
            np.testing.assert_allclose(array, expected_array, atol=1e-6)


def test_gold_standards_of_the_alternatives(published):
    for name, states, dynamics, first_is_valid in (
        ("first sample of each window", [0, 4, 6, 0], [0, 16, 8, -24], False),
        ("Eq. 1 at 10 Hz, then averaged", [1, 5, 5, 0.5], [10, 20, -10, -10], True),
        ("first frame's dynamics are 0", [1, 5, 5, 0.5], [0, 16, 0, -18], True),
    ):
        for examples in named(name).dataset(published).examples.values():
            for gold_tk, valid_tk in zip(examples.gold_ntk, examples.valid_ntk, strict=True):
                np.testing.assert_allclose(gold_tk[:, 0], states, rtol=1e-6)
                np.testing.assert_allclose(gold_tk[:, 2], dynamics, rtol=1e-6)
                assert valid_tk[:, :2].all() and valid_tk[1:].all()
                assert (valid_tk[0, 2:] == first_is_valid).all()


def test_a_delay_moves_the_ratings_earlier(published):
    examples = named("delay of 1 s").dataset(published_twice(published)).examples["test"]
    np.testing.assert_allclose(examples.gold_ntk[0, :4, 0], [2, 6, 6, 1.5])
    np.testing.assert_array_equal(examples.valid_ntk[0, :, 0], [True] * 4 + [False] * 4)


def published_twice(published):
    """The recordings with another second, in which everything is higher by 1."""

    def continued(gold_standard):
        values_sd = np.concatenate([gold_standard.values_sd, gold_standard.values_sd + 1])
        return GoldStandard(np.arange(20) / 10, values_sd, gold_standard.path)

    corpus = published.corpus
    recordings = tuple(
        dataclasses.replace(r, gold_standard=continued(r.gold_standard)) for r in corpus.recordings
    )
    features = {name: np.concatenate([f, f + 1]) for name, f in published.features.items()}
    corpus = dataclasses.replace(corpus, recordings=recordings)
    return Published(corpus, features, published.feature_names, 10.0)


def standardised_features(dataset):
    """What each fold sees of all recordings, shape (folds, N, T, F)."""
    features_ntf = dataset.examples["test"].features_ntf
    assert all(e.features_ntf is features_ntf for e in dataset.examples.values())
    return np.stack([split.standardisation(features_ntf) for split in dataset.splits])


def test_features_of_the_alternatives(published):
    means = [window_means(TIMES, f_sf) for f_sf in published.features.values()]
    everything = np.concatenate(means)
    for name, centre, spread in (
        ("not standardised", lambda _: 0.0, lambda _: 1.0),
        (
            "by all frames, those of test too",
            lambda _: everything.mean(0),
            lambda _: everything.std(0),
        ),
        ("by each recording's own frames", lambda own: own.mean(0), lambda own: own.std(0)),
    ):
        expected_ntf = np.stack([(own - centre(own)) / spread(own) for own in means])
        for features_ntf in standardised_features(named(name).dataset(published)):
            np.testing.assert_allclose(features_ntf, expected_ntf, rtol=1e-4, atol=1e-5)


def test_alternatives_change_what_their_decision_is_about_and_nothing_else(published):
    default = DEFAULT.dataset(published)
    for alternative in ALTERNATIVES:
        if alternative.decision == 8:
            continue  # no label would be left of a single second
        changed = alternative.dataset(published)
        features = not np.array_equal(*map(standardised_features, (changed, default)))
        _, *labels = zip(changed.examples["train"], default.examples["train"], strict=True)
        gold, valid, frames = (not np.array_equal(a, b) for a, b in labels)
        assert features == (alternative.decision in (1, 6)), alternative.label
        assert (gold or valid) == alternative.changes_gold_standards, alternative.label
        assert bool(alternative.training) == (alternative.decision in (5, 7)), alternative.label
        assert not frames
