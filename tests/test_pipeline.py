"""Whole runs on a small stand-in, and every mistake in a config or a corpus as a user sees it."""

import dataclasses
import json
import logging
import re
import shutil
import signal

import numpy as np
import pandas as pd
import pytest
import soundfile

from affdyn_jax import load_run, pipeline
from affdyn_jax.config import read_settings
from affdyn_jax.corpora.avec_tables import read_trace, write_trace
from affdyn_jax.corpora.reading import read_corpus
from affdyn_jax.corpora.standin.generation import write_standin
from affdyn_jax.corpora.standin.settings import StandIn
from affdyn_jax.errors import (
    AffdynError,
    AudioError,
    ConfigError,
    CorpusError,
    MissingCorpusError,
    RunError,
)
from affdyn_jax.evaluation import comparison
from affdyn_jax.features.reading import read_features
from affdyn_jax.method.concordance import concordance
from affdyn_jax.system import processes
from affdyn_jax.system.stop_requests import Stopped
from affdyn_jax.training import sweep
from affdyn_jax.training.trained_lanes import EpochSeconds
from affdyn_jax.workdir.files import read_run
from configs import avec2019_fusion_de, base, demo, recola, recola_avec2016, sewa_de, sewa_hu
from tests.fuzzing import reported_faults
from tests.runs import run_config


@pytest.fixture
def config(standin_root, tmp_path, quick_figures):
    """A run of the shapes of `trained_run`, so that its programs are compiled already."""
    config = base.get_config()
    config.corpus.root = str(standin_root)
    config.features.cache = str(tmp_path / "features")
    config.sweep.weights = (0.0, 0.5, 1.0)
    config.sweep.seeds = (0, 1)
    config.sweep.hidden_sizes.update(mono=(), multi=(4,))
    config.training.max_epochs = 3
    config.compilation_cache = False
    return config


@pytest.fixture
def copy(standin_root, tmp_path):
    """A copy of the corpus to be spoilt."""
    return shutil.copytree(standin_root, tmp_path / "corpus")


def ccc(x, y):
    covariance = np.cov(x, y, ddof=0)
    return 2 * covariance[0, 1] / (np.trace(covariance) + (x.mean() - y.mean()) ** 2)


