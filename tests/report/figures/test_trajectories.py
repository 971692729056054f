import csv
import re
import shutil

import numpy as np
import pytest

from affdyn_jax.errors import CorpusError
from affdyn_jax.report.figures.trajectories import trajectories
from affdyn_jax.workdir.files import read_run


def column(path, name):
    with path.open() as file:
        return [row[name] for row in csv.DictReader(file, delimiter=";")]


def test_every_recording_has_a_chart(run):
    gallery = trajectories(run, "test", "")
    names = [f"Test_0{n}" for n in range(1, 7)]
    assert [chart.title for chart in gallery.charts] == names
    assert [chart.name for chart in gallery.charts] == [f"trajectories_{n}" for n in names]


def test_agreement_is_the_ccc_over_the_frames_that_have_a_gold_standard(run):
    chart = trajectories(run, "test", "").charts[1]
    for name in ("arousal", "arousal_dynamics", "valence", "valence_dynamics"):
        gold = column(run.workdir / "gold_standard" / "test" / "Test_02.csv", name)
        predicted = column(run.workdir / "predictions" / "test" / "Test_02.csv", name)
        pairs = [(float(x), float(y)) for x, y in zip(gold, predicted, strict=True) if x]
        assert len(pairs) in (67, 68)  # of 72 frames, a second is masked
        covariance = np.cov(np.transpose(pairs), bias=True)
        difference = np.subtract(*np.mean(pairs, axis=0))
        ccc = 2 * covariance[0, 1] / (np.trace(covariance) + difference**2)  # Lin 1989
        said = f"{ccc:.3f}".replace("0.", ".")
        assert f"{name.replace('_', ' ')} {said}" in chart.alternative
        assert f">CCC {said}</text>" in chart.svg


def test_the_caption_names_all_that_dev_has_chosen(run, write_run, tmp_path):
    assert "by the setup, hidden size and w whose mean CCC" in trajectories(run, "test", "").caption
    over_layers = read_run(write_run(tmp_path / "run", layers=(0, 3)))
    caption = trajectories(over_layers, "test", "").caption
    assert "by the setup, hidden size, layer and w whose mean CCC" in caption


def test_masked_frames_are_gaps(write_run, tmp_path):
    run = read_run(write_run(tmp_path / "run", dimensions=("arousal",), multi=(), frames=200))
    gold = run.workdir / "gold_standard" / "dev" / "Devel_01.csv"
    lines = gold.read_text().splitlines()

    def pieces():
        """Of the gold standard's curves, in both panels."""
        svg = trajectories(run, "dev", "").charts[0].svg
        return sum(path.count("l") for path in re.findall(r'class="gold"[^>]*d="([^"]*)"', svg))

    whole = pieces()
    for number in range(101, 111):
        lines[number] = ";".join([*lines[number].split(";")[:2], "", ""])
    gold.write_text("\n".join(lines) + "\n")
    assert pieces() == whole + 2


def test_a_task_has_one_scale_in_all_recordings(run):
    scales = set()
    for chart in trajectories(run, "test", "").charts:
        ticks = re.findall(r'class="tick" x="42" y="([\d.]+)" [^>]*>([^<]+)<', chart.svg)
        assert len(ticks) >= 8  # two at least in each of four panels
        scales.add(tuple(ticks))
    assert len(scales) == 1


def test_without_any_gold_frame_there_is_no_agreement(write_run, tmp_path):
    run = read_run(write_run(tmp_path / "run", frames=4))
    assert "arousal –, arousal dynamics –" in trajectories(run, "test", "").charts[0].alternative


def test_without_gold_standards_predictions_stand_alone(write_run, tmp_path):
    run = read_run(write_run(tmp_path / "run", test_labelled=False))
    gallery = trajectories(run, "test", "")
    assert "without gold standards" in gallery.caption
    assert len(gallery.charts) == 6
    for chart in gallery.charts:
        assert chart.svg.count('class="predicted"') == 4 + 1  # and the legend
        assert "gold" not in chart.svg
        assert "CCC" not in chart.svg + chart.alternative
    assert all('class="gold"' in chart.svg for chart in trajectories(run, "dev", "").charts)


def test_caption_names_the_lanes_that_predicted(run):
    caption = trajectories(run, "dev", "").caption
    for lane in run.facts.predicting_lanes.values():
        assert f" by {lane}" in caption


def test_a_task_that_no_lane_learned_has_no_panel(write_run, tmp_path):
    diverging = [f"valence-h4-w{w}-seed0" for w in ("0", "0.5", "1")]
    run = read_run(write_run(tmp_path / "run", seeds=(0,), multi=(), diverging=diverging))
    chart = trajectories(run, "test", "").charts[0]
    assert "valence" not in chart.alternative
    assert chart.svg.count("<g ") == 2


def test_a_dimension_that_never_changes_has_a_scale(write_run, tmp_path):
    run = read_run(write_run(tmp_path / "run", undefined=("arousal",)))
    for folder in ("predictions", "gold_standard"):
        for path in (run.workdir / folder / "test").iterdir():
            lines = path.read_text().splitlines()
            place = lines[0].split(";").index("arousal")
            for number, line in enumerate(lines[1:], 1):
                fields = line.split(";")
                fields[place] = "0.1"
                lines[number] = ";".join(fields)
            path.write_text("\n".join(lines) + "\n")
    assert "nan" not in trajectories(run, "test", "").charts[0].svg


def test_recordings_lead_to_their_audio_on_the_same_machine(trained_run, standin_root, tmp_path):
    def links(folder):
        return {c.title: c.audio for c in trajectories(read_run(folder), "test", "").charts}

    names = ("Test_XX_01", "Test_XX_02")
    found = {name: (trained_run / link).resolve() for name, link in links(trained_run).items()}
    assert found == {name: standin_root.resolve() / "audio" / f"{name}.wav" for name in names}
    elsewhere = shutil.copytree(trained_run, tmp_path / "elsewhere" / "run")
    assert links(elsewhere) == dict.fromkeys(names, "")


def test_missing_predictions_are_named(write_run, tmp_path):
    run = read_run(write_run(tmp_path / "run"))
    (run.workdir / "predictions" / "test" / "Test_03.csv").unlink()
    with pytest.raises(CorpusError, match=r"Test_03\.csv: no such file"):
        trajectories(run, "test", "")
