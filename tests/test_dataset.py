"""Recordings of known content, joined by hand."""

from pathlib import Path

import numpy as np
import pytest

from affdyn_jax.corpora.corpus import Corpus, GoldStandard, Recording
from affdyn_jax.dataset import build_dataset, fit_standardisation
from affdyn_jax.errors import FeatureError

RATE = 4.0


def recording(name, partition, seconds, labelled=True):
    """Arousal rises by 0.1 a second, valence is -0.5; rated ten times a second."""
    times_s = np.arange(round(seconds * 10)) / 10
    values_sd = np.stack([0.1 * times_s, np.full_like(times_s, -0.5)], axis=1)
    gold_standard = GoldStandard(times_s, values_sd, Path(f"labels/{name}.csv"))
    return Recording(name, partition, Path(f"{name}.wav"), gold_standard if labelled else None)


def corpus(*recordings):
    return Corpus("C", Path("root"), ("arousal", "valence"), recordings)


def features_of(recordings, extra_frames=0, seed=0):
    rng = np.random.default_rng(seed)
    features = {}
    for r in recordings:
        last = 5.0 if r.gold_standard is None else r.gold_standard.times_s[-1]
        frames = int(last * RATE) + 1 + extra_frames
        features[r.name] = rng.normal(3, 2, (frames, 3))
    return features


THREE = (
    recording("a", "train", 10),
    recording("b", "train", 6),
    recording("c", "dev", 8),
)


def test_gold_standards_are_states_then_dynamics():
    dataset = build_dataset(corpus(*THREE), features_of(THREE), RATE, 0.0)
    gold_tk = dataset.examples["dev"].gold_ntk[0]
    # Windows hold the samples at .0 .1 .2, then .3 .4: means .1 and .35 s, in turns.
    middles_t = np.array([(0.1, 0.35)[t % 2] + 0.5 * (t // 2) for t in range(32)])
    np.testing.assert_allclose(gold_tk[:, 0], 0.1 * middles_t, atol=1e-6)
    np.testing.assert_allclose(gold_tk[:, 1], -0.5)
    np.testing.assert_allclose(gold_tk[1:, 2], 0.1 * np.diff(middles_t) / 0.25, atol=1e-5)
    np.testing.assert_allclose(gold_tk[1:, 3], 0)
    valid_tk = dataset.examples["dev"].valid_ntk[0]
    assert not valid_tk[0, 2:].any()
    assert valid_tk[1:].all()
    assert valid_tk[0, :2].all()


def test_only_training_frames_standardise():
    features = features_of(THREE)
    features["c"] = features["c"] * 100
    dataset = build_dataset(corpus(*THREE), features, RATE, 0.0)
    train = dataset.examples["train"]
    frames_tf = np.concatenate([train.features_ntf[n, : train.frames_n[n]] for n in range(2)])
    np.testing.assert_allclose(frames_tf.mean(0), 0, atol=1e-6)
    np.testing.assert_allclose(frames_tf.std(0), 1, atol=1e-6)
    raw = np.concatenate([features["a"], features["b"]])
    expected = (features["c"] - raw.mean(0)) / raw.std(0)
    np.testing.assert_allclose(dataset.examples["dev"].features_ntf[0], expected, rtol=1e-5)


def test_frames_that_are_cut_do_not_standardise():
    features = features_of(THREE)
    longer = {name: np.vstack([f, np.full((40, 3), 1e6)]) for name, f in features.items()}
    cut = build_dataset(corpus(*THREE), longer, RATE, 0.0, features_may_outlast=True)
    exact = build_dataset(corpus(*THREE), features, RATE, 0.0)
    for partition in ("train", "dev"):
        for a, b in zip(cut.examples[partition], exact.examples[partition], strict=True):
            np.testing.assert_array_equal(a, b)


def test_a_constant_feature_becomes_zero():
    standardisation = fit_standardisation(np.array([[1.0, 5.0], [3.0, 5.0]]))
    np.testing.assert_array_equal(
        standardisation(np.array([[1.0, 5.0], [5.0, 6.0]])), [[-1, 0], [3, 1]]
    )


def test_delay_masks_the_last_frames():
    dataset = build_dataset(corpus(*THREE), features_of(THREE), RATE, 2.0)
    undelayed = build_dataset(corpus(*THREE), features_of(THREE), RATE, 0.0)
    examples = dataset.examples["dev"]
    assert examples.frames_n[0] == 32
    np.testing.assert_array_equal(examples.valid_ntk[0, :, 0], np.arange(32) < 24)
    np.testing.assert_allclose(
        examples.gold_ntk[0, :24, :2], undelayed.examples["dev"].gold_ntk[0, 8:, :2], atol=1e-6
    )


def test_test_without_labels_is_predicted_but_not_scored():
    unlabelled = recording("t", "test", 5, labelled=False)
    dataset = build_dataset(
        corpus(*THREE, unlabelled), features_of((*THREE, unlabelled)), RATE, 0.0
    )
    assert dataset.labelled == {"train", "dev"}
    assert dataset.names["test"] == ("t",)
    assert not dataset.examples["test"].valid_ntk.any()
    assert dataset.examples["test"].frames_n[0] == 21


def test_no_test_partition():
    dataset = build_dataset(corpus(*THREE), features_of(THREE), RATE, 0.0)
    assert set(dataset.examples) == {"train", "dev"}


@pytest.mark.parametrize("extra_frames", [-4, 4])
def test_a_second_of_difference_is_cut(extra_frames):
    dataset = build_dataset(corpus(*THREE), features_of(THREE, extra_frames), RATE, 0.0)
    assert dataset.examples["dev"].frames_n[0] == 32 + min(extra_frames, 0)


@pytest.mark.parametrize("extra_frames", [-5, 5])
def test_more_is_refused(extra_frames):
    said = r"labels/a.csv: the ratings of 'a' last 10 s, its features .* s \(a.wav\)"
    with pytest.raises(FeatureError, match=said):
        build_dataset(corpus(*THREE), features_of(THREE, extra_frames), RATE, 0.0)


def test_ratings_may_not_outlast_features_even_where_these_are_published():
    with pytest.raises(FeatureError, match="ratings of 'a'"):
        build_dataset(corpus(*THREE), features_of(THREE, -5), RATE, 0.0, features_may_outlast=True)


@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_features_that_are_not_finite_are_named(value):
    features = features_of(THREE)
    features["b"][6, 2] = value
    with pytest.raises(FeatureError, match=f"recording 'b': feature 2 is {value} at 1.5 s"):
        build_dataset(corpus(*THREE), features, RATE, 0.0)
