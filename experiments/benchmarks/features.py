"""Our wav2vec 2.0 encoder beside transformers' PyTorch model: speed and memory.

    python -m experiments.benchmarks.features
    python -m experiments.benchmarks.features --families=large --seconds=10,80,1800

Both have the same random weights and encode the same generated audio in the same windows of
30 s, float32, in turns within one process. Memory is the peak of a separate process for each
program and length. Without PyTorch only ours is measured.
"""

import importlib.util
import json
import platform
import re
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import soundfile
from absl import app, flags

from affdyn_jax.corpora.standin.speech import speak
from affdyn_jax.features.audio import SAMPLE_RATE

FAMILIES = {
    "base": {},
    "large": {
        "hidden_size": 1024,
        "num_hidden_layers": 24,
        "num_attention_heads": 16,
        "intermediate_size": 4096,
        "feat_extract_norm": "layer",
        "do_stable_layer_norm": True,
        "conv_bias": True,
    },
}
WINDOW = 30  # seconds

_FAMILIES = flags.DEFINE_list("families", ["base", "large"], "Of these networks.")
_SECONDS = flags.DEFINE_list("seconds", ["10", "80"], "Lengths of audio that memory is taken for.")
_ROUNDS = flags.DEFINE_integer("rounds", 5, "Windows that each program encodes in turn.")
_DTYPE = flags.DEFINE_enum("dtype", "float32", ["float32", "bfloat16"], "Ours computes in this.")
_JSON = flags.DEFINE_string("json", None, "A file for the results.")
_MEMORY_OF = flags.DEFINE_string("memory_of", None, "Internal: program:family:seconds.")


def main(_):
    if _MEMORY_OF.value:
        measure_memory(*_MEMORY_OF.value.split(":"))
        return
    rows = []
    for family in _FAMILIES.value:
        for row in measure_speed(family):
            peaks = {
                f"peak_mib_{s}s": peak_memory(row["program"], family, s) for s in _SECONDS.value
            }
            rows.append(row | peaks)
            print(json.dumps(rows[-1]), flush=True)
    if _JSON.value:
        machine = {"machine": platform.processor() or platform.machine(), "rows": rows}
        Path(_JSON.value).write_text(json.dumps(machine, indent=2) + "\n", "utf-8")


def measure_speed(family: str) -> list[dict]:
    """Seconds per second of audio, medians of interleaved windows, and the ratio to PyTorch."""
    samples_bs = speech(WINDOW)[None]
    has_pytorch = importlib.util.find_spec("torch") is not None
    encoders = both(family) if has_pytorch else {"ours": ours(family)}
    outputs = {program: encode(samples_bs) for program, encode in encoders.items()}
    times = {program: [] for program in encoders}
    for _ in range(_ROUNDS.value):
        for program, encode in encoders.items():
            start = time.perf_counter()
            encode(samples_bs)
            times[program].append((time.perf_counter() - start) / WINDOW)
    medians = {program: float(np.median(times[program])) for program in encoders}
    return [
        {
            "family": family,
            "program": program,
            "seconds_per_second": round(medians[program], 4),
            "speed_against_pytorch": round(medians.get("pytorch", np.nan) / medians[program], 3),
            "max_difference": float(np.abs(outputs[program] - outputs["ours"]).max()),
        }
        for program in encoders
    ]


def ours(family: str, weights=None):
    """The package's encoder, with random weights unless some are given."""
    import jax
    import jax.numpy as jnp
    from flax import nnx

    from affdyn_jax.features.wav2vec2.encoder import Wav2Vec2Encoder, encode

    settings = settings_of(family)
    if weights is None:
        weights = nnx.state(Wav2Vec2Encoder(settings, rngs=nnx.Rngs(0)), nnx.Param)
    weights = jax.tree.map(lambda leaf: leaf.astype(_DTYPE.value), weights)
    run = jax.jit(lambda weights, samples_bs: encode(settings, weights, samples_bs))
    return lambda samples_bs: np.asarray(run(weights, jnp.asarray(samples_bs)), np.float32)


