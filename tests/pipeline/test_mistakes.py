"""Every mistake in a config or a corpus as a user sees it."""

import logging
import re

import numpy as np
import pytest
import soundfile

from affdyn_jax import data_of_run, pipeline
from affdyn_jax.config import read_settings
from affdyn_jax.corpora.avec_tables import read_trace, write_trace
from affdyn_jax.corpora.reading import read_corpus
from affdyn_jax.errors import (
    AffdynError,
    AudioError,
    ConfigError,
    CorpusError,
)
from affdyn_jax.features.reading import read_features
from tests.fuzzing import reported_faults
from tests.runs import run_config


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
    monkeypatch.setattr(data_of_run, "read_features", lambda *_: pytest.fail("features are read"))
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
