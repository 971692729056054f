"""Time and memory of predicting long recordings.

    nice python -m experiments.benchmarks.predict

A recording of noise, 16 kHz, is predicted with its table and picture, in a separate process for
each kind of features and length. encoder has tiny random weights, so the program around the encoder
is measured. Peak memory is the process's, with all libraries; CPU seconds are given beside wall
seconds, for machines that others use too.
"""

import json
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import soundfile
from absl import app, flags

from affdyn_jax.features.audio import SAMPLE_RATE

_KINDS = flags.DEFINE_list("kinds", ["mfb", "encoder"], "Kinds of features.")
_MINUTES = flags.DEFINE_list("minutes", ["6", "60"], "Lengths of the recording.")
_MEASURE = flags.DEFINE_string("measure", None, "Internal: kind:minutes.")


def main(_):
    if _MEASURE.value:
        kind, minutes = _MEASURE.value.split(":")
        measure(kind, int(minutes))
        return
    for kind in _KINDS.value:
        for minutes in _MINUTES.value:
            command = [sys.executable, "-m", "experiments.benchmarks.predict"]
            subprocess.run([*command, f"--measure={kind}:{minutes}"], check=True)


def measure(kind: str, minutes: int) -> None:
    """Predict one recording and print time and memory."""
    from affdyn_jax.prediction.files import predict_files
    from experiments.benchmarks.untrained_models import untrained_model

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "noise.wav"
        write_noise(path, minutes)
        model = untrained_model(kind)
        started, cpu_before = time.perf_counter(), time.process_time()
        predict_files(model, {"noise": path}, Path(folder) / "out")
        wall, cpu = time.perf_counter() - started, time.process_time() - cpu_before
    peak_mib = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    row = {
        "features": kind,
        "minutes": minutes,
        "wall_s": round(wall, 1),
        "cpu_s": round(cpu, 1),
        "real_time_factor": round(wall / (60 * minutes), 5),
        "cpu_real_time_factor": round(cpu / (60 * minutes), 5),
        "peak_mib": round(peak_mib),
    }
    print(json.dumps(row), flush=True)


def write_noise(path: Path, minutes: int) -> None:
    """Noise whose loudness changes from second to second, minute by minute."""
    generator = np.random.default_rng(0)
    with soundfile.SoundFile(path, "w", SAMPLE_RATE, channels=1) as file:
        for _ in range(minutes):
            loudness_s1 = generator.uniform(0.01, 0.2, (60, 1))
            noise = generator.standard_normal((60, SAMPLE_RATE)) * loudness_s1
            file.write(noise.ravel().clip(-1, 1))


if __name__ == "__main__":
    app.run(main)
