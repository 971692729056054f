"""Predictions for recordings on disk: a table and a picture of each, and a summary of all."""

import functools
import math
import time
from collections.abc import Iterator, Mapping
from pathlib import Path

import numpy as np
import pandas as pd

from affdyn_jax.corpora.avec_tables import write_trace
from affdyn_jax.errors import AudioError, CorpusError, FeatureError
from affdyn_jax.features.audio import audio_blocks, read_header, warn_of_low_rate
from affdyn_jax.prediction.picture import picture_of
from affdyn_jax.prediction.trained_model import TrainedModel
from affdyn_jax.report.figures.prediction import scale_of
from affdyn_jax.system import progress
from affdyn_jax.system.standin_mark import write_standin_mark
from affdyn_jax.system.whole_files import write_whole

_WAY_OUT = "name another --out"


def predict_files(model: TrainedModel, recordings: Mapping[str, Path], out: Path) -> None:
    """Predict recordings one after the other; only the user may read the files.

    Leaves `predictions/<recording>.csv` in AVEC's format, `figures/<recording>.png` and `.svg`,
    whose scales are the same in all, and, of several recordings, `summary.csv`.

    Args:
        model: The model that predicts.
        recordings: The file of each, by name, as `TrainedModel.rows_of_file` takes it.
        out: The folder; made if missing. Files of the same names are replaced.

    Raises:
        AudioError: A file cannot be read, is silent or too short; those before it are done.
        FeatureError: No features can be made of one.
        CorpusError: A table of features cannot be read.
        RunError: The folder cannot be written.
    """
    if model.takes_tables:  # which do not say how long they are
        minutes, unit = dict.fromkeys(recordings, 1), "recordings"
    else:
        minutes, unit = {n: _minutes(path) for n, path in recordings.items()}, "minutes of audio"
    if model.is_standin:
        write_standin_mark(
            out,
            "the model was trained on a generated corpus;\nits predictions say nothing.",
            _WAY_OUT,
            private=True,
        )
    predictions = {}
    try:
        for name, predicted in _predicted(model, recordings, minutes, unit):
            predictions[name] = predicted
            _write_table(name, predicted, out)
    except (AudioError, CorpusError, FeatureError):
        _draw(model, recordings, predictions, out)
        raise
    _draw(model, recordings, predictions, out)
    if len(predictions) > 1:
        summary = [
            {"recording": name, **_summary(predicted, model.frame_rate)}
            for name, predicted in predictions.items()
        ]
        table = pd.DataFrame(summary).to_csv(index=False, float_format="%.6f", lineterminator="\n")
        _write(out / "summary.csv", table.encode())


def _predicted(
    model: TrainedModel, recordings: Mapping[str, Path], minutes: Mapping[str, int], unit: str
) -> Iterator[tuple[str, pd.DataFrame]]:
    """Each recording's name and rows, as soon as it is predicted."""
    with progress.stage("predicting", sum(minutes.values()), unit) as advance:
        started, seconds_before = time.monotonic(), 0.0
        for name, path in recordings.items():
            pieces, minutes_done = [], 0
            for rows in model.rows_of_file(path):
                pieces.append(rows)
                seconds = sum(map(len, pieces)) / model.frame_rate
                factor = (time.monotonic() - started) / max(seconds_before + seconds, 1e-9)
                while minutes_done < min(seconds // 60, minutes[name] - 1):
                    minutes_done += 1
                    advance(f"{name}, real-time factor {factor:.4f}")
            seconds_before += seconds
            while minutes_done < minutes[name]:
                minutes_done += 1
                advance(f"{name}, real-time factor {factor:.4f}")
            yield name, pd.concat(pieces)


def _minutes(path: Path) -> int:
    """Minutes that an audio file has begun, by its header."""
    header = read_header(path)
    warn_of_low_rate(header.rate, path)
    return max(math.ceil(header.seconds / 60), 1)


def _write_table(name: str, predicted: pd.DataFrame, out: Path) -> None:
    columns = {column: predicted[column].to_numpy() for column in predicted}
    times_t = predicted.index.to_numpy()
    write_trace(out / "predictions" / f"{name}.csv", name, times_t, columns)


def _draw(
    model: TrainedModel,
    recordings: Mapping[str, Path],
    predictions: Mapping[str, pd.DataFrame],
    out: Path,
) -> None:
    """Draw all recordings with the same scales, which are known when all are predicted."""
    if not predictions:
        return
    scale = scale_of(model.dimensions, predictions.values())
    with progress.stage("drawing", len(predictions), "pictures") as advance:
        for name, predicted in predictions.items():
            sound = functools.partial(audio_blocks, recordings[name])
            blocks = None if model.takes_tables else sound
            picture = picture_of(model, name, blocks, predicted, scale)
            _write(out / "figures" / f"{name}.svg", picture.svg)
            _write(out / "figures" / f"{name}.png", picture.png)
            advance(name)


def _summary(predicted: pd.DataFrame, frame_rate: float) -> dict[str, float]:
    """Length, and of each column the mean and the deviation over time, divided by T."""
    row = {"seconds": len(predicted) / frame_rate}
    for column, values_t in predicted.items():
        row[f"{column}_mean"] = float(np.mean(values_t))
        row[f"{column}_deviation"] = float(np.std(values_t))
    return row


def _write(path: Path, content: bytes) -> None:
    write_whole(path, content, _WAY_OUT, private=True)
