"""Lanes as runs: what each is told, and that none is told twice."""

import math
import os

import numpy as np
import pytest

from affdyn_jax.tracking.lane_runs import Group, LaneTracker, lane_runs
from affdyn_jax.training.lanes import Lane


class Kept(LaneTracker):
    """Keeps lanes; fails at one."""

    name = "kept"
    environment = {"TRACKER_TEST": "1", "HOME": None}  # noqa: RUF012

    def __init__(self, folder, group, fails_at=None):
        super().__init__(folder, group)
        self.lanes, self.fails_at = [], fails_at

    def send(self, lane):
        assert os.environ["TRACKER_TEST"] == "1"
        assert "HOME" not in os.environ
        if lane.name == self.fails_at:
            raise ConnectionError("the server is gone")
        self.lanes.append(lane)


def test_a_lane_has_its_settings_its_curve_and_its_scores(finished):
    lanes = {lane.name: lane for lane in lane_runs(finished)}
    assert list(lanes) == list(finished.lanes["lane"].unique())
    lane = lanes["multi-h4-w0.5-seed1"]
    assert lane.settings == {
        "setup": "multi",
        "hidden_size": 4,
        "w": 0.5,
        "seed": 1,
        "corpus": finished.facts.corpus,
        "features": "mfb",
    }
    assert {type(value) for value in lane.settings.values()} == {str, int, float}
    history = finished.history[finished.history["lane"] == lane.name].set_index("epoch")
    assert list(lane.curve) == list(history.index) == [1, 2, 3]
    for epoch, scores in lane.curve.items():
        assert list(scores) == [
            *("train_loss", "dev_loss", "dev_ccc_arousal", "dev_ccc_valence"),
            *("dev_ccc_arousal_dynamics", "dev_ccc_valence_dynamics"),
        ]
        assert scores == pytest.approx(history.loc[epoch, list(scores)].to_dict())
    rows = finished.lanes[finished.lanes["lane"] == lane.name].set_index(["dimension", "target"])
    row = rows.loc[("valence", "dynamics")]
    assert lane.scores["best_epoch"] == row["best_epoch"]
    assert lane.scores["test_ccc_valence_dynamics"] == pytest.approx(row["test_ccc"])
    assert lane.scores["best_dev_ccc_valence_dynamics"] == pytest.approx(row["dev_ccc"])


def test_what_is_no_number_is_left_out(finished):
    finished = type(finished)(**{**vars(finished), "lanes": finished.lanes.assign(test_ccc=np.nan)})
    for lane in lane_runs(finished):
        assert not any(name.startswith("test_") for name in lane.scores)
        assert all(map(math.isfinite, lane.scores.values()))


def test_no_lane_is_sent_twice(trained_run, tmp_path, group, monkeypatch):
    monkeypatch.setenv("HOME", "/home/anna")
    failing = Kept(tmp_path / "tracking", group, fails_at="multi-h4-w0.5-seed0")
    with pytest.raises(ConnectionError):
        failing.on_end(trained_run)
    assert os.environ["HOME"] == "/home/anna"
    assert "TRACKER_TEST" not in os.environ
    later = Kept(tmp_path / "tracking", group)
    later.on_end(trained_run)
    sent = [lane.name for lane in failing.lanes + later.lanes]
    expected = [Lane("multi", (), 4, w, seed).name for w in (0.0, 0.5, 1.0) for seed in (0, 1)]
    assert sorted(sent) == sorted(expected)
    assert failing.lanes
    again = Kept(tmp_path / "tracking", group)
    again.on_end(trained_run)
    assert again.lanes == []


def test_generated_data_are_marked():
    assert Group("demo", "p", True).name == "STAND-IN DATA demo"
    assert Group("demo", "p", True).tags == ("STAND-IN DATA",)
    assert Group("sewa", "p", False).name == "sewa"
    assert Group("sewa", "p", False).tags == ()
