import dataclasses
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from affdyn_jax.corpora.corpus import Corpus, GoldStandard, Recording
from affdyn_jax.dataset.dataset import build_dataset
from affdyn_jax.dataset.examples import Examples
from affdyn_jax.dataset.gold_on_grid import put_on_grid
from affdyn_jax.errors import RunError
from affdyn_jax.evaluation.significance import mean_ccc
from affdyn_jax.training.lanes import lanes_by_hidden_size
from affdyn_jax.training.settings import HiddenSizes, SweepSettings, TrainingSettings
from affdyn_jax.training.sweep import train_together
from experiments.decisions import trained_sums as under_test
from experiments.decisions.alternatives import (
    ALTERNATIVES,
    DEFAULT,
    Published,
    dynamics_before_averaging,
    resampled,
)
from experiments.decisions.trained_sums import by_conversation, sums_of_tasks, trained_sums

# Seconds of ratings of each recording; the longest of each partition of each fold has as many, so
# that these share their compiled programs.
LENGTHS = {"a": 12, "b": 10, "c": 12, "d": 11, "e": 12, "f": 9, "g": 12, "h": 12}
DIMENSIONS = ("arousal", "valence")
SWEEP = SweepSettings((0.5,), (0, 1), HiddenSizes(mono=(), multi=(3,)))
SETTINGS = TrainingSettings(max_epochs=3, learning_rate=5e-3)
# The recordings of each fold, as `folds.plan_folds` says: one conversation, the next one, the rest.
FOLDS = (
    {"test": "ab", "dev": "cd", "train": "efgh"},
    {"test": "cd", "dev": "ef", "train": "abgh"},
    {"test": "ef", "dev": "gh", "train": "abcd"},
    {"test": "gh", "dev": "ab", "train": "cdef"},
)


@pytest.fixture(scope="module")
def published():
    """Four conversations; features of their own scales and offsets."""
    rng = np.random.default_rng(0)
    recordings, features = [], {}
    for (name, seconds), group in zip(LENGTHS.items(), "11223344", strict=True):
        times_s = np.arange(seconds * 10) / 10
        values_sd = np.tanh(np.cumsum(rng.normal(0.0, 0.1, (len(times_s), 2)), axis=0))
        gold_standard = GoldStandard(times_s, values_sd, Path(f"{name}.csv"))
        partition = "dev" if name == "a" else "train"  # folds do not go by them
        recordings.append(Recording(name, partition, None, gold_standard, group=group))
        noise_sf = rng.normal(0.0, 0.2, (len(times_s), 3))
        features[name] = (values_sd[:, [0, 1, 0]] + noise_sf) * [1, 20, 0.1] + rng.normal(size=3)
    corpus = Corpus("hand-made", Path(), DIMENSIONS, tuple(recordings))
    return Published(corpus, features, ("x", "y", "z"), rate=10.0)


def lanes(fold_count=0):
    (of_hidden_size,) = lanes_by_hidden_size(DIMENSIONS, SWEEP, fold_count).values()
    return of_hidden_size


def partitioned(published, fold):
    """The dataset of one fold alone, its recordings the corpus's partitions."""
    on_grid = resampled(published)
    recordings = tuple(
        dataclasses.replace(r, partition=next(p for p, names in fold.items() if r.name in names))
        for r in on_grid.corpus.recordings
    )
    corpus = dataclasses.replace(on_grid.corpus, recordings=recordings)
    features = {name: f_tf.astype(np.float32) for name, f_tf in on_grid.features.items()}
    return build_dataset(corpus, put_on_grid(corpus, 4.0, 0.0), features, "xyz")


def rows(dataset):
    """Each recording's name and its rows of the arrays, without padding."""
    for partition, names in dataset.names.items():
        examples = dataset.examples[partition]
        for n, (name, frame_count) in enumerate(zip(names, examples.frames_n, strict=True)):
            yield name, *(array_ntc[n, :frame_count] for array_ntc in examples[:3])


def with_dynamics_before_averaging(published, dataset):
    gold_standards = {r.name: r.gold_standard for r in published.corpus.recordings}
    for name, _, gold_tk, valid_tk in rows(dataset):
        dynamics_td, defined_t = dynamics_before_averaging(gold_standards[name])
        gold_tk[:, 2:], valid_tk[:, 2:] = dynamics_td, defined_t[:, None]


def unstandardised(published, dataset):
    features = resampled(published).features
    for name, features_tf, *_ in rows(dataset):
        features_tf[...] = features[name]