def test_a_run_leaves_all_its_files_and_they_agree(config, tmp_path, monkeypatch):
    def timed(group, dataset, settings):
        assert [len(dataset.names[p]) for p in ("train", "dev")] == [3, 2]
        seconds = EpochSeconds(2.0, float(group.lanes[0].hidden_size), 1.1)
        return dataclasses.replace(group, epoch_seconds=seconds)

    monkeypatch.setattr(pipeline, "WORTHWHILE_EPOCHS", 3)
    monkeypatch.setattr(pipeline, "time_epochs", timed)
    config.sweep.hidden_sizes.update(mono=(3,), multi=(3, 4))
    folder = tmp_path / "run"
    run_config(config, folder)
    run = read_run(folder)
    assert run.facts.is_standin
    assert run.facts.recordings["test"] == ["Test_XX_01", "Test_XX_02"]
    assert run.lanes["lane"].nunique() == 3 * 2 * 3 + 3 * 2
    assert run.history.groupby("lane").size().max() == 3
    assert sum(run.facts.training_seconds.values()) == pytest.approx(
        run.facts.seconds["training"], abs=0.02
    )
    assert set(run.facts.training_seconds) == {"3", "4"}
    assert run.facts.epoch_seconds_alone == {"3": 3.0, "4": 4.0}
    assert run.facts.epoch_seconds_together == {"3": 2.0, "4": 2.0}
    assert run.facts.epoch_seconds_spread == {"3": 1.1, "4": 1.1}
    # 18 lanes of hidden size 3 and 6 of 4.
    ratio = (18 * 3 + 6 * 4) / (2 + 2)
    assert (
        f"one after the other would take about {ratio:.0f} times as long"
        in (folder / "report.md").read_text()
    )
    compared = run.selection[run.selection["w"] > 0]
    assert compared["p_value"].isin([0.5, 1.0]).all()  # two recordings, so no other is possible
    assert compared["p_value_over_frames"].between(0.000999, 1).all()  # 1/1001, as written
    differences = compared["test_ccc"] - compared["test_ccc_w0"]
    assert compared["difference"].to_numpy() == pytest.approx(differences.to_numpy(), abs=2e-6)
    assert {"checkpoints", "figures", "log.txt", "report.md", "report.html"} <= {
        path.name for path in folder.iterdir()
    }

    assert [*run.facts.predicting_lanes] == [
        *("arousal", "valence", "arousal_dynamics", "valence_dynamics")
    ]
    for column, lane in run.facts.predicting_lanes.items():
        dimension, _, dynamics = column.partition("_")
        target = dynamics or "state"
        rows = run.lanes[(run.lanes["dimension"] == dimension) & (run.lanes["target"] == target)]
        rows = rows[rows["w"] < 1 if target == "state" else rows["w"] > 0]
        means = rows.groupby(["setup", "hidden_size", "w"])["dev_ccc"].mean()
        of_network = rows.set_index(["setup", "hidden_size", "w"]).loc[[means.idxmax()]]
        best = of_network.sort_values("dev_ccc").iloc[-1]
        assert best["lane"] == lane
        for partition in ("dev", "test"):
            predicted, gold = [], []
            for recording in run.facts.recordings[partition]:
                gold_t = run.gold_standard(partition, recording)[column]
                keep = gold_t.notna()
                gold.append(gold_t[keep])
                predicted.append(run.predictions(partition, recording)[column][keep])
            expected = ccc(np.concatenate(predicted), np.concatenate(gold))
            assert best[f"{partition}_ccc"] == pytest.approx(expected, abs=2e-4)


def rate_from_1_to_9(root):
    """The same ratings on another scale."""
    for path in (root / "labels").glob("*.csv"):
        times_s, values_sd, columns = read_trace(path, path.stem)
        traces = dict(zip(columns, 4 * values_sd.T + 5, strict=True))
        write_trace(path, path.stem, times_s, traces)


def test_another_scale_gives_the_same_scores_and_predictions_on_it(config, copy, tmp_path):
    run_config(config, tmp_path / "unit")
    rate_from_1_to_9(copy)
    config.corpus.root = str(copy)
    with pytest.raises(CorpusError, match=r"outside of corpus\.rating_range, -1 to 1"):
        run_config(config, tmp_path / "nine")
    config.corpus.rating_range = (1.0, 9.0)
    run_config(config, tmp_path / "nine", resume=False)
    unit, nine = (read_run(tmp_path / name) for name in ("unit", "nine"))
    # Ratings have six decimals on either scale.
    pd.testing.assert_frame_equal(unit.lanes, nine.lanes, rtol=0, atol=1e-4)
    assert nine.facts.rating_range == (1.0, 9.0)
    assert "**Ratings:** from 1 to 9" in (tmp_path / "nine" / "report.md").read_text()
    factor, offset = 4.0, np.array([5.0, 5.0, 0.0, 0.0])
    for recording in unit.facts.recordings["test"]:
        for kind in ("gold_standard", "predictions"):
            own, other = (getattr(run, kind)("test", recording) for run in (unit, nine))
            np.testing.assert_allclose(other, factor * own + offset, rtol=0, atol=1e-3)
        samples = soundfile.read(copy / "audio" / f"{recording}.wav")
        written = nine.predictions("test", recording)
        predicted = load_run(tmp_path / "nine").predict(*samples).loc[written.index]
        np.testing.assert_allclose(predicted, written, rtol=0, atol=1e-5)


def test_the_same_config_gives_the_same_tables_byte_for_byte(config, tmp_path):
    for name in ("first", "second"):
        run_config(config, tmp_path / name)
    for table in ("lanes.csv", "history.csv", "selection.csv"):
        assert (tmp_path / "first" / table).read_bytes() == (
            tmp_path / "second" / table
        ).read_bytes()


