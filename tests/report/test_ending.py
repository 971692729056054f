import dataclasses

import pytest

from affdyn_jax.report import ending
from affdyn_jax.report.ending import print_ending


@pytest.fixture
def told(capsys, monkeypatch):
    """What is said of a run."""
    monkeypatch.setenv("COLUMNS", "80")

    def said(run):
        monkeypatch.setattr(ending, "read_run", lambda folder: run)
        print_ending(run.workdir)
        return capsys.readouterr().out

    return said


def test_scores_report_and_the_next_command(run, told):
    said = told(run)
    assert said.startswith("\nCCC on test, mean over seeds\n")
    chosen = run.selection[run.selection["chosen"]].iloc[0]
    assert f"{chosen['test_ccc']:.3f}".removeprefix("0") in said
    assert f"\nReport:  {run.workdir / 'report.html'}\n" in said
    assert said.endswith(f"\nPredict: affdyn predict --run={run.workdir} RECORDING.wav\n")
    of_table = said[: said.index("Report:")].splitlines()
    assert max(map(len, of_table)) <= 80


def test_generated_data_are_marked(standin_run, told):
    assert told(standin_run).startswith("\nSTAND-IN DATA: CCC on test")


def test_a_folder_with_a_blank_can_be_pasted_into_a_shell(run, told):
    moved = dataclasses.replace(run, workdir=run.workdir.parent / "my run")
    assert f"--run='{moved.workdir}' RECORDING.wav\n" in told(moved)


def test_models_of_precomputed_features_predict_from_features(run, told):
    facts = dataclasses.replace(run.facts, features="precomputed")
    said = told(dataclasses.replace(run, facts=facts))
    assert said.endswith(f"\nPredict: affdyn predict --run={run.workdir} FEATURES.csv\n")
