"""What the plan says, and that its times are measured."""

import time

import pytest

from affdyn_jax.errors import ConfigError
from affdyn_jax.system import progress
from experiments.paper import grid_plan
from experiments.paper.grid_plan import lane_count, longest_training
from experiments.paper.paper_grid import grid_runs


@pytest.fixture
def run(small_configs):
    (run,) = grid_runs({"sewa_de": small_configs["sewa_de"]}, ["mfb"])
    return run


def test_all_lanes_are_counted(run):
    run.config.sweep.seeds = (0, 1, 2)
    run.config.sweep.hidden_sizes.update(mono=(2, 4), multi=(2, 4, 8))
    assert lane_count(run) == 3 * 3 * (2 * 2 + 3)  # w, seeds; two dimensions and all together


def test_the_longest_training_is_of_every_hidden_size_to_the_last_epoch(run, monkeypatch):
    run.config.sweep.hidden_sizes.update(mono=(2,), multi=(2, 4))
    run.config.training.max_epochs = 250
    of_hidden_size = {2: 0.5, 4: 2.0}
    monkeypatch.setattr(
        grid_plan, "seconds_of_an_epoch", lambda lanes, *_: of_hidden_size[lanes[0].hidden_size]
    )
    assert longest_training(run) == 250 * 2.5


def test_epochs_of_the_run_itself_are_measured(run, tmp_path):
    started = time.perf_counter()
    with progress.logging_to(tmp_path / "log.txt"):
        at_most = longest_training(run)
    assert 0 < at_most < time.perf_counter() - started
    assert "plan: sewa_de/mfb, an epoch of all lanes takes" in (tmp_path / "log.txt").read_text()


@pytest.mark.parametrize(
    ("section", "field", "value"),
    [("sweep", "weights", ()), ("training", "patience", 0), ("features", "workers", -1)],
)
def test_values_that_make_no_sense_are_refused_when_counting(run, section, field, value):
    run.config[section][field] = value
    with pytest.raises(ConfigError, match=field):
        lane_count(run)
