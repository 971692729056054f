"""Tables of a sweep of two hidden sizes, and what early stopping goes by."""

import numpy as np
import pytest

from affdyn_jax.dataset.dataset import Dataset, fit_standardisation
from affdyn_jax.dataset.examples import pad
from affdyn_jax.method.tasks import tasks_of
from affdyn_jax.training.lanes import lanes_by_hidden_size
from affdyn_jax.training.loop import adam, new_training, predict_lanes
from affdyn_jax.training.settings import HiddenSizes, SweepSettings
from affdyn_jax.training.sweep import TrainedLanes, seconds_of_an_epoch, time_epochs, train_together
from affdyn_jax.workdir.results import learning_curves, score_sweep

DIMENSIONS = ("arousal", "valence")
SWEEP = SweepSettings((0.0, 0.5), (0, 1), HiddenSizes(mono=(3,), multi=(3, 4)))


@pytest.fixture(scope="module")
def dataset():
    rng = np.random.default_rng(0)

    def partition(count):
        features = [rng.normal(size=(24, 3)) for _ in range(count)]
        gold = [np.tanh(np.cumsum(f @ rng.normal(size=(3, 4)), 0) / 9) for f in features]
        return pad(features, gold, [np.ones((24, 4), bool)] * count)

    return Dataset(
        names={"train": ("a", "b"), "dev": ("c",), "test": ("d",)},
        examples={"train": partition(2), "dev": partition(1), "test": partition(1)},
        labelled=frozenset(("train", "dev")),
        standardisation=fit_standardisation(np.zeros((2, 3))),
        constant={},
    )


def run(dataset, folder, monitor="loss", epochs=2, patience=30, every=2):
    lanes = lanes_by_hidden_size(DIMENSIONS, SWEEP)
    optimiser = adam(0.05, 0.9, 0.999, 1e-8)
    return [
        train_together(
            *(group, dataset, DIMENSIONS, optimiser, epochs, patience, monitor),
            checkpoints_folder=folder / str(hidden_size),
            checkpoint_every=every,
        )
        for hidden_size, group in lanes.items()
    ]


def test_scores_and_curves_have_all_lanes(dataset, tmp_path):
    sweep = run(dataset, tmp_path)
    assert [len(group.lanes) for group in sweep] == [12, 4]
    scores = score_sweep(sweep, dataset, DIMENSIONS)
    # Mono lanes have two rows, multi lanes four.
    assert len(scores) == 8 * 2 + 4 * 4 + 4 * 4
    assert scores["lane"].nunique() == 16
    assert scores["dev_ccc"].notna().all()
    assert scores["test_ccc"].isna().all()  # test has no gold standard
    curves = learning_curves(sweep, tasks_of(DIMENSIONS))
    assert len(curves) == 16 * 2
    assert list(curves["epoch"][:4]) == [1, 2, 1, 2]
    for group in sweep:
        assert group.predictions["test"].shape == (len(group.lanes), 1, 24, 4)


def test_the_score_on_dev_is_that_of_the_best_epoch(dataset, tmp_path):
    sweep = run(dataset, tmp_path, epochs=6)
    scores = score_sweep(sweep, dataset, DIMENSIONS)
    curves = learning_curves(sweep, tasks_of(DIMENSIONS)).set_index(["lane", "epoch"])
    for row in scores[scores["target"] == "state"].itertuples():
        at_best = curves.loc[(row.lane, row.best_epoch), f"dev_ccc_{row.dimension}"]
        assert row.dev_ccc == pytest.approx(at_best, abs=1e-5)


def test_a_lane_whose_predictions_are_no_numbers_has_diverged(
    dataset, tmp_path, monkeypatch, caplog
):
    def spoilt(weights, examples):
        predictions_lntk = predict_lanes(weights, examples)
        if examples is dataset.examples["test"]:
            predictions_lntk[1, 0, 7, 2] = np.inf
        return predictions_lntk

    monkeypatch.setattr("affdyn_jax.training.sweep.predict_lanes", spoilt)
    _, multi = run(dataset, tmp_path)
    np.testing.assert_array_equal(multi.trained.lanes.diverged, [False, True, False, False])
    said = [record.getMessage() for record in caplog.records]
    assert "multi-h4-w0.5-seed0 diverged: its predictions for test became infinite or NaN" in said


@pytest.mark.parametrize(("monitor", "suffix"), [("state", ""), ("dynamics", "_dynamics")])
def test_monitors_of_one_target(dataset, tmp_path, monitor, suffix):
    sweep = run(dataset, tmp_path, monitor, epochs=8)
    curves = learning_curves(sweep, tasks_of(DIMENSIONS))
    for group in sweep:
        for lane, best_epoch in zip(group.lanes, group.trained.lanes.best_epoch, strict=True):
            curve = curves[curves["lane"] == lane.name]
            # With one dev recording its CCC is the concatenated one.
            monitored = sum(curve[f"dev_ccc_{d}{suffix}"] for d in lane.dimensions)
            assert best_epoch == curve["epoch"].iloc[int(np.argmax(monitored))]


def test_curves_end_where_a_lane_stopped(dataset, tmp_path):
    sweep = run(dataset, tmp_path, epochs=30, patience=2)
    curves = learning_curves(sweep, tasks_of(DIMENSIONS))
    lengths = curves.groupby("lane").size()
    for group in sweep:
        for lane, epochs in zip(group.lanes, group.trained.lanes.epochs, strict=True):
            assert lengths[lane.name] == epochs
    assert lengths.nunique() > 1


@pytest.fixture
def asked(dataset, monkeypatch):
    """Of which programs an epoch is asked: how many lanes, which seeds, what patience."""
    programs = []

    def epoch_program(lanes, seeds, train, dev, optimiser, patience):
        assert train is dataset.examples["train"] and dev is dataset.examples["dev"]
        programs.append((len(lanes.stopped), seeds, patience))
        return programs[-1]

    monkeypatch.setattr("affdyn_jax.training.sweep.epoch_program", epoch_program)
    return programs


LANES = lanes_by_hidden_size(DIMENSIONS, SWEEP)[3]
ADAM = adam(0.05, 0.9, 0.999, 1e-8)


def test_an_epoch_of_new_lanes_is_timed_for_planning(dataset, asked, monkeypatch):
    seconds_r1 = np.array([[3.0], [5.0], [4.0]])
    monkeypatch.setattr("affdyn_jax.training.sweep.seconds_in_turns", lambda _: seconds_r1)
    assert seconds_of_an_epoch(LANES, dataset, DIMENSIONS, ADAM, 7, "loss") == 4.0
    assert asked == [(12, [0, 1], 7)]


def test_an_epoch_of_all_lanes_is_timed_and_one_of_the_first(dataset, asked, monkeypatch):
    weights_lk = np.full((12, 4), 0.25, np.float32)
    state = new_training(weights_lk, weights_lk, [0, 1], 3, dataset.examples["train"], ADAM)
    trained = TrainedLanes(LANES, state, {}, 1.0)
    monkeypatch.setattr("affdyn_jax.training.sweep.together_and_alone", lambda *programs: programs)
    timed = time_epochs(trained, dataset, ADAM, 7)
    assert timed.epoch_seconds == ((12, [0, 1], 7), (1, [0], 7))
    assert timed.trained is state
