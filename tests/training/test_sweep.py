"""Tables of a sweep of two hidden sizes, and what early stopping goes by."""

import dataclasses
import shutil

import numpy as np
import pandas as pd
import pytest

from affdyn_jax.training.lanes import lanes_by_hidden_size
from affdyn_jax.training.loop import predict_lanes
from affdyn_jax.training.settings import HiddenSizes, SweepSettings, TrainingSettings
from affdyn_jax.training.sweep import train_together
from affdyn_jax.workdir.results import learning_curves, score_sweep

DIMENSIONS = ("arousal", "valence")
SWEEP = SweepSettings((0.0, 0.5), (0, 1), HiddenSizes(mono=(3,), multi=(3, 4)))


def run(dataset, folder, sweep=SWEEP, **changed):
    settings = TrainingSettings(learning_rate=0.05, max_epochs=2, checkpoint_every=2)
    settings = dataclasses.replace(settings, **changed)
    return [
        train_together(group, dataset, settings, folder / str(hidden_size))
        for hidden_size, group in lanes_by_hidden_size(DIMENSIONS, sweep).items()
    ]


def test_scores_and_curves_have_all_lanes(dataset, tmp_path):
    sweep = run(dataset, tmp_path)
    assert [len(group.lanes) for group in sweep] == [12, 4]
    scores = score_sweep(sweep, dataset)
    # Mono lanes have two rows, multi lanes four.
    assert len(scores) == 8 * 2 + 4 * 4 + 4 * 4
    assert scores["lane"].nunique() == 16
    assert scores["dev_ccc"].notna().all()
    assert scores["test_ccc"].isna().all()  # test has no gold standard
    curves = learning_curves(sweep, dataset.tasks)
    assert len(curves) == 16 * 2
    assert list(curves["epoch"][:4]) == [1, 2, 1, 2]
    for group in sweep:
        assert group.predictions["test"].shape == (len(group.lanes), 1, 24, 4)


def test_epochs_are_told_as_the_tables_have_them_and_again_after_an_interruption(dataset, tmp_path):
    (lanes, *_) = lanes_by_hidden_size(DIMENSIONS, SWEEP).values()
    settings = TrainingSettings(learning_rate=0.05, max_epochs=8, patience=1, checkpoint_every=2)

    trained = train_together(lanes, dataset, settings, tmp_path / "a", (first := []).append)
    train_together(lanes, dataset, settings, tmp_path / "a", (again := []).append)
    shutil.rmtree(max((tmp_path / "a").glob("*"), key=lambda path: int(path.name)))
    train_together(lanes, dataset, settings, tmp_path / "a", (resumed := []).append)
    expected = learning_curves([trained], dataset.tasks)
    assert len(set(expected.groupby("lane")["epoch"].max())) > 1  # they stop at different times
    for epochs in (first, again, resumed):
        rows = [
            pd.DataFrame({"lane": [lane.name for lane in lanes], "epoch": number, **columns})
            for number, lanes, columns in epochs
        ]
        table = pd.concat(rows).sort_values(["lane", "epoch"], ignore_index=True)
        tables = expected.sort_values(["lane", "epoch"], ignore_index=True)
        pd.testing.assert_frame_equal(table, tables[list(table)], check_dtype=False)


def test_the_score_on_dev_is_that_of_the_best_epoch(dataset, tmp_path):
    sweep = run(dataset, tmp_path, max_epochs=6)
    scores = score_sweep(sweep, dataset)
    curves = learning_curves(sweep, dataset.tasks).set_index(["lane", "epoch"])
    for group in sweep:
        for index, lane in enumerate(group.lanes):
            rows = scores[scores["lane"] == lane.name]
            for column in ("best_epoch", "epochs", "diverged"):
                assert set(rows[column]) == {getattr(group.lane_states, column)[index]}
    for row in scores[scores["target"] == "state"].itertuples():
        at_best = curves.loc[(row.lane, row.best_epoch), f"dev_ccc_{row.dimension}"]
        assert row.dev_ccc == pytest.approx(at_best, abs=1e-5)


def test_a_lane_whose_predictions_are_no_numbers_has_diverged(
    dataset, tmp_path, monkeypatch, caplog
):
    def spoilt(weights, examples, *others):
        predictions_lntk = predict_lanes(weights, examples, *others)
        if examples is dataset.examples["test"]:
            predictions_lntk[1, 0, 7, 2] = np.inf
        return predictions_lntk

    monkeypatch.setattr("affdyn_jax.training.sweep.predict_lanes", spoilt)
    _, multi = run(dataset, tmp_path)
    np.testing.assert_array_equal(multi.lane_states.diverged, [False, True, False, False])
    said = [record.getMessage() for record in caplog.records]
    assert "multi-h4-w0.5-seed0 diverged: its predictions for test became infinite or NaN" in said


@pytest.mark.parametrize(("monitor", "suffix"), [("state", ""), ("dynamics", "_dynamics")])
def test_monitors_of_one_target(dataset, tmp_path, monitor, suffix):
    sweep = run(dataset, tmp_path, monitor=monitor, max_epochs=8)
    curves = learning_curves(sweep, dataset.tasks)
    for group in sweep:
        for lane, best_epoch in zip(group.lanes, group.lane_states.best_epoch, strict=True):
            curve = curves[curves["lane"] == lane.name]
            # With one dev recording its CCC is the concatenated one.
            monitored = sum(curve[f"dev_ccc_{d}{suffix}"] for d in lane.dimensions)
            assert best_epoch == curve["epoch"].iloc[int(np.argmax(monitored))]


def test_curves_end_where_a_lane_stopped(dataset, tmp_path):
    few = SweepSettings((0.0, 0.5), (0, 1), HiddenSizes(mono=(), multi=(4,)))
    sweep = run(dataset, tmp_path, few, max_epochs=30, patience=2)
    curves = learning_curves(sweep, dataset.tasks)
    lengths = curves.groupby("lane").size()
    for group in sweep:
        for lane, epochs in zip(group.lanes, group.lane_states.epochs, strict=True):
            assert lengths[lane.name] == epochs
    assert len(set(lengths)) > 1
