"""Recordings of known content, joined by hand."""

import dataclasses
from pathlib import Path

import numpy as np
import pytest

from affdyn_jax.corpora.corpus import Corpus, GoldStandard, Recording
from affdyn_jax.dataset.dataset import build_dataset
from affdyn_jax.dataset.folds import plan_folds
from affdyn_jax.dataset.gold_on_grid import put_on_grid
from affdyn_jax.dataset.settings import UNSMOOTHED, DynamicsSettings
from affdyn_jax.dataset.standardisation import fit_standardisation
from affdyn_jax.errors import CorpusError, FeatureError

RATE = 4.0


def recording(name, partition, seconds, labelled=True, valence=None):
    """Arousal rises ever faster, valence goes up and down, or stays where it is told to.

    Rated ten times a second.
    """
    times_s = np.arange(round(seconds * 10)) / 10
    valence_s = 0.1 * np.sin(times_s) if valence is None else np.full_like(times_s, valence)
    values_sd = np.stack([0.01 * times_s**2, valence_s], axis=1)
    gold_standard = GoldStandard(times_s, values_sd, Path(f"labels/{name}.csv"))
    return Recording(name, partition, Path(f"{name}.wav"), gold_standard if labelled else None)


def corpus(*recordings):
    return Corpus("C", Path("root"), ("arousal", "valence"), recordings)


def dataset_of(recordings, features, delay=0.0, smoothing=UNSMOOTHED, folds=0, **options):
    masks_gaps = options.pop("masks_gaps", False)
    of_recordings = dataclasses.replace(corpus(*recordings), masks_gaps=masks_gaps)
    gold = put_on_grid(of_recordings, RATE, delay, smoothing)
    options["folds"] = plan_folds(of_recordings, gold, folds)
    return build_dataset(of_recordings, gold, features, ("x", "y", "z"), **options)


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


def test_arrays_are_not_shown():
    dataset = dataset_of(THREE, features_of(THREE))
    assert repr(dataset) == "Dataset(2 train, 1 dev recordings; 3 features)"
    assert repr(dataset.standardisation) == "Standardisation(3 features)"
    assert "array" not in repr(corpus(*THREE))


