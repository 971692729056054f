"""Memory of our wav2vec 2.0 encoder, and of transformers' PyTorch model, on a CPU.

    python -m experiments.benchmarks.encoder_memory
    python -m experiments.benchmarks.encoder_memory --networks=large --seconds=10,80,1800

Both encode generated audio in windows of 30 s with random weights in float32. Memory is the peak
of a process of its own for each program and length. Without PyTorch only ours is measured.
"""

import importlib.util
import json
import re
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np
import soundfile
from absl import app, flags

from affdyn_jax.corpora.standin.speech import speak
from affdyn_jax.features.audio import SAMPLE_RATE
from experiments.benchmarks.encoder_networks import NETWORKS

WINDOW = 30  # seconds


def main(networks: list[str], lengths: list[str]) -> None:
    has_pytorch = importlib.util.find_spec("torch") is not None
    for network in networks:
        for program in ("ours", "pytorch") if has_pytorch else ("ours",):
            peaks = {f"peak_mib_{s}s": peak_memory(program, network, s) for s in lengths}
            print(json.dumps({"network": network, "program": program} | peaks), flush=True)


def peak_memory(program: str, network: str, seconds: str) -> int:
    """Peak memory in MiB of a process that encodes audio of this length."""
    ended = subprocess.run(
        [
            *(sys.executable, "-m", "experiments.benchmarks.encoder_memory"),
            f"--memory_of={program}:{network}:{seconds}",
        ],
        capture_output=True,
        text=True,
        check=True,
    )
    return int(ended.stdout.split()[-1])


def measure_memory(program: str, network: str, seconds: str) -> None:
    """Extract the features of a file of this length and print the process's peak, in MiB.

    Ours uses a run's own extraction, PyTorch encodes window by window.
    """
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "speech.wav"
        with soundfile.SoundFile(path, "w", SAMPLE_RATE, channels=1) as file:
            left = round(float(seconds) * SAMPLE_RATE)
            block = speech(min(WINDOW, float(seconds))) / 10
            while left > 0:
                file.write(block[:left])
                left -= len(block)
        if program == "ours":
            extract_ours(network, path)
        else:
            from experiments.benchmarks.encoder_pytorch import pytorch, random_model

            encode = pytorch(random_model(network), "float32", "sdpa").encode
            for samples in soundfile.blocks(path, WINDOW * SAMPLE_RATE, dtype="float32"):
                encode(samples[None])
    # The peak of getrusage would include that of the parent process.
    status = Path("/proc/self/status").read_text("utf-8")
    print(int(re.search(r"VmHWM:\s+(\d+) kB", status)[1]) // 1024)


def extract_ours(network: str, path: Path) -> None:
    """Features of one file by the package's own extraction, with random weights."""
    from affdyn_jax.features.encoders import extraction
    from affdyn_jax.features.encoders.checkpoint import Checkpoint
    from affdyn_jax.features.extraction import extract_features
    from experiments.benchmarks.encoder_ours import weights_of

    # No file holds these weights, so they take the place of a checkpoint's.
    extraction.load = lambda *_: weights_of(network, None)
    checkpoint = Checkpoint({"model_type": "wav2vec2"} | NETWORKS[network], {}, {}, network)
    settings = extraction.EncoderIdentity(network, None, float(WINDOW), 2.0, "float32")
    extractor = extraction.EncoderFeatures(checkpoint, settings, network)
    extract_features({"speech": path}, extractor, 4.0, path.parent / "cache")


def speech(seconds: float) -> np.ndarray:
    """Speech-like audio of zero mean and unit variance, shape (S,), float32."""
    felt_sd = np.full((WINDOW * 10, 2), 0.2)
    samples = speak(np.random.default_rng(0), felt_sd).astype(np.float32)
    samples = np.resize(samples, round(seconds * SAMPLE_RATE))
    return (samples - samples.mean()) / samples.std()


if __name__ == "__main__":
    NETWORK_LIST = flags.DEFINE_list("networks", ["base", "large"], "Of these networks.")
    SECONDS = flags.DEFINE_list("seconds", ["10", "80"], "Lengths of audio.")
    MEMORY_OF = flags.DEFINE_string("memory_of", None, "Internal: program:network:seconds.")
    app.run(
        lambda _: (
            measure_memory(*MEMORY_OF.value.split(":"))
            if MEMORY_OF.value
            else main(NETWORK_LIST.value, SECONDS.value)
        )
    )
