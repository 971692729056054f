"""Predict with what was trained: for recordings on disk, or while one speaks.

    affdyn predict --run=runs/sewa_hu interview.wav
    affdyn predict --run=runs/sewa_hu --lane=mean --out=out audio/ more.csv
    affdyn predict --model=sewa_hu_model interview.wav
    arecord -t raw -f S16_LE -r 16000 | affdyn live --run=runs/sewa_hu

Audio is named as files, folders, or lists in CSV with the columns `recording`
and `audio`. A model that was trained on tables of features takes such tables,
as files or folders.
"""

import sys
from pathlib import Path
from typing import TYPE_CHECKING

from absl import flags

from affdyn_jax import command_line
from affdyn_jax.errors import ConfigError
from affdyn_jax.features.audio import SAMPLE_RATE, warn_of_low_rate
from affdyn_jax.system.stop_requests import interruptible
from affdyn_jax.workdir.lane_keywords import BEST

# What predicts takes seconds to load, so that is done when the words are found to make sense.
if TYPE_CHECKING:
    from affdyn_jax.prediction.trained_model import TrainedModel

_RUN = flags.DEFINE_string("run", None, "The folder of a finished run.")
_LANE = command_line.define_lane()
_MODEL = flags.DEFINE_string("model", None, "A folder by affdyn export, instead of a run.")
_CHECKPOINT = flags.DEFINE_string(
    "checkpoint", None, "The checkpoint of the encoder, where --model does not find it."
)
_OUT = flags.DEFINE_string(
    "out", None, "Where the results go; by default <run>/predicted, or ./predicted."
)
_LIVE = flags.DEFINE_boolean(
    "live", False, "Follow raw samples from standard input: 16 bits, little-endian, mono."
)
_SAMPLE_RATE = flags.DEFINE_integer("sample_rate", SAMPLE_RATE, "Of the samples of --live, in Hz.")


def main(*arguments: str) -> None:
    """Predict the audio that the command line names, or what comes in on standard input."""
    if _LIVE.value:
        _follow(arguments)
        return
    if not arguments:
        raise ConfigError("name audio files, folders of them or lists, or give --live")
    _check_source()
    from affdyn_jax.corpora.audio_arguments import audio_named_by, recordings_of
    from affdyn_jax.prediction.files import predict_files
    from affdyn_jax.system import progress

    out = Path(_OUT.value or Path(_RUN.value or ".") / "predicted")
    with progress.logging_to(), interruptible():
        model = _load()
        named_by = model.extractor.recordings_in if model.takes_tables else audio_named_by
        predict_files(model, recordings_of(arguments, named_by), out)
    print(out)


def _check_source() -> None:
    """Refuse a command line that names no model, or several.

    Raises:
        ConfigError: It does.
    """
    if (_RUN.value is None) == (_MODEL.value is None):
        raise ConfigError("give --run, a finished run, or --model, an exported one")
    if _MODEL.value is not None and _LANE.value != BEST:
        raise ConfigError(
            f"--lane={_LANE.value}: an exported model has the lanes that it was exported with; "
            "give --lane to affdyn_jax.export"
        )


def _load() -> "TrainedModel":
    """The model of the command line."""
    from affdyn_jax.prediction.exported.files import load_model
    from affdyn_jax.prediction.from_run import load_run

    if _MODEL.value is None:
        return load_run(_RUN.value, _LANE.value)
    return load_model(_MODEL.value, _CHECKPOINT.value)


def _follow(arguments: tuple[str, ...]) -> None:
    if arguments:
        raise ConfigError(f"--live listens to standard input, so leave out '{arguments[0]}'")
    if sys.stdin.isatty():
        raise ConfigError("standard input is a terminal; pipe raw samples into --live")
    _check_source()
    from affdyn_jax.prediction.live import follow
    from affdyn_jax.system import progress

    with progress.logging_to(), interruptible():
        warn_of_low_rate(_SAMPLE_RATE.value, "standard input")
        stream = _load().stream(_SAMPLE_RATE.value)
    follow(stream, sys.stdin.buffer, sys.stdout)


if __name__ == "__main__":
    command_line.start(main, takes_arguments=True)