def test_a_stopped_run_resumes_as_if_it_had_not_been_stopped(config, tmp_path, monkeypatch):
    config.sweep.seeds = (0,)
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
    assert "training H = 3, 3 lanes: continuing after epoch 3" in log
    assert "training H = 4, 3 lanes: continuing after epoch" in log
    for table in ("lanes.csv", "history.csv", "selection.csv"):
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


def test_withheld_test_labels_leave_dev_scores_and_predictions(config, copy, tmp_path):
    for labels in (copy / "labels").glob("Test_*"):
        labels.unlink()
    config.corpus.root = str(copy)
    run_config(config, tmp_path / "run")
    run = read_run(tmp_path / "run")
    assert run.facts.labelled == ["dev", "train"]
    assert run.lanes["test_ccc"].isna().all()
    assert run.lanes["dev_ccc"].notna().all()
    assert run.selection[["p_value", "difference", "test_ccc_low"]].isna().all(axis=None)
    assert len(list((tmp_path / "run" / "predictions" / "test").iterdir())) == 2
    assert not (tmp_path / "run" / "gold_standard" / "test").exists()


@pytest.mark.slow
def test_mfcc_and_one_dimension(config, tmp_path):
    config.features.name = "mfcc"
    config.corpus.dimensions = ("valence",)
    config.corpus.annotation_delay = 1.0
    config.sweep.hidden_sizes.update(mono=(4,), multi=())
    run_config(config, tmp_path / "run")
    run = read_run(tmp_path / "run")
    assert run.facts.feature_count == 78
    assert set(run.lanes["setup"]) == {"valence"}
    gold = run.gold_standard("dev", run.facts.recordings["dev"][0])
    assert gold["valence"].isna().sum() == 4  # the shift leaves the last second without label
    assert gold.index[0] == 1.0  # what is predicted at 0 s is the rating of 1 s
    assert run.facts.annotation_delay == 1.0


def test_wav2vec2_from_a_local_checkpoint(config, tiny_checkpoint, tmp_path):
    config.features.name = "w2v2"
    config.features.w2v2.model = str(tiny_checkpoint)
    config.features.w2v2.window = 5.0
    run_config(config, tmp_path / "run")
    run = read_run(tmp_path / "run")
    hidden_size = json.loads((tiny_checkpoint / "config.json").read_text())["hidden_size"]
    assert run.facts.feature_count == hidden_size
    assert run.lanes["dev_ccc"].notna().all()


def test_a_manifest_of_the_same_files_gives_the_same_scores(config, copy, tmp_path):
    partitions = {"Train": "train", "Devel": "dev", "Test": "test"}
    rows = [
        f"{audio.stem},{partitions[audio.stem.split('_')[0]]},audio/{audio.name},"
        f"labels/{audio.stem}.csv"
        for audio in sorted((copy / "audio").iterdir())
    ]
    manifest = copy / "mine.csv"
    manifest.write_text("\n".join(["recording,partition,audio,ratings", *rows]) + "\n")
    run_config(config, tmp_path / "avec2019")
    config.corpus.layout = "manifest"
    config.corpus.root = str(manifest)
    run_config(config, tmp_path / "manifest")
    lanes = [(tmp_path / run / "lanes.csv").read_bytes() for run in ("avec2019", "manifest")]
    assert lanes[0] == lanes[1]
    assert read_run(tmp_path / "manifest").facts.is_standin


def test_all_lanes_diverged(config, tmp_path):
    config.training.learning_rate = 1e38
    with pytest.raises(RunError, match=r"lanes.csv: all 6 lanes diverged.*learning_rate"):
        run_config(config, tmp_path / "run")
    assert pd.read_csv(tmp_path / "run" / "lanes.csv")["diverged"].all()


def test_a_lane_that_diverges_is_named_and_disturbs_no_other(config, tmp_path, monkeypatch):
    run_config(config, tmp_path / "undisturbed")
    new_training = sweep.new_training

    def disturbed(task_weights_lk, *rest):
        task_weights_lk[0] = np.inf
        return new_training(task_weights_lk, *rest)

    monkeypatch.setattr(sweep, "new_training", disturbed)
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


