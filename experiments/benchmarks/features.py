"""Every family of encoders: transformers' PyTorch model and ours, their hidden states and time.

    python -m experiments.benchmarks.features --family=all --audio=FILE
    python -m experiments.benchmarks.features --family=wavlm --size=large --audio=FILE --json=FILE

Both have the same random weights and encode the same 20 s of speech, in float32, in turns in one
process. Differences are the largest of the last hidden state and of the middle layer. Times are
medians of turns, from the network's inputs in memory to the last hidden state in memory. A network
is there twice while it is measured: Whisper large takes some 6 GB, MMS-1B by estimate 9 GB.
`--size=base` takes Whisper small, which is as large as others' base, and `--size=large` MMS-1B.
"""

import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from absl import app, flags

from affdyn_jax.features.audio import SAMPLE_RATE, read_audio
from experiments.benchmarks.feature_networks import NETWORKS, SIZES, Network
from experiments.benchmarks.feature_pairs import FeaturePair
from experiments.benchmarks.machine import machine
from experiments.benchmarks.turns import milliseconds

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
    pair = FeaturePair.of(network, samples)
    times_r2 = [(milliseconds(pair.theirs), milliseconds(pair.ours)) for _ in range(rounds)]
    pytorch, in_jax = np.median(times_r2, axis=0)
    return pair.differences() | {
        "inner_layer": pair.inner_layer,
        "pytorch_ms": round(float(pytorch), 3),
        "ours_ms": round(float(in_jax), 3),
        "ratio": round(float(pytorch / in_jax), 2),
    }


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
    names = {name for size in sizes for name in SIZES[size]}
    for family in families:
        for size, network in NETWORKS[family].items():
            if size in names:
                yield {"family": family, "size": size} | row_of(network, samples, rounds)


def speech(audio: str) -> np.ndarray:
    """The first seconds of a file, of mean 0 and deviation 1, shape (S,), float32."""
    samples = read_audio(Path(audio))[: _SECONDS * SAMPLE_RATE]
    return ((samples - samples.mean()) / samples.std()).astype(np.float32)


if __name__ == "__main__":
    FAMILY = flags.DEFINE_multi_enum("family", ["all"], ["all", *NETWORKS], "Of these.")
    SIZE = flags.DEFINE_multi_enum("size", list(SIZES), list(SIZES), "Of these.")
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
