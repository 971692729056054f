"""The whole of Table 1 on small stand-ins of all three corpora, and a job that was stopped."""

import dataclasses
import shutil
import signal

import pandas as pd
import pytest

from affdyn_jax import pipeline
from affdyn_jax.errors import ConfigError, RunError
from affdyn_jax.system import processes
from affdyn_jax.system.stop_requests import Stopped
from affdyn_jax.workdir.files import read_run
from experiments.paper.paper_grid import grid_runs
from experiments.paper.table1 import is_finished, table1

ALL = ["mfcc", "mfb", "w2v2"]
TABLES = ["table1.csv", "table1.md", "table1.tex", "table1_beside_paper.tex"]
FRENCH = ["recola/mfcc", "recola/mfb", "recola/w2v2_base", "recola/w2v2_large"]
OTHERS = [f"sewa_{language}/{kind}" for language in ("de", "hu") for kind in ALL]


def training(settings, **changed):
    return dataclasses.replace(settings, training=dataclasses.replace(settings.training, **changed))


def log_lines(folder):
    return [line.split(" INFO ")[-1] for line in (folder / "log.txt").read_text().splitlines()]


def test_every_cell_of_the_table_is_filled(finished_grid):
    cells = pd.read_csv(finished_grid / "table1.csv")
    assert list(cells["run"].unique()) == [*FRENCH, *OTHERS]
    columns = {"RECOLA (FR) stand-in": 4, "SEWA DE stand-in": 3, "SEWA HU stand-in": 3}
    for corpus, of_corpus in cells.groupby("corpus"):
        assert len(of_corpus) == 2 * 3 * 2 * 2 * columns[corpus]
    assert cells["value"].notna().all()
    assert cells["is_standin"].all()
    assert len(cells["paper"].dropna()) == len(cells)


def test_cells_are_what_the_runs_found(finished_grid):
    cells = pd.read_csv(finished_grid / "table1.csv")
    for folder, of_run in cells.groupby("run"):
        selection = pd.read_csv(finished_grid / folder / "selection.csv")
        at_best_w = of_run[of_run["quantity"] == "CCC best w"]
        assert sorted(at_best_w["value"]) == sorted(selection["test_ccc"])


def test_the_plan_comes_first_and_is_of_the_lanes_that_were_trained(finished_grid):
    lines = log_lines(finished_grid)
    assert lines[0] == "plan: 10 runs, 90 lanes in all"
    assert lines[1:11] == [f"plan: {run}, 9 lanes, to be trained" for run in [*FRENCH, *OTHERS]]
    lanes = [read_run(finished_grid / run).lanes["lane"].nunique() for run in [*FRENCH, *OTHERS]]
    assert lanes == [9] * 10
    estimates = [line for line in lines if ", an epoch of all lanes takes " in line]
    assert estimates == [
        f"plan: {run}, an epoch of all lanes takes 1.5 s, 2 epochs at most 3.0 s"
        for run in [*FRENCH, *OTHERS]
    ]
    in_all = "10 runs left, at most 30.0 s of training, less if lanes stop early"
    first = "recola/mfcc is finished"
    assert lines.index(estimates[-1]) < lines.index(in_all) < lines.index(first)
    assert lines[lines.index(first) + 1].startswith("9 runs left, at most 27.0 s")
    assert lines[-2] == "sewa_hu/w2v2 is finished"


def test_what_was_made_of_generated_data_says_so(finished_grid):
    assert "STAND-IN DATA" in (finished_grid / "STAND-IN DATA.txt").read_text()
    for name in TABLES:
        text = (finished_grid / name).read_text()
        assert "stand-in" in text
        captions = [s for s in text.splitlines() if s.startswith((r"\caption", "# "))]
        assert all("STAND-IN DATA" in caption for caption in captions), name
    assert (finished_grid / "table1.tex").read_text().count(r"\caption{STAND-IN DATA: ") == 2


def test_a_finished_table_is_made_again_without_training(finished_grid, small_sweeps, monkeypatch):
    before = [(finished_grid / name).read_bytes() for name in TABLES]
    monkeypatch.setattr(pipeline, "run", None)
    table1(small_sweeps, ALL, finished_grid)
    assert [(finished_grid / name).read_bytes() for name in TABLES] == before
    assert log_lines(finished_grid)[-2] == "plan: sewa_hu/w2v2, 9 lanes, finished"


def test_a_run_that_is_damaged_is_no_finished_one(finished_grid, small_sweeps, tmp_path):
    (run,) = grid_runs({"sewa_de": small_sweeps["sewa_de"]}, ["mfb"])
    shutil.copytree(finished_grid / run.folder, tmp_path / run.folder)
    assert is_finished(tmp_path, run)
    (tmp_path / run.folder / "selection.csv").write_text("w\n")
    assert not is_finished(tmp_path, run)


def test_a_stopped_job_resumes(finished_grid, small_sweeps, quick_training, tmp_path, monkeypatch):
    settings = training(small_sweeps["sewa_de"], checkpoint_every=1)
    kept = tmp_path / "sewa_de" / "mfb" / "checkpoints" / "hidden_2" / "1"
    with monkeypatch.context() as patched:
        patched.setattr(processes, "requested", lambda: signal.SIGTERM if kept.exists() else None)
        with pytest.raises(Stopped):
            table1({"sewa_de": settings}, ["mfcc", "mfb"], tmp_path)
    assert not (tmp_path / "table1.csv").exists()
    table1({"sewa_de": settings}, ["mfcc", "mfb"], tmp_path)
    assert "plan: sewa_de/mfcc, 9 lanes, finished" in log_lines(tmp_path)
    assert "continuing after epoch" in (tmp_path / "sewa_de" / "mfb" / "log.txt").read_text()
    for run in ("sewa_de/mfcc", "sewa_de/mfb"):
        lanes = [(folder / run / "lanes.csv").read_bytes() for folder in (tmp_path, finished_grid)]
        assert lanes[0] == lanes[1]


def test_another_config_is_refused_before_anything_is_trained(
    finished_grid, small_sweeps, monkeypatch
):
    other = training(small_sweeps["sewa_hu"], patience=7)
    monkeypatch.setattr(pipeline, "run", None)
    with pytest.raises(RunError, match=r"another config \(training\.patience=7"):
        table1({"sewa_hu": other}, ["mfb"], finished_grid)


def test_missing_features_show_before_anything_is_trained(small_sweeps, tmp_path, monkeypatch):
    monkeypatch.setattr(pipeline, "run", None)
    sewa = small_sweeps["sewa_de"]
    encoder = dataclasses.replace(sewa.features.encoder, model="")
    features = dataclasses.replace(sewa.features, encoder=encoder)
    settings = dataclasses.replace(sewa, features=features)
    with pytest.raises(ConfigError, match=r"SEWA DE stand-in: features\.encoder\.model is not set"):
        table1({"sewa_de": settings}, ["w2v2"], tmp_path)
