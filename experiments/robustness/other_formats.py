"""The change of predictions when the same speech comes in another format.

    python -m experiments.robustness.other_formats --run=runs/demo --audio=speech.wav

The recording is converted to FLAC at 48 kHz in stereo, and to the telephone's 8 kHz in 16 bits
and in mu-law, and each version is predicted. For each column the mean and the largest difference
from the original's predictions are printed, and the CCC between them.
"""

import json
import tempfile
from pathlib import Path

import numpy as np
import pandas as pd
import soundfile
import soxr
from absl import app, flags

from affdyn_jax import load_run
from affdyn_jax.features.audio import audio_blocks
from affdyn_jax.method.concordance import concordance

_RUN = flags.DEFINE_string("run", None, "A finished run.", required=True)
_AUDIO = flags.DEFINE_string("audio", None, "A recording.", required=True)
_LANE = flags.DEFINE_string("lane", "best", "As of affdyn_jax.predict.")

# Suffix, rate, channels and encoding of the samples.
FORMATS = {
    "48 kHz stereo FLAC": ("flac", 48000, 2, "PCM_16"),
    "8 kHz, 16 bits": ("wav", 8000, 1, "PCM_16"),
    "8 kHz, mu-law": ("wav", 8000, 1, "ULAW"),
}


def main(_):
    model = load_run(_RUN.value, _LANE.value)
    samples, own_rate = soundfile.read(_AUDIO.value, always_2d=True)
    own = predicted(model, Path(_AUDIO.value))
    with tempfile.TemporaryDirectory() as folder:
        for name, (suffix, rate, channels, subtype) in FORMATS.items():
            path = Path(folder) / f"speech.{suffix}"
            resampled = soxr.resample(samples.mean(axis=1), own_rate, rate)
            stereo = np.repeat(resampled[:, None], channels, axis=1)
            soundfile.write(path, stereo.clip(-1, 1), rate, subtype=subtype)
            other = predicted(model, path)
            rows = min(len(own), len(other))
            for column in own:
                x, y = own[column].to_numpy()[:rows], other[column].to_numpy()[:rows]
                difference = np.abs(x - y)
                row = {
                    "format": name,
                    "column": column,
                    "mean": round(float(difference.mean()), 5),
                    "largest": round(float(difference.max()), 5),
                    "ccc": round(float(concordance(y, x, np.ones(rows, bool))), 3),
                    "deviation": round(float(x.std()), 4),
                }
                print(json.dumps(row), flush=True)


def predicted(model, path: Path):
    """The rows of a file."""
    return pd.concat(model.rows(lambda: audio_blocks(path), path))


if __name__ == "__main__":
    app.run(main)
