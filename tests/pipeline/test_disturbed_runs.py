"""Runs that are stopped, started again, computed otherwise, that diverge or fail."""

import json
import signal

import numpy as np
import pandas as pd
import pytest

from affdyn_jax.errors import (
    CorpusError,
    MissingCorpusError,
    RunError,
)
from affdyn_jax.evaluation import comparison
from affdyn_jax.system import processes
from affdyn_jax.system.stop_requests import Stopped
from affdyn_jax.training import sweep
from affdyn_jax.workdir.files import read_run
from tests.runs import run_config


def test_a_stopped_run_resumes_as_if_it_had_not_been_stopped(config, tmp_path, monkeypatch):
    config.sweep.hidden_sizes.multi = (3, 4)
    config.training.checkpoint_every = 2
    run_config(config, tmp_path / "whole")
    kept = tmp_path / "stopped" / "checkpoints" / "hidden_4" / "2"
    with monkeypatch.context() as patched:
        patched.setattr(processes, "requested", lambda: signal.SIGTERM if kept.exists() else None)
        with pytest.raises(Stopped):
            run_config(config, tmp_path / "stopped")
    assert not (tmp_path / "stopped" / "lanes.csv").exists()
    run_config(config, tmp_path / "stopped")
    log = (tmp_path / "stopped" / "log.txt").read_text()
    assert "training H = 3, 6 lanes: continuing after epoch 3" in log
    assert "training H = 4, 6 lanes: continuing after epoch" in log
    for table in ("lanes.csv", "history.csv", "selection.csv", "epochs.jsonl"):
        assert (tmp_path / "whole" / table).read_bytes() == (
            tmp_path / "stopped" / table
        ).read_bytes()


def test_other_arithmetic_is_marked(config, tmp_path, monkeypatch):
    config.training.max_epochs = 1

    def changes():
        run_config(config, tmp_path / "run")
        return json.loads((tmp_path / "run" / "run.json").read_text())["arithmetic_changes"]

    monkeypatch.delenv("XLA_FLAGS", raising=False)
    assert changes() == []
    with monkeypatch.context() as patched:
        patched.setenv("XLA_FLAGS", "--xla_cpu_enable_fast_math=true")  # too late to do anything
        change = "XLA_FLAGS --xla_cpu_enable_fast_math=true instead of none"
        assert changes() == [change]
    assert change in (tmp_path / "run" / "report.md").read_text()
    assert (tmp_path / "run" / "log.txt").read_text().count(change) == 1
    assert changes() == []


def diverging(monkeypatch, lanes):
    """Let the losses of some lanes become infinite."""
    new_training = sweep.new_training

    def disturbed(settings_l, *rest):
        settings_l.task_weights[lanes] = np.inf
        return new_training(settings_l, *rest)

    monkeypatch.setattr(sweep, "new_training", disturbed)


def test_all_lanes_diverged(config, tmp_path, monkeypatch):
    diverging(monkeypatch, slice(None))
    with pytest.raises(RunError, match=r"lanes.csv: all 6 lanes diverged.*learning_rate"):
        run_config(config, tmp_path / "run")
    assert pd.read_csv(tmp_path / "run" / "lanes.csv")["diverged"].all()


def test_a_lane_that_diverges_is_named_and_disturbs_no_other(config, tmp_path, monkeypatch):
    run_config(config, tmp_path / "undisturbed")
    diverging(monkeypatch, 0)
    run_config(config, tmp_path / "disturbed")
    lane = "multi-h4-w0-seed0"

    def other_lines(run, table):
        lines = (tmp_path / run / table).read_text().splitlines()
        return [line for line in lines if not line.startswith(f"{lane},")]

    for table in ("lanes.csv", "history.csv"):
        assert other_lines("disturbed", table) == other_lines("undisturbed", table)
    log = (tmp_path / "disturbed" / "log.txt").read_text()
    assert f"WARNING {lane} diverged in epoch 1: its training loss became infinite or NaN" in log
    assert log.count("diverged") == 1
    run = read_run(tmp_path / "disturbed")
    assert set(run.lanes.loc[run.lanes["diverged"], "lane"]) == {lane}
    assert lane not in run.facts.predicting_lanes.values()
    assert set(run.selection["seeds_w0"]) == {1}
    # What is over seeds has one here, and what is over recordings is tested on its own.
    undefined = [*run.selection.filter(like="_ci"), *comparison.COLUMNS]
    assert run.selection.drop(columns=undefined).notna().all(axis=None)
    report = (tmp_path / "disturbed" / "report.md").read_text()
    assert f"| {lane} | multi | 4 | 0.0 | 0 | 1 |" in report
    assert "1 lane of 6 diverged; no mean includes them." in report


def test_a_mended_command_is_taken_where_nothing_was_trained(config, tmp_path):
    root, config.corpus.root = config.corpus.root, ""
    with pytest.raises(MissingCorpusError, match=r"corpus\.root is not set"):
        run_config(config, tmp_path / "run")
    config.corpus.root = root
    config.features.frame_rate = 25.0
    with pytest.raises(CorpusError, match="25 times a second"):
        run_config(config, tmp_path / "run")
    written = json.loads((tmp_path / "run" / "config.json").read_text())
    assert written["corpus"]["root"] == root


def test_a_workdir_that_is_a_file(config, tmp_path):
    (tmp_path / "run").touch()
    with pytest.raises(RunError, match=r"log\.txt: cannot be written .*; name another --workdir"):
        run_config(config, tmp_path / "run")


def test_a_run_that_fails_leaves_no_finished_one(config, tmp_path):
    run_config(config, tmp_path / "run")
    config.corpus.dimensions = ("arousal", "dominance")
    with pytest.raises(CorpusError, match="dominance"):
        run_config(config, tmp_path / "run", resume=False)
    with pytest.raises(RunError, match="no finished run"):
        read_run(tmp_path / "run")
