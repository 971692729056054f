"""The effect of a window's edge on wav2vec 2.0 features, by distance from the seam.

    python -m experiments.decisions.window_seams --audio=speech.wav --model=FOLDER

Encodes a recording as one window and in overlapping windows, and compares the hidden states frame
by frame: the root mean square difference, relative to the deviation of the hidden states, by
distance from the nearest seam.
"""

import functools
import itertools
import json
from pathlib import Path

import jax
import numpy as np
from absl import app, flags

from affdyn_jax.features.audio import SAMPLE_RATE, read_audio
from affdyn_jax.features.encoders.architecture import Architecture, encode
from affdyn_jax.features.encoders.checkpoint import read_checkpoint
from affdyn_jax.features.encoders.weights import load
from affdyn_jax.features.encoders.windows import Geometry, Window, overlapping_windows

_AUDIO = flags.DEFINE_string("audio", None, "A recording longer than a window.", required=True)
_MODEL = flags.DEFINE_string("model", None, "As features.encoder.model.", required=True)
_WINDOW = flags.DEFINE_float("window", 30.0, "Seconds.")
_OVERLAPS = flags.DEFINE_list("overlaps", ["0", "0.5", "1", "2", "4", "8"], "Seconds.")

# Edges of the ranges of distance, in seconds.
_DISTANCES = (0.0, 0.1, 0.25, 0.5, 1.0, 2.0, 4.0, 8.0, np.inf)


def main(_):
    checkpoint = read_checkpoint(_MODEL.value)
    architecture = Architecture.of(checkpoint.config, _MODEL.value)
    weights = load(architecture, checkpoint.tensors, _MODEL.value)
    run = jax.jit(functools.partial(encode, architecture))
    samples = read_audio(Path(_AUDIO.value))
    samples = (samples - samples.mean()) / samples.std()

    whole_th = np.asarray(run(weights, samples[None])[0])
    deviation = whole_th.std(axis=0).mean()
    frames_per_second = SAMPLE_RATE / Geometry.stride
    for overlap in map(float, _OVERLAPS.value):
        windows = overlapping_windows(
            Geometry(),
            len(samples),
            round(_WINDOW.value * frames_per_second),
            round(overlap * frames_per_second),
        )
        joined_th = np.concatenate([encoded(run, weights, samples, window) for window in windows])
        difference_t = np.sqrt(np.mean((joined_th - whole_th) ** 2, axis=1)) / deviation
        seams = np.array([w.first_frame + w.kept.start for w in windows[1:]])
        frames = np.arange(len(whole_th))
        # A seam lies between two frames, half a frame from each.
        distance_t = np.abs(frames[:, None] + 0.5 - seams).min(axis=1) / frames_per_second
        row = {"overlap_s": overlap, "all": rms(difference_t)}
        for low, high in itertools.pairwise(_DISTANCES):
            inside = (low <= distance_t) & (distance_t < high)
            row[f"{low:g}-{high:g} s"] = rms(difference_t[inside])
        print(json.dumps(row), flush=True)


def encoded(run, weights, samples: np.ndarray, window: Window) -> np.ndarray:
    """The kept frames of a window, shape (T, H)."""
    start = window.first_frame * Geometry.stride
    hidden_bth = run(weights, samples[None, start : start + window.sample_count])
    return np.asarray(hidden_bth[0])[window.kept]


def rms(values: np.ndarray) -> float | None:
    """Root mean square to four digits; None of nothing."""
    return round(float(np.sqrt(np.mean(values**2))), 4) if values.size else None


if __name__ == "__main__":
    app.run(main)
