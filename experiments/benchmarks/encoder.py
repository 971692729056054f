"""The time of wav2vec 2.0: transformers' PyTorch model and our encoder, in turns in one process.

    python -m experiments.benchmarks.encoder
    python -m experiments.benchmarks.encoder --network=base --network=large --json=FILE

Both have the same random weights and encode the same random windows of 30 s, as many at once as
extraction takes: one on a CPU, 8 on a GPU, where float32 means full float32 in both. Times are
medians of turns, in milliseconds for a minute of audio: from samples in memory to hidden states
in memory, and of that the part on the device. Errors are the norm of what differs from PyTorch's
hidden states in float32, relative to their norm. Without PyTorch only ours is measured.
"""

import functools
import importlib.util
import json
import os
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

# PyTorch computes in the same process, so JAX may not take most of the GPU's memory.
os.environ.setdefault("XLA_PYTHON_CLIENT_PREALLOCATE", "false")

import numpy as np
from absl import app, flags

from affdyn_jax.features.encoders.window_encoder import windows_of_a_device
from experiments.benchmarks.encoder_networks import NETWORKS, Encoder
from experiments.benchmarks.encoder_ours import ours, weights_of
from experiments.benchmarks.machine import machine
from experiments.benchmarks.turns import left_out_if_it_fails, milliseconds

_SAMPLE_RATE = 16000
_WINDOW_S = 30.0
_HEAD = """\
| network | dtype | program | ms a minute | ratio | on the device | ratio | error |
| --- | --- | --- | ---: | ---: | ---: | ---: | ---: |"""


def rows_of(network: str, rounds: int, window_s: float = _WINDOW_S) -> Iterator[list[dict]]:
    """Rows for each dtype, one for each program.

    Args:
        network: One of `NETWORKS`.
        rounds: Turns that each program has.
        window_s: Length of a window in seconds.
    """
    shape = (windows_of_a_device(), round(window_s * _SAMPLE_RATE))
    samples_bs = np.random.default_rng(0).normal(size=shape).astype(np.float32)
    reference_bth = None
    for dtype, makers in _makers(network).items():
        ready, outputs = {}, {}
        for name, make in makers.items():
            with left_out_if_it_fails(f"{name}, {dtype}"):
                program = make()
                # The first call compiles.
                outputs[name] = program.encode(samples_bs)
                ready[name] = program
        if reference_bth is None:
            reference_bth = next(iter(outputs.values()))
        errors = [_relative_error(output, reference_bth) for output in outputs.values()]
        times = _medians(ready, samples_bs, rounds) / (len(samples_bs) * window_s / 60)
        yield _rows(network, dtype, list(ready), times, errors)


def _makers(network: str) -> dict[str, dict[str, Callable[[], Encoder]]]:
    """For each dtype what makes the programs, by name.

    PyTorch's model is turned into each dtype in its place, so the widest comes first.
    """
    makers = {dtype: {} for dtype in ("float32", "bfloat16")}
    tensors = None
    if importlib.util.find_spec("torch") is not None:
        from experiments.benchmarks import encoder_pytorch

        model = encoder_pytorch.random_model(network)
        tensors = encoder_pytorch.tensors_of(model)
        for dtype, of_dtype in makers.items():
            for attention in encoder_pytorch.fast_attentions(dtype):
                make = functools.partial(encoder_pytorch.pytorch, model, dtype, attention)
                of_dtype[f"pytorch_{attention}"] = make
    weights = weights_of(network, tensors)
    for dtype, of_dtype in makers.items():
        of_dtype["ours"] = functools.partial(ours, network, weights, dtype)
    return makers


def _medians(ready: dict[str, Encoder], samples_bs: np.ndarray, rounds: int) -> np.ndarray:
    """Milliseconds of each of P programs, whole and on the device, shape (P, 2)."""
    on_device = {name: program.put(samples_bs) for name, program in ready.items()}
    times_rp2 = [
        [
            (
                milliseconds(program.encode, samples_bs),
                milliseconds(program.on_device, on_device[name]),
            )
            for name, program in ready.items()
        ]
        for _ in range(rounds)
    ]
    return np.median(times_rp2, axis=0)


def _relative_error(output_bth: np.ndarray, reference_bth: np.ndarray) -> float:
    return float(np.linalg.norm(output_bth - reference_bth) / np.linalg.norm(reference_bth))


def _rows(
    network: str, dtype: str, names: Sequence[str], times_p2: np.ndarray, errors_p: Sequence[float]
) -> list[dict]:
    """Rows of one network and dtype; ratios are to PyTorch's fastest."""
    peers = [index for index, name in enumerate(names) if name.startswith("pytorch")]
    fastest = times_p2[peers].min(axis=0) if peers else None

    def ratio(times_p2: np.ndarray, kind: int) -> float | None:
        return None if fastest is None else round(float(fastest[kind] / times_p2[kind]), 2)

    return [
        {
            "network": network,
            "dtype": dtype,
            "program": name,
            "ms_a_minute": round(float(times_2[0]), 1),
            "ratio": ratio(times_2, 0),
            "on_device_ms": round(float(times_2[1]), 1),
            "on_device_ratio": ratio(times_2, 1),
            "error": error,
        }
        for name, times_2, error in zip(names, times_p2, errors_p, strict=True)
    ]


def table(rows: list[dict]) -> str:
    """The rows in Markdown."""
    return "\n".join([_HEAD, *map(_line, rows)])


def _line(row: dict) -> str:
    def ratio(kind: str) -> str:
        return "" if row[kind] is None else f"{row[kind]:.2f}"

    cells = [
        *(row["network"], row["dtype"], row["program"]),
        *(f"{row['ms_a_minute']:.1f}", ratio("ratio")),
        *(f"{row['on_device_ms']:.1f}", ratio("on_device_ratio")),
        f"{row['error']:.1e}",
    ]
    return f"| {' | '.join(cells)} |"


def measure(networks: Sequence[str], rounds: int, file: Path | None) -> None:
    """Print a table that grows, and write it and its rows to a file."""
    here, rows = machine(), []
    print(here, flush=True)
    for network in networks:
        for of_dtype in rows_of(network, rounds):
            rows += of_dtype
            print(f"\n{table(rows)}", flush=True)
            if file:
                text = json.dumps({"machine": here, "rows": rows}, indent=2)
                file.write_text(f"{text}\n", "utf-8")
                file.with_suffix(".md").write_text(f"{here}\n\n{table(rows)}\n", "utf-8")


if __name__ == "__main__":
    NETWORK = flags.DEFINE_multi_enum("network", ["large"], list(NETWORKS), "Of these.")
    ROUNDS = flags.DEFINE_integer("rounds", 5, "Turns that each program has.")
    JSON = flags.DEFINE_string(
        "json", None, "A file for the rows; the table comes beside it in Markdown."
    )
    app.run(lambda _: measure(NETWORK.value, ROUNDS.value, JSON.value and Path(JSON.value)))
