from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from affdyn_jax.corpora.corpus import Corpus, GoldStandard, Recording
from affdyn_jax.dataset.dataset import build_dataset
from affdyn_jax.dataset.gold_on_grid import put_on_grid
from affdyn_jax.errors import RunError
from affdyn_jax.evaluation.significance import mean_ccc
from affdyn_jax.training.lanes import lanes_by_hidden_size
from affdyn_jax.training.settings import HiddenSizes, SweepSettings, TrainingSettings
from experiments.decisions import compare, cross_validation
from experiments.decisions.cross_validation import (
    by_conversation,
    conversations,
    folds,
    padded,
    sums_of_tasks,
    train,
)

# Seconds of ratings of each recording; both sides of a conversation have as many.
LENGTHS = {"a": 12, "b": 10, "c": 14, "d": 12, "e": 14, "f": 16, "g": 10, "h": 16}
DIMENSIONS = ("arousal", "valence")


@pytest.fixture(scope="module")
def corpus():
    rng = np.random.default_rng(0)
    recordings = []
    for number, (name, seconds) in enumerate(LENGTHS.items()):
        times_t = np.arange(seconds * 4) / 4
        values_td = rng.normal(0.0, 0.2, (len(times_t), 2))
        partition = ("train", "dev", "test")[number % 3]
        gold_standard = GoldStandard(times_t, values_td, Path(f"{name}.csv"))
        recordings.append(Recording(name, partition, None, gold_standard))
    return Corpus("hand-made", Path(), DIMENSIONS, tuple(recordings))


def test_each_conversation_is_test_once_and_never_parted(corpus):
    sides = conversations(corpus)
    assert sorted(sides) == [("a", "d"), ("b", "g"), ("c", "e"), ("f", "h")]
    tested = []
    for fold in folds(corpus):
        names = {p: {r.name for r in fold.partition(p)} for p in ("train", "dev", "test")}
        assert [len(names[p]) for p in ("train", "dev", "test")] == [2, 4, 2]
        assert all(set(both) <= of or not set(both) & of for both in sides for of in names.values())
        tested += names["test"]
    assert sorted(tested) == sorted(LENGTHS)


def test_recordings_of_one_length_are_two_sides_of_a_conversation(avec2019_ces_de):
    """Their ratings resemble each other, those of two other recordings do not."""
    corpus = compare.read_published(compare.fusion_settings(str(avec2019_ces_de))).corpus
    ratings = {r.name: r.gold_standard.values_sd for r in corpus.recordings}

    def correlation(one, other):
        shared = slice(min(len(ratings[one]), len(ratings[other])))
        return [
            np.corrcoef(ratings[one][shared, d], ratings[other][shared, d])[0, 1] for d in (0, 1)
        ]

    sides = conversations(corpus)
    assert len(sides) == 7
    for one, other in sides:
        assert abs(len(ratings[one]) - len(ratings[other])) <= 1
    of_sides = [correlation(*both) for both in sides]
    of_others = [
        correlation(one, other)
        for one in ratings
        for other in ratings
        if one < other and (one, other) not in sides and (other, one) not in sides
    ]
    assert np.mean(of_sides, axis=0) == pytest.approx([0.483, 0.479], abs=0.001)
    assert np.mean(of_others, axis=0) == pytest.approx([0.057, 0.013], abs=0.001)


def test_the_fusions_partitions_part_no_conversation(avec2019_ces_de):
    corpus = compare.read_published(compare.fusion_settings(str(avec2019_ces_de))).corpus
    assert [len(corpus.partition(p)) for p in ("train", "dev", "test")] == [8, 2, 4]
    partition_of = {r.name: r.partition for r in corpus.recordings}
    for one, other in conversations(corpus):
        assert partition_of[one] == partition_of[other], (one, other)


def test_both_sides_of_a_conversation_are_added_up():
    sums_kns6 = np.random.default_rng(0).normal(size=(3, 8, 2, 6))
    sums_kus6 = by_conversation(sums_kns6)
    np.testing.assert_allclose(sums_kus6[1, 2], sums_kns6[1, 4] + sums_kns6[1, 5])
    np.testing.assert_allclose(sums_kus6.sum(axis=1), sums_kns6.sum(axis=1))


@pytest.fixture
def dataset(corpus):
    rng = np.random.default_rng(1)
    features = {
        name: rng.normal(size=(4 * seconds, 3)).astype(np.float32)
        for name, seconds in LENGTHS.items()
    }
    fold = folds(corpus)[0]
    return build_dataset(fold, put_on_grid(fold, 4.0, 0.0), features, "xyz")


def test_sums_are_those_of_each_task_and_recording_and_padding_adds_nothing(dataset):
    examples = dataset.examples["dev"]
    longer = padded(dataset, 80).examples["dev"]
    assert examples.gold_ntk.shape[1] < longer.gold_ntk.shape[1] == 80
    predictions_sntk = np.random.default_rng(2).normal(size=(3, *longer.gold_ntk.shape))
    sums_kns6 = sums_of_tasks(predictions_sntk, longer)
    as_long = predictions_sntk[:, :, : examples.gold_ntk.shape[1]]
    np.testing.assert_array_equal(sums_kns6, sums_of_tasks(as_long, examples))
    for k in range(4):
        valid_nt = longer.valid_ntk[..., k]
        expected = []
        for predictions_ntk in predictions_sntk:
            x, y = predictions_ntk[..., k][valid_nt], longer.gold_ntk[..., k][valid_nt]
            covariance = np.cov(x, y, ddof=0)
            squared_bias = (x.mean() - y.mean()) ** 2
            expected.append(2 * covariance[0, 1] / (np.trace(covariance) + squared_bias))
        ccc_of_seeds = mean_ccc(sums_kns6[k].sum(axis=0)[:, None])
        np.testing.assert_allclose(ccc_of_seeds, expected, atol=1e-6)


@pytest.mark.parametrize("diverged", [False, True])
def test_lanes_that_diverge_are_no_result(dataset, monkeypatch, diverged):
    sweep = SweepSettings((0.5,), (0, 1), HiddenSizes(mono=(), multi=(2,)))
    (lanes,) = lanes_by_hidden_size(DIMENSIONS, sweep).values()
    predictions = {"dev": np.zeros((2, 4, 60, 4))}

    def trained_at_once(lanes, dataset, settings, checkpoints_folder):
        assert checkpoints_folder.is_dir() and settings.checkpoint_every == settings.max_epochs == 7
        lane_states = SimpleNamespace(diverged=np.array([False, diverged]))
        return SimpleNamespace(lane_states=lane_states, predictions=predictions)

    monkeypatch.setattr(cross_validation, "train_together", trained_at_once)
    settings = TrainingSettings(max_epochs=7, checkpoint_every=1)
    if diverged:
        with pytest.raises(RunError, match=r"'multi-h2-w0\.5-seed1' diverged"):
            train(lanes, dataset, settings)
    else:
        assert train(lanes, dataset, settings) is predictions
