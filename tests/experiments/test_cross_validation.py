from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from affdyn_jax.corpora.corpus import Corpus, GoldStandard, Recording
from affdyn_jax.dataset import build_dataset
from affdyn_jax.lanes import Task, lanes_by_hidden_size, tasks_of
from affdyn_jax.significance import mean_ccc
from affdyn_jax.training import adam
from experiments import decisions
from experiments.cross_validation import (
    by_conversation,
    chosen_predictions,
    conversations,
    folds,
    one_w_for_all,
    sums_of_tasks,
    train,
    w_of_each_task,
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
    config = decisions.fusion_config(str(avec2019_ces_de))
    corpus = decisions.read_corpus(config)
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


def means(rows):
    table = pd.DataFrame(rows, columns=["dimension", "target", "w", "dev_ccc"])
    unused = {"dev_ccc_ci": 0.0, "test_ccc": 0.0, "test_ccc_ci": 0.0, "seeds": 2}
    return table.assign(setup="multi", hidden_size=2, **unused)


def test_choices_of_w():
    tasks = (Task("arousal", "state"), Task("arousal", "dynamics"))
    found = means(
        [
            ("arousal", "state", 0.0, 0.6),
            ("arousal", "state", 0.5, 0.5),
            ("arousal", "state", 1.0, 0.0),
            ("arousal", "dynamics", 0.0, 0.0),
            ("arousal", "dynamics", 0.5, 0.2),
            ("arousal", "dynamics", 1.0, 0.3),
        ]
    )
    assert w_of_each_task(found, tasks) == {tasks[0]: 0.0, tasks[1]: 1.0}
    assert one_w_for_all(found, tasks) == {tasks[0]: 0.5, tasks[1]: 0.5}


def test_both_sides_of_a_conversation_are_added_up():
    sums_kns6 = np.random.default_rng(0).normal(size=(3, 8, 2, 6))
    sums_kus6 = by_conversation(sums_kns6)
    np.testing.assert_allclose(sums_kus6[1, 2], sums_kns6[1, 4] + sums_kns6[1, 5])
    np.testing.assert_allclose(sums_kus6.sum(axis=1), sums_kns6.sum(axis=1))


def test_a_fold_is_trained_and_its_sums_are_those_of_the_chosen_lanes(corpus):
    fold = folds(corpus)[0]
    rng = np.random.default_rng(1)
    features = {
        name: rng.normal(size=(4 * seconds, 3)).astype(np.float32)
        for name, seconds in LENGTHS.items()
    }
    dataset = build_dataset(fold, features, 4.0, 0.0)
    (lanes,) = lanes_by_hidden_size(DIMENSIONS, (), (2,), (0.0, 1.0), (0, 1)).values()
    training = {
        **{"optimiser": adam(0.01, 0.9, 0.999, 1e-8), "max_epochs": 2, "patience": 2},
        **{"monitor": "loss", "checkpoint_every": 1},
    }
    trained = train(lanes, dataset, DIMENSIONS, training)
    assert (trained.trained.lanes.epochs == 2).all()

    def states_by_w0_dynamics_by_w1(_, tasks):
        return {task: float(task.target == "dynamics") for task in tasks}

    predictions = chosen_predictions(trained, dataset, DIMENSIONS, states_by_w0_dynamics_by_w1)
    test = dataset.examples["test"]
    sums_kns6 = sums_of_tasks(predictions["test"], test)
    assert sums_kns6.shape == (4, 2, 2, 6)
    for k, task in enumerate(tasks_of(DIMENSIONS)):
        expected = []
        for lane, predictions_ntk in zip(lanes, trained.predictions["test"], strict=True):
            if lane.w == (task.target == "dynamics"):
                valid_nt = test.valid_ntk[..., k]
                x, y = predictions_ntk[..., k][valid_nt], test.gold_ntk[..., k][valid_nt]
                covariance = np.cov(x, y, ddof=0)
                bias = x.mean() - y.mean()
                expected.append(2 * covariance[0, 1] / (np.trace(covariance) + bias**2))
        assert len(expected) == 2
        ccc = mean_ccc(sums_kns6[k].sum(axis=0)[None])
        np.testing.assert_allclose(ccc, np.mean(expected), atol=1e-6)