def standardised_by_own_frames(published, dataset):
    features = resampled(published).features
    for name, features_tf, *_ in rows(dataset):
        features_tf[...] = (features[name] - features[name].mean(0)) / features[name].std(0)


def standardised_by_all_frames(published, dataset):
    features = resampled(published).features
    frames = np.concatenate([*features.values()])
    for name, features_tf, *_ in rows(dataset):
        features_tf[...] = (features[name] - frames.mean(0)) / frames.std(0)


@pytest.mark.slow  # the folds themselves: tests/training/test_folds_as_lanes.py
@pytest.mark.parametrize(
    "name, change",
    [
        ("the defaults", lambda *_: None),
        ("Eq. 1 at 10 Hz, then averaged", with_dynamics_before_averaging),
        ("by dev loss of the dynamics", lambda *_: None),
        ("not standardised", unstandardised),
        pytest.param(
            "by all frames, those of test too", standardised_by_all_frames, marks=pytest.mark.slow
        ),
        ("by each recording's own frames", standardised_by_own_frames),
    ],
)
def test_folds_together_are_each_fold_alone(published, name, change, tmp_path):
    (alternative,) = (a for a in (DEFAULT, *ALTERNATIVES) if a.name == name)
    settings = dataclasses.replace(SETTINGS, **alternative.training)
    sums = trained_sums(
        lanes(len(FOLDS)), alternative.dataset(published), DEFAULT.dataset(published), settings
    )
    of_each = {"dev": [], "test": [], "test_by_default": []}
    for index, fold in enumerate(FOLDS):
        dataset = partitioned(published, fold)
        default = Examples(*(array.copy() for array in dataset.examples["test"]))
        change(published, dataset)
        alone = train_together(lanes(), dataset, settings, tmp_path / str(index))
        dev, test = (alone.predictions[partition] for partition in ("dev", "test"))
        of_each["dev"].append(sums_of_tasks(dev, dataset.examples["dev"]))
        of_each["test"].append(sums_of_tasks(test, dataset.examples["test"]))
        of_each["test_by_default"].append(sums_of_tasks(test, default))
    for name, of_folds in of_each.items():
        expected = np.concatenate(of_folds, axis=1)
        np.testing.assert_allclose(getattr(sums, name), expected, rtol=1e-4, atol=1e-4)


def test_both_sides_of_a_conversation_are_added_up():
    sums_kns6 = np.random.default_rng(0).normal(size=(3, 8, 2, 6))
    sums_kus6 = by_conversation(sums_kns6)
    np.testing.assert_allclose(sums_kus6[1, 2], sums_kns6[1, 4] + sums_kns6[1, 5])
    np.testing.assert_allclose(sums_kus6.sum(axis=1), sums_kns6.sum(axis=1))


def test_sums_are_those_of_each_task_and_recording(published):
    examples = DEFAULT.dataset(published).examples["test"]
    predictions_sntk = np.random.default_rng(2).normal(size=(3, *examples.gold_ntk.shape))
    sums_kns6 = sums_of_tasks(predictions_sntk, examples)
    for k in range(4):
        valid_nt = examples.valid_ntk[..., k]
        expected = []
        for predictions_ntk in predictions_sntk:
            x, y = predictions_ntk[..., k][valid_nt], examples.gold_ntk[..., k][valid_nt]
            covariance = np.cov(x, y, ddof=0)
            squared_bias = (x.mean() - y.mean()) ** 2
            expected.append(2 * covariance[0, 1] / (np.trace(covariance) + squared_bias))
        ccc_of_seeds = mean_ccc(sums_kns6[k].sum(axis=0)[:, None])
        np.testing.assert_allclose(ccc_of_seeds, expected, atol=1e-6)


def test_lanes_that_diverge_are_no_result(published, monkeypatch):
    def diverge(lanes, dataset, settings, checkpoints_folder):
        assert checkpoints_folder.is_dir() and settings.checkpoint_every == settings.max_epochs == 7
        diverged = np.arange(len(lanes)) == 5
        return SimpleNamespace(lane_states=SimpleNamespace(diverged=diverged), predictions={})

    monkeypatch.setattr(under_test, "train_together", diverge)
    dataset = DEFAULT.dataset(published)
    settings = TrainingSettings(max_epochs=7, checkpoint_every=1)
    with pytest.raises(RunError, match=r"'multi-h3-w0\.5-seed1-fold2' diverged"):
        trained_sums(lanes(len(FOLDS)), dataset, dataset, settings)