def test_ratings_that_never_change_are_named_and_left_out(config, copy, tmp_path):
    for recording in ("Train_XX_02", "Devel_XX_01", "Test_XX_01", "Test_XX_02"):
        path = copy / "labels" / f"{recording}.csv"
        times_s, values_sd, columns = read_trace(path, recording)
        values_sd[:, columns.index("valence")] = 0.1
        write_trace(path, recording, times_s, dict(zip(columns, values_sd.T, strict=True)))
    config.corpus.root = str(copy)
    run_config(config, tmp_path / "run")
    run = read_run(tmp_path / "run")
    both = {
        "train": ["Train_XX_02"],
        "dev": ["Devel_XX_01"],
        "test": ["Test_XX_01", "Test_XX_02"],
    }
    assert run.facts.constant == {
        partition: {"valence": names, "valence_dynamics": names}
        for partition, names in both.items()
    }
    log = (tmp_path / "run" / "log.txt").read_text()
    assert log.count("the gold standard never changes in") == 6
    assert "WARNING dev, valence: the gold standard never changes in 1 recording(s)" in log
    of_valence = run.lanes["dimension"] == "valence"
    for column in ("test_ccc", "test_ccc_per_recording"):
        np.testing.assert_array_equal(run.lanes[column].isna(), of_valence)
    assert np.isfinite(run.lanes[["dev_ccc", "dev_ccc_per_recording"]]).all(axis=None)
    assert np.isfinite(run.history[["train_loss", "dev_loss"]]).all(axis=None)
    report = (tmp_path / "run" / "report.md").read_text()
    assert "gold standard of valence and valence dynamics never changes on test" in report
    assert "valence in Train_XX_02" in report


@pytest.mark.slow
def test_fusion_reads_all_nine_systems(avec2019_ces_de, tmp_path):
    config = avec2019_fusion_de.get_config()
    config.corpus.root = str(avec2019_ces_de)
    config.compilation_cache = False
    config.sweep.weights = (0.0, 0.8)
    config.sweep.seeds = (0,)
    config.sweep.hidden_sizes.mono = ()
    config.sweep.hidden_sizes.multi = (4,)
    config.training.max_epochs = 2
    run_config(config, tmp_path / "run")
    run = read_run(tmp_path / "run")
    assert run.facts.feature_count == 27
    assert not run.facts.is_standin
    assert len(run.systems) == 18
    # At 10 Hz, by the tables themselves; the grid averages over 0.25 s.
    system = "baseline_predictions/predictions_visual-func"
    predicted, gold = [], []
    for name in run.facts.recordings["test"]:
        labels = avec2019_ces_de / "labels_devel" / f"{name}.csv"
        _, gold_sc, _ = read_trace(labels, name, ("arousal",))
        _, predicted_sc, _ = read_trace(
            avec2019_ces_de / system / f"{name}.csv", name, ("arousal",)
        )
        gold.append(gold_sc[:, 0])
        predicted.append(predicted_sc[: len(gold_sc), 0])
    gold_s, predicted_s = np.concatenate(gold), np.concatenate(predicted)
    expected = concordance(predicted_s, gold_s, np.ones(len(gold_s), bool))
    row = run.systems[(run.systems["system"] == system) & (run.systems["dimension"] == "arousal")]
    assert row["test_ccc"].item() == pytest.approx(float(expected), abs=0.01)