def extract_ours(family: str, path: Path) -> None:
    """Features of one file by the package's own extraction, with random weights."""
    from flax import nnx

    from affdyn_jax.features.extraction import extract_features
    from affdyn_jax.features.wav2vec2 import extraction
    from affdyn_jax.features.wav2vec2.checkpoint import Checkpoint
    from affdyn_jax.features.wav2vec2.encoder import Wav2Vec2Encoder

    weights = nnx.state(Wav2Vec2Encoder(settings_of(family), rngs=nnx.Rngs(0)), nnx.Param)
    # No file holds these weights, so they take the place of a checkpoint's.
    extraction.load = lambda *_: weights
    checkpoint = Checkpoint({"model_type": "wav2vec2"} | FAMILIES[family], {}, {}, family)
    settings = extraction.Wav2Vec2Settings(family, None, float(WINDOW), 2.0, _DTYPE.value)
    extractor = extraction.Wav2Vec2Features(checkpoint, settings, family)
    extract_features({"speech": path}, extractor, 4.0, path.parent / "cache")


def pytorch(family: str, model=None):
    """The model of transformers, as a PyTorch user extracts features with it."""
    import torch

    model = model or pytorch_model(family)
    device = "cuda" if torch.cuda.is_available() else "cpu"
    model = model.to(device)

    def encode(samples_bs: np.ndarray) -> np.ndarray:
        with torch.inference_mode():
            hidden = model(torch.from_numpy(samples_bs).to(device)).last_hidden_state
            return hidden.cpu().numpy()

    return encode


def both(family: str) -> dict:
    """Both programs with the same weights."""
    from affdyn_jax.features.wav2vec2.encoder_weights import load

    model = pytorch_model(family)
    tensors = {name: tensor.numpy().copy() for name, tensor in model.state_dict().items()}
    tensors.pop("masked_spec_embed", None)
    weights = load(settings_of(family), tensors, family)
    return {"ours": ours(family, weights), "pytorch": pytorch(family, model)}


def pytorch_model(family: str):
    """The model of transformers with random weights."""
    import torch
    from transformers import Wav2Vec2Config, Wav2Vec2Model

    torch.manual_seed(0)
    return Wav2Vec2Model(Wav2Vec2Config(**FAMILIES[family])).eval()


def settings_of(family: str):
    """Our encoder's settings for a family."""
    from affdyn_jax.features.wav2vec2.encoder_settings import EncoderSettings

    return EncoderSettings.from_config({"model_type": "wav2vec2"} | FAMILIES[family], family)


def speech(seconds: float) -> np.ndarray:
    """Speech-like audio of zero mean and unit variance, shape (S,), float32."""
    felt_sd = np.full((WINDOW * 10, 2), 0.2)
    samples = speak(np.random.default_rng(0), felt_sd).astype(np.float32)
    samples = np.resize(samples, round(seconds * SAMPLE_RATE))
    return (samples - samples.mean()) / samples.std()


def measure_memory(program: str, family: str, seconds: str) -> None:
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
            extract_ours(family, path)
        else:
            encode, length = pytorch(family), WINDOW * SAMPLE_RATE
            for samples in soundfile.blocks(path, length, dtype="float32"):
                encode(samples[None])
    # The peak of getrusage would include that of the parent process.
    status = Path("/proc/self/status").read_text("utf-8")
    print(int(re.search(r"VmHWM:\s+(\d+) kB", status)[1]) // 1024)


def peak_memory(program: str, family: str, seconds: str) -> int:
    """Peak memory in MiB of a process that encodes audio of this length."""
    arguments = [f"--memory_of={program}:{family}:{seconds}", f"--dtype={_DTYPE.value}"]
    ended = subprocess.run(
        [sys.executable, "-m", "experiments.benchmarks.features", *arguments],
        capture_output=True,
        text=True,
        check=True,
    )
    return int(ended.stdout.split()[-1])


if __name__ == "__main__":
    app.run(main)
