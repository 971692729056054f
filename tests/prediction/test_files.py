"""Recordings on disk to tables and pictures, in every kind of audio, for the user alone."""

import shutil

import numpy as np
import pandas as pd
import pytest
import soundfile

from affdyn_jax import load_run
from affdyn_jax.corpora.avec_tables import read_trace
from affdyn_jax.errors import AudioError, RunError
from affdyn_jax.prediction.files import predict_files
from affdyn_jax.workdir.files import read_run


@pytest.fixture(scope="module")
def model(trained_run):
    return load_run(trained_run)


@pytest.fixture(scope="module")
def written(model, standin_root, tmp_path_factory):
    """The folder of predictions for two test recordings."""
    out = tmp_path_factory.mktemp("predicted") / "out"
    names = ("Test_XX_01", "Test_XX_02")
    predict_files(model, {name: standin_root / "audio" / f"{name}.wav" for name in names}, out)
    return out


def test_the_tables_are_those_of_the_run(written, trained_run):
    run = read_run(trained_run)
    for recording in ("Test_XX_01", "Test_XX_02"):
        path = written / "predictions" / f"{recording}.csv"
        assert path.read_text().startswith(
            "name;timestamp;arousal;valence;arousal_dynamics;valence_dynamics\n"
        )
        times_t, values_tc, columns = read_trace(path, recording)
        predicted = pd.DataFrame(values_tc, index=times_t, columns=columns)
        expected = run.predictions("test", recording)
        predicted = predicted.loc[expected.index, expected.columns]
        # Both are rounded to six decimals, and may lie on either side of a half.
        np.testing.assert_allclose(predicted, expected, rtol=0, atol=1.001e-6)


def test_the_summary_has_a_row_for_each_recording(written):
    summary = pd.read_csv(written / "summary.csv", index_col="recording")
    assert list(summary.index) == ["Test_XX_01", "Test_XX_02"]
    for recording, row in summary.iterrows():
        table = pd.read_csv(written / "predictions" / f"{recording}.csv", sep=";")
        assert row["seconds"] == len(table) / 4
        for column in ("arousal", "valence", "arousal_dynamics", "valence_dynamics"):
            assert row[f"{column}_mean"] == pytest.approx(table[column].mean(), abs=2e-6)
            deviation = table[column].std(ddof=0)
            assert row[f"{column}_deviation"] == pytest.approx(deviation, abs=2e-6)


def test_all_is_for_the_user_alone_and_says_what_the_model_is(written):
    files = sorted(path.relative_to(written).as_posix() for path in written.rglob("*.*"))
    assert files == [
        "STAND-IN DATA.txt",
        *(f"figures/Test_XX_0{n}.{suffix}" for n in (1, 2) for suffix in ("png", "svg")),
        *(f"predictions/Test_XX_0{n}.csv" for n in (1, 2)),
        "summary.csv",
    ]
    for path in [written, *written.rglob("*")]:
        assert path.stat().st_mode & 0o777 == (0o700 if path.is_dir() else 0o600)
    assert "trained on a generated corpus" in (written / "STAND-IN DATA.txt").read_text()


@pytest.mark.parametrize(
    ("name", "rate", "channels", "subtype", "tolerance"),
    [
        ("stereo.flac", 48000, 2, "PCM_16", 0.05),  # resampling lowers the highest band
        ("telephone.wav", 8000, 1, "ULAW", None),  # half of the bands hold nothing
    ],
)
def test_any_audio(model, standin_root, tmp_path, name, rate, channels, subtype, tolerance):
    samples, own_rate = soundfile.read(standin_root / "audio" / "Test_XX_01.wav")
    whole = model.predict(samples, own_rate)
    times_s = np.arange(int(len(samples) / own_rate * rate)) / rate
    resampled = np.interp(times_s, np.arange(len(samples)) / own_rate, samples)
    if rate > own_rate:  # without the images that a straight line leaves above the old band
        spectrum = np.fft.rfft(samples)
        spectrum = np.pad(spectrum, (0, len(times_s) // 2 + 1 - len(spectrum)))
        resampled = np.fft.irfft(spectrum, len(times_s)) * rate / own_rate
    soundfile.write(
        tmp_path / name, np.repeat(resampled[:, None], channels, axis=1), rate, subtype=subtype
    )
    predict_files(model, {"a": tmp_path / name}, tmp_path / "out")
    assert not (tmp_path / "out" / "summary.csv").exists()
    table = pd.read_csv(tmp_path / "out" / "predictions" / "a.csv", sep=";")
    assert abs(len(table) - len(whole)) <= 1
    if tolerance is not None:
        rows = min(len(table), len(whole))
        difference = table[list(whole)].to_numpy()[:rows] - whole.to_numpy()[:rows]
        assert np.abs(difference).max() < tolerance


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (lambda path: path.write_text("Hello.\n" * 99), "the audio cannot be read"),
        (lambda path: path.touch(), "the audio file is empty"),
        (lambda path: None, "the audio cannot be opened"),
        (lambda path: soundfile.write(path, np.zeros(16000), 16000), "silence, all samples are 0"),
        (lambda path: soundfile.write(path, np.ones(1600) / 2, 16000), "0.1 s of audio are shorte"),
    ],
)
def test_what_is_no_recording_is_reported_in_one_line_with_its_file(model, tmp_path, make, said):
    make(tmp_path / "a.wav")
    with pytest.raises(AudioError, match=said) as raised:
        predict_files(model, {"a": tmp_path / "a.wav"}, tmp_path / "out")
    assert str(raised.value).startswith(str(tmp_path / "a.wav"))
    assert "\n" not in str(raised.value)
    assert not (tmp_path / "out" / "predictions").exists()


def test_recordings_before_a_broken_one_are_done(model, standin_root, tmp_path):
    (tmp_path / "b.wav").write_bytes((standin_root / "audio" / "Test_XX_01.wav").read_bytes()[:99])
    recordings = {"a": standin_root / "audio" / "Test_XX_01.wav", "b": tmp_path / "b.wav"}
    with pytest.raises(AudioError, match=r"b\.wav"):
        predict_files(model, recordings, tmp_path / "out")
    found = sorted(path.name for path in (tmp_path / "out").rglob("a.*"))
    assert found == ["a.csv", "a.png", "a.svg"]


def test_a_folder_that_cannot_be_made(model, standin_root, tmp_path):
    (tmp_path / "out").touch()
    audio = shutil.copy(standin_root / "audio" / "Test_XX_01.wav", tmp_path)
    with pytest.raises(RunError, match="name another --out"):
        predict_files(model, {"a": tmp_path / audio}, tmp_path / "out")
