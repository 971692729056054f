"""What the plan says, and that its times are measured."""

import dataclasses
import time

import pytest

from affdyn_jax.system import progress
from affdyn_jax.training.settings import HiddenSizes, SweepSettings, TrainingSettings
from experiments.paper import grid_plan
from experiments.paper.grid_plan import lane_count, longest_training
from experiments.paper.paper_grid import grid_runs


@pytest.fixture
def run(small_sweeps):
    (run,) = grid_runs({"sewa_de": small_sweeps["sewa_de"]}, ["mfb"])
    return run


def with_settings(run, **changed):
    return dataclasses.replace(run, settings=dataclasses.replace(run.settings, **changed))


def test_all_lanes_are_counted(run):
    sweep = SweepSettings((0.0, 0.5, 1.0), (0, 1, 2), HiddenSizes(mono=(2, 4), multi=(2, 4, 8)))
    assert lane_count(with_settings(run, sweep=sweep)) == 3 * 3 * (
        2 * 2 + 3
    )  # w, seeds; two dimensions and all together


def test_the_longest_training_is_of_every_hidden_size_to_the_last_epoch(run, monkeypatch):
    run = with_settings(
        run,
        sweep=SweepSettings((0.0,), (0,), HiddenSizes(mono=(2,), multi=(2, 4))),
        training=TrainingSettings(max_epochs=250),
    )
    of_hidden_size = {2: 0.5, 4: 2.0}
    monkeypatch.setattr(
        grid_plan, "seconds_of_an_epoch", lambda lanes, *_: of_hidden_size[lanes[0].hidden_size]
    )
    assert longest_training(run) == 250 * 2.5


# Quick, of what it calls: `tests/training/test_timing.py`.
@pytest.mark.slow
def test_epochs_of_the_run_itself_are_measured(run, tmp_path):
    started = time.perf_counter()
    with progress.logging_to(tmp_path / "log.txt"):
        at_most = longest_training(run)
    assert 0 < at_most < time.perf_counter() - started
    assert "plan: sewa_de/mfb, an epoch of all lanes takes" in (tmp_path / "log.txt").read_text()