def test_gold_standards_are_states_then_dynamics():
    dataset = dataset_of(THREE, features_of(THREE))
    gold_tk = dataset.examples["dev"].gold_ntk[0]
    # Windows hold the samples at .0 .1 .2, then .3 .4, in turns.
    windows = (np.array([0.0, 0.1, 0.2]), np.array([0.3, 0.4]))
    times = [windows[t % 2] + 0.5 * (t // 2) for t in range(32)]
    arousal_t = np.array([np.mean(0.01 * np.square(window)) for window in times])
    valence_t = np.array([np.mean(0.1 * np.sin(window)) for window in times])
    np.testing.assert_allclose(gold_tk[:, 0], arousal_t, atol=1e-6)
    np.testing.assert_allclose(gold_tk[:, 1], valence_t, atol=1e-6)
    np.testing.assert_allclose(gold_tk[1:, 2], np.diff(arousal_t) / 0.25, atol=1e-5)
    np.testing.assert_allclose(gold_tk[1:, 3], np.diff(valence_t) / 0.25, atol=1e-5)
    valid_tk = dataset.examples["dev"].valid_ntk[0]
    assert not valid_tk[0, 2:].any()
    assert valid_tk[1:].all()
    assert valid_tk[0, :2].all()


@pytest.mark.parametrize(("delay", "folds"), [(0.0, 0), (2.0, 0), (2.0, 3)])
def test_a_smoothed_dataset_knows_the_unsmoothed_one(delay, folds):
    smoothing = DynamicsSettings("savitzky_golay", 2.0)
    dataset = dataset_of(THREE, features_of(THREE), delay, smoothing, folds=folds)
    plain = dataset_of(THREE, features_of(THREE), delay, folds=folds)
    assert dataset.dynamics_settings == smoothing
    assert dataset.unsmoothed.dynamics_settings == plain.dynamics_settings == UNSMOOTHED
    for partition, expected in plain.examples.items():
        is_counted = expected.valid_ntk
        trained, found = dataset.examples[partition], dataset.unsmoothed.examples[partition]
        assert found.features_ntf is trained.features_ntf
        for field in ("features_ntf", "valid_ntk", "frames_n"):
            np.testing.assert_array_equal(getattr(found, field), getattr(expected, field))
        # Taken of states in single precision.
        np.testing.assert_allclose(found.gold_ntk, expected.gold_ntk, atol=1e-6)
        assert (found.gold_ntk[~is_counted] == 0).all()
        np.testing.assert_array_equal(trained.gold_ntk[..., :2], expected.gold_ntk[..., :2])
        assert np.abs(trained.gold_ntk - expected.gold_ntk)[..., 2:].max() > 1e-4


def test_only_training_frames_standardise():
    features = features_of(THREE)
    features["c"] = features["c"] * 100
    dataset = dataset_of(THREE, features)
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
    cut = dataset_of(THREE, longer, features_may_outlast=True)
    exact = dataset_of(THREE, features)
    for partition in ("train", "dev"):
        for a, b in zip(cut.examples[partition], exact.examples[partition], strict=True):
            np.testing.assert_array_equal(a, b)


def test_a_constant_feature_becomes_zero():
    standardisation = fit_standardisation(np.array([[1.0, 5.0], [3.0, 5.0]]))
    np.testing.assert_array_equal(
        standardisation(np.array([[1.0, 5.0], [5.0, 6.0]])), [[-1, 0], [3, 1]]
    )


def test_delay_masks_the_last_frames():
    dataset = dataset_of(THREE, features_of(THREE), delay=2.0)
    undelayed = dataset_of(THREE, features_of(THREE))
    examples = dataset.examples["dev"]
    assert examples.frames_n[0] == 32
    np.testing.assert_array_equal(examples.valid_ntk[0, :, 0], np.arange(32) < 24)
    np.testing.assert_allclose(
        examples.gold_ntk[0, :24, :2], undelayed.examples["dev"].gold_ntk[0, 8:, :2], atol=1e-6
    )


def test_test_without_labels_is_predicted_but_not_scored():
    unlabelled = recording("t", "test", 5, labelled=False)
    recordings = (*THREE, unlabelled)
    dataset = dataset_of(recordings, features_of(recordings))
    assert dataset.labelled == {"train", "dev"}
    assert dataset.names["test"] == ("t",)
    assert not dataset.examples["test"].valid_ntk.any()
    assert dataset.examples["test"].frames_n[0] == 21


def test_no_test_partition():
    dataset = dataset_of(THREE, features_of(THREE))
    assert set(dataset.examples) == {"train", "dev"}


@pytest.mark.parametrize("extra_frames", [-4, 4])
def test_a_second_of_difference_is_cut(extra_frames):
    dataset = dataset_of(THREE, features_of(THREE, extra_frames))
    assert dataset.examples["dev"].frames_n[0] == 32 + min(extra_frames, 0)


@pytest.mark.parametrize("extra_frames", [-5, 5])
def test_more_is_refused(extra_frames):
    said = r"labels/a.csv: the ratings of 'a' last 10 s, its features .* s \(a.wav\)"
    with pytest.raises(FeatureError, match=said):
        dataset_of(THREE, features_of(THREE, extra_frames))


def test_ratings_that_end_early_leave_the_rest_unlabelled_where_gaps_are_masked():
    features = features_of(THREE, extra_frames=8)
    dataset = dataset_of(THREE, features, masks_gaps=True)
    assert dataset.examples["train"].frames_n.tolist() == [48, 32]
    whole = dataset_of(THREE, features_of(THREE))
    np.testing.assert_array_equal(
        dataset.examples["dev"].valid_ntk[:, :32], whole.examples["dev"].valid_ntk
    )
    assert not dataset.examples["dev"].valid_ntk[:, 32:].any()
    np.testing.assert_array_equal(
        dataset.examples["dev"].gold_ntk[:, :32], whole.examples["dev"].gold_ntk
    )
    assert dataset.unrated == {
        "train": {"arousal": 16 / 80, "valence": 16 / 80},
        "dev": {"arousal": 8 / 40, "valence": 8 / 40},
    }
    assert whole.unrated == {}
    # Published features may be padding there, and are cut as ever.
    cut = dataset_of(THREE, features, masks_gaps=True, features_may_outlast=True)
    assert cut.examples["train"].frames_n.tolist() == [40, 24]


@pytest.mark.parametrize("masks_gaps", [False, True])
def test_ratings_that_outlast_the_audio_are_refused_with_gaps_masked_or_not(masks_gaps):
    with pytest.raises(FeatureError, match=r"complete the shorter$"):
        dataset_of(THREE, features_of(THREE, extra_frames=-5), masks_gaps=masks_gaps)


def test_ratings_may_not_outlast_features_even_where_these_are_published():
    with pytest.raises(FeatureError, match="ratings of 'a'"):
        dataset_of(THREE, features_of(THREE, -5), features_may_outlast=True)


@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_features_that_are_not_finite_are_named(value):
    features = features_of(THREE)
    features["b"][6, 2] = value
    with pytest.raises(FeatureError, match=f"recording 'b': feature 2 is {value} at 1.5 s"):
        dataset_of(THREE, features)


def test_features_that_training_has_not_prepared_for_are_named():
    features = features_of(THREE)
    for name in "ab":
        features[name][:, 1] = 0.1
    features["a"][0, 1] += 1e-9
    with pytest.raises(FeatureError, match=r"recording 'c': feature 1 .* at 0 s, over 1e\+06"):
        dataset_of(THREE, features)


def test_a_feature_that_never_changes_is_not_blown_up():
    standardisation = fit_standardisation(np.full((1001, 1), 0.1))
    assert np.full(1001, 0.1).std() > 0  # by rounding
    assert standardisation.deviation_f == 1


def test_recordings_whose_ratings_stand_still_are_named():
    recordings = (
        *THREE,
        recording("d", "train", 7, valence=-0.3),
        recording("e", "dev", 7, valence=0.0),
        recording("f", "test", 7),
    )
    dataset = dataset_of(recordings, features_of(recordings))
    assert dataset.constant == {
        "train": {"valence": ["d"], "valence_dynamics": ["d"]},
        "dev": {"valence": ["e"], "valence_dynamics": ["e"]},
    }
    # Nothing is to be learnt from rounding errors, but all that was rated is to be scored.
    valid_nk = dataset.examples["train"].valid_ntk.any(axis=1)
    np.testing.assert_array_equal(valid_nk[2], [True, False, True, False])
    assert valid_nk[:2].all()
    assert dataset.examples["dev"].valid_ntk.any(axis=1).all()


def test_a_dimension_that_never_changes_in_test_is_named():
    recordings = (*THREE, recording("t", "test", 5, valence=0.2))
    dataset = dataset_of(recordings, features_of(recordings))
    assert dataset.constant == {"test": {"valence": ["t"], "valence_dynamics": ["t"]}}


def test_a_dimension_that_changes_only_where_the_features_have_ended_is_refused():
    late = recording("a", "train", 10, valence=0.1)
    late.gold_standard.values_sd[-3:, 1] = 0.5  # in the last frame alone
    with pytest.raises(CorpusError, match=r"'valence' never changes .*'train'"):
        dataset_of((late, THREE[2]), features_of((late, THREE[2]), extra_frames=-2))


FIVE = (
    *THREE,
    recording("d", "train", 7, valence=-0.3),
    recording("e", "dev", 7),
    recording("f", "test", 7, labelled=False),
)
RATED = (*THREE, recording("d", "train", 7), recording("e", "dev", 7))


def test_partitions_are_one_split_of_features_that_are_standardised_already():
    dataset = dataset_of(FIVE, features_of(FIVE))
    (split,) = dataset.splits
    assert [rows.tolist() for rows in split[:3]] == [[0, 1, 2], [0, 1], [0]]
    features_tf = dataset.examples["train"].features_ntf[0]
    np.testing.assert_array_equal(split.standardisation(features_tf), features_tf)
    assert dataset.groups == {"train": ("a", "b", "d"), "dev": ("c", "e"), "test": ("f",)}


def test_folds_share_one_array_of_features_as_they_are():
    features = features_of(FIVE)
    dataset = dataset_of(FIVE, features, folds=3)
    train, dev, test = (dataset.examples[partition] for partition in ("train", "dev", "test"))
    assert dev is test and train.features_ntf is dev.features_ntf
    assert dataset.names == dict.fromkeys(("train", "dev", "test"), tuple("abcde"))
    for n, name in enumerate("abcde"):
        features_tf = test.features_ntf[n, : test.frames_n[n]]
        np.testing.assert_array_equal(features_tf, np.float32(features[name]))
    # 'd' teaches no valence, but its frames are among those that are scored.
    np.testing.assert_array_equal(train.valid_ntk[3].any(axis=0), [True, False, True, False])
    assert test.valid_ntk[3].any(axis=0).all()
    assert dataset.standardisation.mean_f == pytest.approx(
        np.concatenate([features[name] for name in "abcde"]).mean(axis=0)
    )
    assert repr(dataset) == "Dataset(5 recordings in 3 folds; 3 features)"
    assert dataset.constant == {"test": {"valence": ["d"], "valence_dynamics": ["d"]}}


def test_a_fold_is_the_dataset_of_its_partitions():
    """But for the rounding of features, which are standardised in single precision."""
    features = features_of(FIVE)
    dataset = dataset_of(FIVE, features, folds=3)
    for split in dataset.splits:
        names = [[dataset.names["train"][n] for n in rows] for rows in split[:3]]
        partition_of = {
            name: partition
            for partition, part in zip(("train", "dev", "test"), names, strict=True)
            for name in part
        }
        rated = [dataclasses.replace(r, partition=partition_of[r.name]) for r in FIVE[:5]]
        apart = dataset_of(rated, features)
        for rows, (partition, examples) in zip(split, apart.examples.items(), strict=False):
            together = dataset.examples[partition]
            frames = slice(examples.features_ntf.shape[1])
            standardised = split.standardisation(together.features_ntf[rows, frames])
            is_frame = np.arange(frames.stop) < examples.frames_n[:, None]
            np.testing.assert_allclose(
                standardised[is_frame], examples.features_ntf[is_frame], atol=1e-5
            )
            for own, other in zip(together[1:3], examples[1:3], strict=True):
                np.testing.assert_array_equal(own[rows, frames], other)
            np.testing.assert_array_equal(together.frames_n[rows], examples.frames_n)


def test_what_is_held_out_does_not_standardise():
    features = features_of(RATED)
    dataset = dataset_of(RATED, features, folds=5)
    changed = dataset_of(RATED, features | {"b": features["b"] * 9}, folds=5)
    moved = []
    for before, after in zip(dataset.splits, changed.splits, strict=True):
        is_moved = (before.standardisation.mean_f != after.standardisation.mean_f).all()
        assert is_moved == (1 in before.train_n)
        moved.append(is_moved)
    assert moved.count(False) == 2  # where 'b' is test, and where it is dev


def test_features_that_a_fold_has_not_prepared_for_are_named():
    features = features_of(RATED)
    for name in "abde":
        features[name][:, 1] = 0.1
    for name in "ade":
        features[name][0, 1] += 1e-6
    said = r"recording 'c' in fold 1: feature 1 .* at 0 s, over 1e\+06"
    with pytest.raises(FeatureError, match=said):
        dataset_of(RATED, features, folds=5)


@pytest.mark.parametrize(("offset", "scale"), [(1e6, 1.0), (0.0, 1e-39), (1e39, 1e38)])
def test_features_that_single_precision_does_not_hold_are_refused_with_folds(offset, scale):
    features = {
        name: offset + scale * features_tf for name, features_tf in features_of(FIVE).items()
    }
    dataset_of(FIVE, features)
    with pytest.raises(FeatureError, match=r"feature 0 reaches .* single precision"):
        dataset_of(FIVE, features, folds=3)


def test_a_large_feature_that_never_changes_is_none_of_these():
    features = features_of(FIVE)
    for features_tf in features.values():
        features_tf[:, 2] = 1e7
    assert len(dataset_of(FIVE, features, folds=3).splits) == 3


def test_a_dimension_that_changes_only_where_a_folds_features_have_ended_is_refused():
    late = [recording(name, "train", 10, valence=0.1) for name in "ab"]
    for one in late:
        one.gold_standard.values_sd[-3:, 1] = 0.5  # in the last frame alone
    recordings = (
        *late,
        recording("c", "dev", 8),
        recording("d", "dev", 8),
        recording("e", "dev", 8),
    )
    features = features_of(recordings, extra_frames=-2)
    with pytest.raises(CorpusError, match=r"root, fold 0: .*'valence' never changes .*'dev'"):
        dataset_of(recordings, features, folds=5)
