"""Whole runs on a small stand-in, with every kind of corpus and features."""

import dataclasses
import json

import jax
import numpy as np
import pandas as pd
import pytest
import soundfile

from affdyn_jax import load_run, pipeline
from affdyn_jax.corpora.avec_tables import read_trace, write_trace
from affdyn_jax.errors import ConfigError, CorpusError
from affdyn_jax.system.source_code import PACKAGE, checkout_of
from affdyn_jax.training.trained_lanes import EpochSeconds
from affdyn_jax.workdir.files import read_run
from tests.fake_hub import COMMIT
from tests.runs import run_config


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
    config.sweep.hidden_sizes.update(mono=(4,), multi=(3, 4))
    folder = tmp_path / "run"
    run_config(config, folder)
    run = read_run(folder)
    assert run.facts.is_standin
    assert run.facts.packages["jax"] == jax.__version__
    checkout = checkout_of(PACKAGE)
    assert run.facts.commit == (checkout.commit if checkout else "")
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
    # 6 lanes of hidden size 3 and 18 of 4.
    ratio = (6 * 3 + 18 * 4) / (2 + 2)
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
    factor, offset = 4.0, np.array([5.0, 5.0, 0.0, 0.0])
    errors = [column for column in unit.lanes if column.endswith("_rmse")]
    on_nine = unit.lanes.assign(**{column: factor * unit.lanes[column] for column in errors})
    # Ratings have six decimals on either scale.
    pd.testing.assert_frame_equal(on_nine, nine.lanes, rtol=0, atol=1e-4)
    assert nine.facts.rating_range == (1.0, 9.0)
    assert "**Ratings:** from 1 to 9" in (tmp_path / "nine" / "report.md").read_text()
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


def test_smoothed_dynamics(config, trained_run, tmp_path):
    config.dynamics.update(smoothing="moving_average", window=2.0)
    run_config(config, tmp_path / "run")
    run, plain = read_run(tmp_path / "run"), read_run(trained_run)
    lanes = run.lanes.set_index(["lane", "dimension", "target"])
    is_state = lanes.index.get_level_values("target") == "state"
    for partition in ("dev", "test"):
        scores, unsmoothed = lanes[f"{partition}_ccc"], lanes[f"{partition}_ccc_unsmoothed"]
        pd.testing.assert_series_equal(scores[is_state], unsmoothed[is_state], check_names=False)
        assert (scores != unsmoothed)[~is_state].all()
        assert f"{partition}_ccc_unsmoothed" in run.selection
        # What is written is what was trained on: states as without smoothing, dynamics smaller.
        name = run.facts.recordings[partition][0]
        gold, rated = run.gold_standard(partition, name), plain.gold_standard(partition, name)
        assert gold["arousal"].equals(rated["arousal"])
        assert gold["arousal_dynamics"].std() < 0.9 * rated["arousal_dynamics"].std()
    assert not any("unsmoothed" in column for column in (*plain.lanes, *plain.selection))
    words = ["Unsmoothed:", "of states that a moving average over 2 s has smoothed"]
    for folder, are_told in ((tmp_path / "run", True), (trained_run, False)):
        report = (folder / "report.md").read_text()
        assert all((word in report) == are_told for word in words)


def test_a_window_longer_than_a_recording_ends_in_one_line(config, tmp_path):
    config.dynamics.update(smoothing="savitzky_golay", window=60.0)
    with pytest.raises(ConfigError, match=r"dynamics\.window=60 is 241 frames.*labels/") as caught:
        run_config(config, tmp_path / "run")
    assert "\n" not in str(caught.value)


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


class TrainsNowError(Exception):
    """The run has come to its training."""


def test_a_checkpoint_on_the_hub_is_pinned_by_its_commit(
    config, tiny_checkpoint, start_hub, monkeypatch, tmp_path
):
    def trains_now(*_):
        raise TrainsNowError

    hub = start_hub({path.name: path.read_bytes() for path in tiny_checkpoint.iterdir()})
    monkeypatch.setattr("affdyn_jax.pipeline.train_together", trains_now)
    config.features.name = "encoder"
    config.features.encoder.model = "lab/voice"
    with pytest.raises(TrainsNowError):
        run_config(config, tmp_path / "run")
    kept = json.loads((tmp_path / "run" / "config.json").read_text())
    assert kept["features"]["encoder"]["revision"] == COMMIT
    # The hub has a newer one now, which a run that is resumed does not want.
    hub.newest = "f" * 40
    (tmp_path / "run" / "report.md").touch()
    with pytest.raises(TrainsNowError):
        run_config(config, tmp_path / "run")
    assert json.loads((tmp_path / "run" / "config.json").read_text()) == kept
    assert sorted(hub.fetched) == ["config.json", "model.safetensors", "preprocessor_config.json"]


# Quick: the runs of Table 1 with W2V2 in `tests/experiments/paper/`.
@pytest.mark.slow
def test_wav2vec2_from_a_local_checkpoint(config, tiny_checkpoint, tmp_path):
    config.features.name = "encoder"
    config.features.encoder.model = str(tiny_checkpoint)
    config.features.encoder.window = 5.0
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