@pytest.mark.parametrize(
    ("field", "value", "said"),
    [
        ("corpus.layout", "avec2018", "corpus.layout='avec2018'"),
        ("corpus.root", "", "corpus.root is not set"),
        ("corpus.annotation_delay", -1.0, "-1.0"),
        ("features.workers", -2, "features.workers=-2"),
        ("sweep.weights", (), "sweep.weights"),
        ("sweep.hidden_sizes.multi", (0,), "sweep.hidden_sizes.multi"),
        ("training.learning_rate", 0.0, "training.learning_rate=0.0"),
        ("corpus.dimensions", ("arousal", "arousal"), "arousal"),
    ],
)
def test_mistakes_in_the_config(config, tmp_path, field, value, said):
    config.update_from_flattened_dict({field: value})
    with pytest.raises(AffdynError, match=said) as caught:
        run_config(config, tmp_path / "run")
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("field", "value", "said"),
    [
        ("corpus.dimensions", ("arousal", "dominance"), "no column 'dominance'"),
        ("features.frame_rate", 25.0, "25 times a second"),
    ],
)
def test_mistakes_in_the_config_that_every_file_contradicts(config, tmp_path, field, value, said):
    config.update_from_flattened_dict({field: value})
    with pytest.raises(CorpusError) as caught:
        run_config(config, tmp_path / "run")
    of_each = [str(fault) for fault in reported_faults(caught.value)]
    assert len(of_each) == 7
    assert all(said in fault for fault in of_each)


def spoil_audio(corpus):
    (corpus / "audio" / "Train_XX_02.wav").write_bytes(b"")


def spoil_audio_content(corpus):
    (corpus / "audio" / "Train_XX_02.wav").write_text("no audio at all")


def remove_audio(corpus):
    (corpus / "audio" / "Train_XX_02.wav").unlink()


def remove_labels(corpus):
    (corpus / "labels" / "Devel_XX_01.csv").unlink()


def remove_dev(corpus):
    for path in corpus.glob("*/Devel_*"):
        path.unlink()


def cut_labels(corpus):
    path = corpus / "labels" / "Train_XX_03.csv"
    path.write_text("\n".join(path.read_text().splitlines()[:60]) + "\n")


def edit_labels(line, change):
    def spoil(corpus):
        path = corpus / "labels" / "Train_XX_01.csv"
        lines = path.read_text().splitlines()
        lines[line - 1] = change(lines[line - 1])
        path.write_text("\n".join(lines) + "\n")

    return spoil


@pytest.mark.parametrize(
    ("spoil", "kind", "said"),
    [
        (spoil_audio, AudioError, r"audio/Train_XX_02.wav"),
        (spoil_audio_content, AudioError, r"audio/Train_XX_02.wav"),
        (remove_audio, CorpusError, r"audio/Train_XX_02"),
        (remove_labels, CorpusError, r"labels/Devel_XX_01.csv: no such file"),
        (remove_dev, CorpusError, r"'Devel_'"),
        (cut_labels, AffdynError, r"Train_XX_03.*ratings.*last 6 s"),
        (edit_labels(1, lambda s: s.replace(";", ",")), CorpusError, r"Train_XX_01.csv:1:.*','"),
        (edit_labels(1, lambda s: s.replace("valence", "v")), CorpusError, r"csv:1:.*'valence'"),
        (edit_labels(7, lambda s: s.rpartition(";")[0] + ";nan"), CorpusError, r"csv:7:.*'nan'"),
        (edit_labels(7, lambda s: s.rpartition(";")[0]), CorpusError, r"csv:7: .* has 3 fields"),
        (edit_labels(7, lambda s: s.replace("0.5", "0.4")), CorpusError, r"csv:7:.*comes twice"),
        (edit_labels(7, lambda s: s.replace("0.5", "0.2")), CorpusError, r"csv:7:.*follows 0.4"),
    ],
)
def test_mistakes_in_the_corpus(config, copy, tmp_path, spoil, kind, said):
    spoil(copy)
    config.corpus.root = str(copy)
    with pytest.raises(kind, match=said) as caught:
        run_config(config, tmp_path / "run")
    assert "\n" not in str(caught.value)


def change_ratings(change, *names):
    def spoil(corpus):
        for path in (corpus / "labels").iterdir():
            if path.stem.startswith(names):
                times_s, values_sd, columns = read_trace(path, path.stem)
                times_s, values_sd = change(times_s, values_sd)
                traces = dict(zip(columns, values_sd.T, strict=True))
                write_trace(path, path.stem, times_s, traces)

    return spoil


