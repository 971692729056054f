"""Every family of encoders: transformers' PyTorch model and ours, their hidden states and time.

    python -m experiments.benchmarks.features --family=all --audio=FILE
    python -m experiments.benchmarks.features --family=wavlm --size=large --audio=FILE --json=FILE

Both have the same random weights and encode the same 20 s of speech, in float32, in turns in one
process. Differences are the largest of the last hidden state and of the middle layer. Times are
medians of turns, from the network's inputs in memory to the last hidden state in memory. A network
is there twice while it is measured: the largest one, Whisper's, takes some 6 GB.
"""

import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import jax
import numpy as np
import torch
import transformers
from absl import app, flags

from affdyn_jax.features.audio import SAMPLE_RATE, read_audio
from affdyn_jax.features.encoders.architecture import Architecture
from affdyn_jax.features.encoders.weights import load
from affdyn_jax.features.encoders.window_encoder import WindowEncoder
from experiments.benchmarks.feature_networks import NETWORKS, Network
from experiments.benchmarks.machine import machine
from experiments.benchmarks.turns import milliseconds
from third_party.pytorch_baseline.precision import use_full_float32

_SECONDS = 20
_HEAD = """\
| family | size | last differs by | inner layer | differs by | PyTorch, ms | ours, ms | ratio |
| --- | --- | ---: | ---: | ---: | ---: | ---: | ---: |"""


def row_of(network: Network, samples: np.ndarray, rounds: int) -> dict[str, Any]:
    """What is measured of one network.

    Args:
        network: One of `NETWORKS`.
        samples: Speech at 16 kHz, shape (S,), float32.
        rounds: Turns that each program has.
    """
    theirs = _random_model(network)
    config = theirs.config.to_dict()
    architecture = Architecture.of(config, network.name)
    outside = (*architecture.family.outside, "masked_spec_embed")
    tensors = {
        name: tensor.numpy()
        for name, tensor in theirs.state_dict().items()
        if not name.startswith(outside)
    }
    ours = WindowEncoder(
        *(architecture, load(architecture, tensors, network.name), None, "float32"),
        jax.local_devices()[:1],
    )
    front_end = architecture.family.front_end(architecture.settings, {}, network.name)
    _, inputs_of = front_end.read([samples])
    inputs = inputs_of(samples)[None]
    # Whisper's of transformers have the axis of bands first.
    given = torch.from_numpy(inputs.swapaxes(1, 2) if network.name == "Whisper" else inputs)

    @torch.inference_mode()
    def encode_theirs() -> np.ndarray:
        return theirs(given).last_hidden_state.numpy()

    inner = architecture.settings.num_hidden_layers // 2
    with torch.inference_mode():
        states = theirs(given, output_hidden_states=True).hidden_states
        inner_bth = states[inner].numpy()
    del states
    differences = {
        "last": _largest(ours(inputs) - encode_theirs()),
        "inner": _largest(ours.layer_by_layer(inputs, (inner,))[0] - inner_bth),
    }
    times_r2 = [(milliseconds(encode_theirs), milliseconds(ours, inputs)) for _ in range(rounds)]
    pytorch, in_jax = np.median(times_r2, axis=0)
    return differences | {
        "inner_layer": inner,
        "pytorch_ms": round(float(pytorch), 3),
        "ours_ms": round(float(in_jax), 3),
        "ratio": round(float(pytorch / in_jax), 2),
    }


def _random_model(network: Network) -> torch.nn.Module:
    """A model whose norms and biases are random, too; as initialised, they are 1 and 0."""
    use_full_float32()
    torch.manual_seed(0)
    config = getattr(transformers, f"{network.name}Config")(**network.differs)
    of_whisper = transformers.models.whisper.modeling_whisper.WhisperEncoder
    kind = (
        of_whisper if network.name == "Whisper" else getattr(transformers, f"{network.name}Model")
    )
    model = kind(config).eval()
    with torch.no_grad():
        for parameter in model.parameters():
            if parameter.ndim == 1:
                parameter += 0.1 * torch.randn_like(parameter)
    return model


def _largest(difference: np.ndarray) -> float:
    return float(np.abs(difference).max())


def table(rows: Sequence[dict[str, Any]]) -> str:
    """The rows in Markdown."""
    return "\n".join([_HEAD, *map(_line, rows)])


def _line(row: dict[str, Any]) -> str:
    cells = [
        *(row["family"], row["size"], f"{row['last']:.1e}"),
        *(f"{row['inner_layer']}", f"{row['inner']:.1e}"),
        *(f"{row['pytorch_ms']:.0f}", f"{row['ours_ms']:.0f}", f"{row['ratio']:.2f}"),
    ]
    return f"| {' | '.join(cells)} |"


def rows_of(
    families: Sequence[str], sizes: Sequence[str], samples: np.ndarray, rounds: int
) -> Iterator[dict[str, Any]]:
    """Rows of networks, one after the other."""
    for family in families:
        for size, network in NETWORKS[family].items():
            if size in sizes:
                yield {"family": family, "size": size} | row_of(network, samples, rounds)


def speech(audio: str) -> np.ndarray:
    """The first seconds of a file, of mean 0 and deviation 1, shape (S,), float32."""
    samples = read_audio(Path(audio))[: _SECONDS * SAMPLE_RATE]
    return ((samples - samples.mean()) / samples.std()).astype(np.float32)


if __name__ == "__main__":
    FAMILY = flags.DEFINE_multi_enum("family", ["all"], ["all", *NETWORKS], "Of these.")
    SIZE = flags.DEFINE_multi_enum("size", ["base", "large"], ["base", "large"], "Of these.")
    AUDIO = flags.DEFINE_string("audio", None, "Speech of 20 s or more.", required=True)
    ROUNDS = flags.DEFINE_integer("rounds", 5, "Turns that each program has.")
    JSON = flags.DEFINE_string("json", None, "A file for the rows.")

    def main(_) -> None:
        """Print a table that grows, and write its rows."""
        families = list(NETWORKS) if "all" in FAMILY.value else FAMILY.value
        here, rows = machine(), []
        print(here, flush=True)
        for row in rows_of(families, SIZE.value, speech(AUDIO.value), ROUNDS.value):
            rows.append(row)
            print(f"\n{table(rows)}", flush=True)
            if JSON.value:
                content = json.dumps({"machine": here, "rows": rows}, indent=2)
                Path(JSON.value).write_text(f"{content}\n", "utf-8")

    app.run(main)
