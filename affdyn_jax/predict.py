"""Predict with a finished run: for recordings on disk, or while somebody speaks.

    python -m affdyn_jax.predict --run=runs/sewa_hu interview.wav
    python -m affdyn_jax.predict --run=runs/sewa_hu --lane=mean --out=predicted audio/ more.csv
    arecord -t raw -f S16_LE -r 16000 | python -m affdyn_jax.predict --run=runs/sewa_hu --live

Audio is named as files, folders, or lists in CSV with the columns `recording` and `audio`.
"""

import sys
from pathlib import Path

from absl import flags

from affdyn_jax import command_line, progress
from affdyn_jax.audio_arguments import recordings_of
from affdyn_jax.errors import ConfigError
from affdyn_jax.features.audio import SAMPLE_RATE, warn_of_low_rate
from affdyn_jax.lane_choice import BEST
from affdyn_jax.live import follow
from affdyn_jax.loading import load_run
from affdyn_jax.prediction_files import predict_files
from affdyn_jax.stopping import at_once

_RUN = flags.DEFINE_string("run", None, "The folder of a finished run.", required=True)
_LANE = flags.DEFINE_string(
    "lane",
    BEST,
    "Which lanes predict: best, for each dimension and target the best on dev; mean, for each "
    "the mean over seeds of the best setup, hidden size and w; a name of lanes.csv; or such a "
    "name without its seed, for the mean over its seeds.",
)
_OUT = flags.DEFINE_string("out", None, "Where the results go; by default <run>/predicted.")
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
    out = Path(_OUT.value or Path(_RUN.value) / "predicted")
    with progress.logging_to(), at_once():
        recordings = recordings_of(arguments)
        predict_files(load_run(_RUN.value, _LANE.value), recordings, out)
    print(out)


def _follow(arguments: tuple[str, ...]) -> None:
    if arguments:
        raise ConfigError(f"--live listens to standard input, so leave out '{arguments[0]}'")
    if sys.stdin.isatty():
        raise ConfigError("standard input is a terminal; pipe raw samples into --live")
    with progress.logging_to(), at_once():
        warn_of_low_rate(_SAMPLE_RATE.value, "standard input")
        stream = load_run(_RUN.value, _LANE.value).stream(_SAMPLE_RATE.value)
    follow(stream, sys.stdin.buffer, sys.stdout)


if __name__ == "__main__":
    command_line.start(main, takes_arguments=True)