def gap(times_s, values_sd):
    return np.delete(times_s, range(40, 50)), np.delete(values_sd, range(40, 50), axis=0)


@pytest.mark.parametrize("command", ["run", "extract"])
@pytest.mark.parametrize(
    ("spoil", "delay", "said"),
    [
        (
            change_ratings(gap, "T"),
            0.0,
            [r"Train_XX_0\d.csv: .* no rating between 4 s"] * 3 + [r"Test_XX_0\d.csv"] * 2,
        ),
        (
            change_ratings(lambda t, v: (t, v * 1e9), "Devel_XX_02"),
            0.0,
            [r"Devel_XX_02.*\.rating_range"],
        ),
        (change_ratings(lambda t, v: (t, v * 0), "Devel"), 0.0, ["never changes .*'dev'"]),
        (change_ratings(lambda t, v: (t, v)), 60.0, ["annotation delay is 60"]),
    ],
)
def test_all_ratings_are_checked_before_any_audio_is_read(
    config, copy, tmp_path, monkeypatch, command, spoil, delay, said
):
    monkeypatch.setattr(pipeline, "read_features", lambda *_: pytest.fail("features are read"))
    spoil(copy)
    config.corpus.update(root=str(copy), annotation_delay=delay)
    with pytest.raises((CorpusError, ConfigError)) as caught:
        if command == "run":
            run_config(config, tmp_path / "run")
        else:
            pipeline.extract(read_settings(config))
    faults = reported_faults(caught.value)
    assert len(faults) == len(said)
    for fault, part in zip(faults, said, strict=True):
        assert re.search(part, str(fault))


