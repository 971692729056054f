"""The files of a whole report, and its command."""

import itertools
import re

import pandas as pd
import pytest

from affdyn_jax.errors import RunError
from affdyn_jax.report.contents import contents
from affdyn_jax.report.document.markdown import markdown
from affdyn_jax.report.document.page import page
from affdyn_jax.report.figures import drawing
from affdyn_jax.report.files import write_report
from affdyn_jax.workdir.files import read_run
from tests.commands import call, call_afresh


@pytest.fixture
def small(write_run, tmp_path):
    return write_run(
        tmp_path / "run", dimensions=("arousal",), multi=(), seeds=(0,), test_recordings=1
    )


@pytest.mark.parametrize("dimensions", [("NA", "true", "$^$"), ("1", "2"), ("None", "null")])
def test_names_that_others_would_guess_about(write_run, tmp_path, dimensions, quick_figures):
    """pandas takes some for missing values or truth values, Matplotlib some for mathematics."""
    folder = write_run(
        tmp_path / "run", dimensions=dimensions, seeds=(0,), weights=(0.0, 1.0), frames=12
    )
    assert list(read_run(folder).lanes["dimension"].unique()) == list(dimensions)
    write_report(folder)
    written = (folder / "report.html").read_text()
    for dimension in dimensions:
        assert f">{dimension.capitalize()}<" in written


def test_command_writes_page_text_and_figures(small):
    command = call_afresh("affdyn_jax.report", f"--run={small}")
    assert command.status == 0, command.stderr
    document = contents(read_run(small))
    assert (small / "report.html").read_text("utf-8") == page(document)
    assert (small / "report.md").read_text("utf-8") == markdown(document)
    assert {path.name for path in (small / "figures").iterdir()} == {
        "trajectories_Test_01.svg",
        *(f"{name}.{suffix}" for name in ("sweep_mono", "training") for suffix in ("svg", "png")),
    }
    for picture in document.pictures:
        assert (small / "figures" / f"{picture.name}.svg").read_bytes() == picture.svg
    for chart in document.charts:
        assert (small / "figures" / f"{chart.name}.svg").read_text("utf-8") == chart.svg


def test_a_single_seed_has_no_intervals(small):
    text = markdown(contents(read_run(small)))
    assert "±" not in text.replace("± half", "")
    assert "single seed" in text


def test_every_test_recording_is_shown(document):
    assert [chart.title for chart in document.charts] == [f"Test_0{n}" for n in range(1, 7)]


def test_without_test_labels_everything_is_of_dev(write_run, tmp_path, quick_figures):
    run = read_run(write_run(tmp_path / "run", test_labelled=False))
    document = contents(run)
    headings = [section.heading for section in document.sections]
    assert "Scores on dev" in headings
    assert [heading for heading in headings if heading.startswith("Predictions")] == [
        "Predictions for dev",
        "Predictions for test",
    ]
    assert [chart.name for chart in document.charts] == [
        f"trajectories_{name}_0{n}"
        for name, count in (("Devel", 3), ("Test", 6))
        for n in range(1, count + 1)
    ]
    assert "no test labels" in markdown(document)


def test_unfinished_run_is_one_line(small):
    (small / "run.json").unlink()
    command = call("affdyn_jax.report", f"--run={small}")
    assert command.status == 1
    assert command.stdout == ""
    (line,) = command.stderr.splitlines()
    assert str(small / "run.json") in line
    assert "holds no finished run" in line
    assert not (small / "report.html").exists()


def test_folder_that_is_not_there_is_refused(tmp_path):
    with pytest.raises(RunError, match="no such folder"):
        write_report(tmp_path / "nothing")


def test_a_report_that_cannot_be_written_is_named(small):
    (small / "figures").write_text("in the way")
    with pytest.raises(RunError, match=r"figures.*cannot be written") as error:
        write_report(small)
    assert "\n" not in str(error.value)


EVERY_W, EVERY_SEED = (0, 1), (0, 1)
SETUPS = ("arousal", "valence", "multi")


def names_of(setups=SETUPS, weights=EVERY_W, seeds=EVERY_SEED):
    choices = itertools.product(setups, weights, seeds)
    return {f"{setup}-h4-w{w}-seed{seed}" for setup, w, seed in choices}


@pytest.mark.parametrize(
    ("diverging", "undefined"),
    [
        (names_of(seeds=(1,)), ()),
        (names_of(weights=(0,)), ("arousal", "valence")),
        (names_of() - {"arousal-h4-w0-seed0"}, ("arousal",)),
    ],
    ids=["half the seeds", "w = 0", "whole setups, all but one lane"],
)
def test_diverged_or_undefined_results_leave_no_nan_in_the_report(
    write_run, tmp_path, monkeypatch, diverging, undefined
):
    monkeypatch.setattr(drawing, "_PNG_PIXELS", 20)
    folder = write_run(
        tmp_path / "run",
        diverging=diverging,
        undefined=undefined,
        weights=EVERY_W,
        seeds=EVERY_SEED,
        multi=(4,),
        test_recordings=1,
    )
    write_report(folder)
    text = (folder / "report.md").read_text()
    assert not re.search(r"\b(nan|NaN|inf|None)\b", text.replace("infinite or NaN", ""))
    assert f"{len(diverging)} lanes of 12 diverged" in text
    for name in diverging:
        assert f"| {name} |" in text
    (said,) = re.findall("The gold standard of (.*) never changes on test", text) or [""]
    told = [task for task in re.split(", | and ", said) if task]
    assert sorted(told) == sorted(d + part for d in undefined for part in ("", " dynamics"))


@pytest.mark.parametrize("w", [0.0, 1.0])
def test_a_sweep_that_trains_one_target_alone_is_reported(write_run, tmp_path, w, quick_figures):
    systems = pd.DataFrame(
        {"system": ["one"], "dimension": ["arousal"], "dev_ccc": [0.9], "test_ccc": [0.8]}
    )
    folder = write_run(tmp_path / "run", weights=(w,), mono=(), systems=systems)
    write_report(folder)
    report = (folder / "report.md").read_text()
    assert "No lane was trained on" in report
    assert "nan" not in report.lower()
