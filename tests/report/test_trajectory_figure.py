import csv
import re

import numpy as np
import pytest

from affdyn_jax.errors import CorpusError
from affdyn_jax.report.drawing import style
from affdyn_jax.report.trajectory_figure import trajectory_figure
from affdyn_jax.workdir import read_run


def column(path, name):
    with path.open() as file:
        return [row[name] for row in csv.DictReader(file, delimiter=";")]


def draw(run, partition, recording):
    with style():
        return trajectory_figure(run, partition, recording, "")


def test_agreement_is_the_ccc_over_the_frames_that_have_a_gold_standard(run):
    alternative = draw(run, "test", "Test_02").alternative
    for name in ("arousal", "arousal_dynamics", "valence", "valence_dynamics"):
        gold = column(run.workdir / "gold_standard" / "test" / "Test_02.csv", name)
        predicted = column(run.workdir / "predictions" / "test" / "Test_02.csv", name)
        pairs = [(float(x), float(y)) for x, y in zip(gold, predicted, strict=True) if x]
        assert len(pairs) in (67, 68)  # of 72 frames, a second is masked
        covariance = np.cov(np.transpose(pairs), bias=True)
        difference = np.subtract(*np.mean(pairs, axis=0))
        ccc = 2 * covariance[0, 1] / (np.trace(covariance) + difference**2)  # Lin 1989
        assert f"{name.replace('_', ' ')} {ccc:.3f}".replace("0.", ".") in alternative


def test_masked_frames_are_gaps(write_run, tmp_path):
    run = read_run(write_run(tmp_path / "run", dimensions=("arousal",), multi=(), frames=200))
    gold = run.workdir / "gold_standard" / "dev" / "Devel_01.csv"
    lines = gold.read_text().splitlines()

    def pieces():
        """Of the gold standard's lines, the only black ones, in both panels."""
        paths = re.findall(rb'd="([^"]*)"[^>]*stroke: #000000', draw(run, "dev", "Devel_01").svg)
        return sum(path.count(b"M ") for path in paths)

    whole = pieces()
    for number in range(101, 111):
        lines[number] = ";".join([*lines[number].split(";")[:2], "", ""])
    gold.write_text("\n".join(lines) + "\n")
    assert pieces() == whole + 2


def test_without_any_gold_frame_there_is_no_agreement(write_run, tmp_path):
    run = read_run(write_run(tmp_path / "run", frames=4))
    assert "arousal –, arousal dynamics –" in draw(run, "test", "Test_01").alternative


def test_panels_name_the_lanes_that_predicted(run):
    svg = draw(run, "dev", "Devel_01").svg.decode()
    for lane in run.facts.predicting_lanes.values():
        assert f": {lane} -->" in svg
    assert svg.count("dynamics (1/s) -->") == 2
    assert "time (s) -->" in svg


def test_a_task_that_no_lane_learned_has_no_panel(write_run, tmp_path):
    diverging = [f"valence-h4-w{w}-seed0" for w in ("0", "0.5", "1")]
    run = read_run(write_run(tmp_path / "run", seeds=(0,), multi=(), diverging=diverging))
    assert "valence" not in draw(run, "test", "Test_01").alternative


def test_missing_predictions_are_named(run):
    with pytest.raises(CorpusError, match=r"Test_99\.csv: no such file"):
        draw(run, "test", "Test_99")