def test_telephone_speech_is_reported_also_where_features_are_kept(config, copy, caplog):
    for name in ("Train_XX_02", "Test_XX_01"):
        audio = copy / "audio" / f"{name}.wav"
        samples, rate = soundfile.read(audio)
        soundfile.write(audio, samples[:: rate // 8000], 8000)
    config.corpus.root = str(copy)
    settings = read_settings(config)
    corpus = read_corpus(settings.corpus)
    for _ in range(2):
        caplog.clear()
        read_features(settings.features, corpus)
        (told,) = [r.getMessage() for r in caplog.records if r.levelno == logging.WARNING]
        assert "Train_XX_02.wav, the first of 2 such recordings in 7: at 8000 Hz" in told


def test_absurd_standins_are_refused(config, tmp_path):
    config.corpus.layout = "standin"
    config.corpus.root = str(tmp_path / "standin")
    config.corpus.standin.longest_s = 1e300
    with pytest.raises(ConfigError, match="1e\\+300"):
        run_config(config, tmp_path / "run")


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


def test_precomputed_features_with_withheld_test_labels(config, copy, tmp_path):
    (copy / "audio").rename(copy / "sound")
    rng = np.random.default_rng(0)
    for path in sorted((copy / "labels").iterdir()):
        times_s, _, _ = read_trace(path, path.stem)
        columns = {"a": rng.normal(size=len(times_s)), "b": rng.normal(size=len(times_s))}
        for folder in ("one", "two"):
            write_trace(copy / folder / path.name, path.stem, times_s, columns)
        if path.stem.startswith("Test_"):
            path.unlink()
    config.corpus.root = str(copy)
    config.features.name = "precomputed"
    config.features.folders = ("one,two",)  # as the flag parser hands over --…folders=one,two
    run_config(config, tmp_path / "run")
    run = read_run(tmp_path / "run")
    assert run.facts.feature_count == 4
    assert run.facts.recordings["test"] == ["Test_XX_01", "Test_XX_02"]
    assert run.facts.labelled == ["dev", "train"]


def test_a_standin_without_test_partition(config, tmp_path):
    config.corpus.layout = "standin"
    config.corpus.root = str(tmp_path / "standin")
    config.corpus.standin.update(train=3, dev=2, test=0, shortest_s=11.0, longest_s=13.0)
    run_config(config, tmp_path / "run")
    assert set(read_run(tmp_path / "run").facts.recordings) == {"train", "dev"}


@pytest.mark.slow
@pytest.mark.parametrize("recola", [recola, recola_avec2016])
def test_the_recola_standins(config, tmp_path, recola):
    with config.unlocked():
        config.corpus = recola.get_config("standin").corpus
    config.corpus.root = str(tmp_path / "standin")
    config.corpus.standin.update(train=2, dev=1, test=1, shortest_s=11.0, longest_s=12.0)
    run_config(config, tmp_path / "run")
    run = read_run(tmp_path / "run")
    assert run.facts.is_standin
    assert run.lanes["dev_ccc"].notna().all()
    report = (tmp_path / "run" / "report.md").read_text()
    if config.corpus.standin.layout == "recola":
        assert run.facts.recordings["test"] == ["P04"]
        assert run.facts.labelled == ["dev", "test", "train"]
        assert set(run.facts.agreement) == {"arousal", "valence"}
        assert "Raters' agreement" in report
        log = (tmp_path / "run" / "log.txt").read_text()
        assert f"arousal {run.facts.agreement['arousal']:.3f}" in log
    else:
        assert run.facts.recordings["test"] == ["test_1"]
        assert run.facts.labelled == ["dev", "train"]
        assert run.facts.agreement == {}
        assert "Raters' agreement" not in report


@pytest.mark.parametrize("recola", [recola, recola_avec2016])
@pytest.mark.parametrize("root", ["", "gone"])
def test_recola_without_its_data_says_how_to_get_it(tmp_path, recola, root):
    config = recola.get_config()
    config.corpus.root = root and str(tmp_path / root)
    with pytest.raises(MissingCorpusError) as caught:
        run_config(config, tmp_path / "run")
    message = str(caught.value)
    assert ("gone: no such folder" if root else "corpus.root is not set") in message
    assert "diuf.unifr.ch/main/diva/recola" in message
    assert f"{recola.__name__.replace('.', '/')}.py:standin" in message
    assert ("reference 33" in message) == (config.corpus.layout == "recola")
    assert "\n" not in message


def test_recola_without_partition_lists_says_so(tmp_path):
    config = recola.get_config()
    config.corpus.root = str(tmp_path / "recola")
    config.corpus.standin.update(
        layout="recola", train=1, dev=1, test=0, shortest_s=10.0, longest_s=10.0
    )
    write_standin(StandIn(**config.corpus.standin.to_dict()), tmp_path / "recola")
    with pytest.raises(ConfigError, match=r"corpus\.partitions\.train is empty.*train=P16,P17"):
        run_config(config, tmp_path / "run")
    config.corpus.partitions.train = ("P01,P99",)
    config.corpus.partitions.dev = ("P02",)
    with pytest.raises(CorpusError, match="no recording is called 'P99'"):
        run_config(config, tmp_path / "run")


def test_the_recola_standins_have_recolas_counts():
    full = recola.get_config("standin").corpus.standin
    assert (full.train, full.dev, full.test) == (16, 15, 15)
    challenge = recola_avec2016.get_config("standin").corpus.standin
    assert (challenge.train, challenge.dev, challenge.test) == (9, 9, 9)
    for standin in (full, challenge):
        assert standin.shortest_s == standin.longest_s == 300.0
    for config in (recola, recola_avec2016):
        assert config.get_config().features.w2v2.model == "LeBenchmark/wav2vec2-FR-3K-large"
        with pytest.raises(ValueError, match="'standinn' is no variant"):
            config.get_config("standinn")


def test_a_recording_in_two_partitions(config, tmp_path):
    config.corpus.partitions.dev = ("Devel_", "Train_XX_01")
    with pytest.raises(
        CorpusError, match=r"'Train_XX_01' is in partitions '(train|dev)' and '(train|dev)'"
    ):
        run_config(config, tmp_path / "run")


def test_no_dev_partition(config, tmp_path):
    config.corpus.partitions.dev = ()
    with pytest.raises(CorpusError, match="no recording is in partition 'dev'"):
        run_config(config, tmp_path / "run")


@pytest.mark.parametrize(("sewa", "language"), [(sewa_de, "de"), (sewa_hu, "hu")])
@pytest.mark.parametrize("missing", ["root not set", "root", "labels", "audio"])
def test_sewa_without_its_data_says_how_to_get_it(tmp_path, sewa, language, missing):
    config = sewa.get_config()
    config.corpus.root = "" if missing == "root not set" else str(tmp_path / "root")
    for folder in {"labels": ["audio"], "audio": ["labels"]}.get(missing, []):
        (tmp_path / "root" / folder).mkdir(parents=True)
    with pytest.raises(MissingCorpusError) as caught:
        run_config(config, tmp_path / "run")
    for needed in (
        "corpus.root is not set" if missing == "root not set" else f"{missing}: no such folder",
        "labels/<recording>.csv",
        "audio/<recording>.wav",
        "db.sewaproject.eu",
        f"configs/sewa_{language}.py:standin",
    ):
        assert needed in str(caught.value)
    assert "\n" not in str(caught.value)


def test_the_sewa_standin_has_sewas_counts():
    corpus = sewa_hu.get_config("standin").corpus
    assert (corpus.standin.train, corpus.standin.dev, corpus.standin.test) == (34, 14, 18)
    assert corpus.standin.longest_s == 176.8
    assert sewa_de.get_config("standin").corpus.standin.test == 16
    with pytest.raises(ValueError, match="'standinn' is no variant"):
        sewa_hu.get_config("standinn")


def test_the_configs_are_the_papers():
    config = base.get_config()
    assert config.sweep.weights == (0.0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0)
    assert (config.sweep.hidden_sizes.mono, config.sweep.hidden_sizes.multi) == (
        (16, 32),
        (16, 32, 64),
    )
    assert (config.training.max_epochs, config.training.patience) == (250, 30)
    assert config.training.learning_rate == 6e-4
    assert json.loads(demo.get_config().to_json())["corpus"]["layout"] == "standin"


@pytest.mark.slow  # CI runs the demo by the README's command
def test_the_demo_learns_its_standin(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    config = demo.get_config()
    config.compilation_cache = False
    run_config(config, tmp_path / "run")
    selection = read_run(tmp_path / "run").selection
    states = selection[(selection["target"] == "state") & (selection["dimension"] == "arousal")]
    assert (states["test_ccc"] > 0.5).all()
    dynamics = selection[selection["target"] == "dynamics"]
    assert (dynamics["test_ccc_w0"].abs() < 0.1).all()
    assert (dynamics["test_ccc"] > dynamics["test_ccc_w0"] + 0.04).all()
    of_arousal = dynamics[dynamics["dimension"] == "arousal"]
    assert (of_arousal["test_ccc"] > of_arousal["test_ccc_w0"] + 0.1).all()


@pytest.mark.slow
def test_fusion_shows_the_papers_pattern(avec2019_ces_de, tmp_path):
    config = avec2019_fusion_de.get_config()
    config.corpus.root = str(avec2019_ces_de)
    config.sweep.hidden_sizes.mono = ()
    config.compilation_cache = False
    run_config(config, tmp_path / "run")
    run = read_run(tmp_path / "run")
    best = run.selection[run.selection["chosen"]].set_index(["target", "dimension"])
    at_one = run.lanes[(run.lanes["w"] == 1) & (run.lanes["target"] == "state")]
    for dimension in ("arousal", "valence"):
        assert best.loc[("state", dimension), "test_ccc"] > 0.45
        assert best.loc[("dynamics", dimension), "test_ccc"] > 0.15
        assert best.loc[("dynamics", dimension), "test_ccc_w0"] < 0.1
        lost = at_one.loc[at_one["dimension"] == dimension, "test_ccc"].mean()
        assert lost < best.loc[("state", dimension), "test_ccc"] - 0.2
