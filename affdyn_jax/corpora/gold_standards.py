"""Gold standards: from their tables to the 4 Hz grid, annotation delay compensated (§3.2)."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

from affdyn_jax.corpora.avec_tables import read_trace
from affdyn_jax.corpora.corpus import GoldStandard
from affdyn_jax.errors import ConfigError, CorpusError
from affdyn_jax.method.grid import average_on_grid, frame_at


def read_gold_standard(path: Path, recording_name: str, dimensions: Sequence[str]) -> GoldStandard:
    """Read the D dimensions of one recording from a table in AVEC's format.

    Raises:
        CorpusError: As `read_trace` does.
    """
    times_s, values_sd, _ = read_trace(path, recording_name, dimensions)
    return GoldStandard(times_s, values_sd, path)


def stack_dimensions(traces: Mapping[Path, tuple[np.ndarray, np.ndarray]]) -> GoldStandard:
    """The gold standard of a recording that has a file for each dimension.

    Args:
        traces: Times and values of each dimension, both of shape (S,), by their files.

    Raises:
        CorpusError: Two dimensions have different times.
    """
    first, *others = traces
    times_s, _ = traces[first]
    for path in others:
        other_s, _ = traces[path]
        if not np.array_equal(times_s, other_s):
            raise CorpusError(
                f"{path}: {_span(other_s)}, but {_span(times_s)} in {first}; all dimensions of a "
                "recording need the same times"
            )
    return GoldStandard(times_s, np.stack([values for _, values in traces.values()], 1), first)


def gold_standard_on_grid(
    gold_standard: GoldStandard, recording_name: str, frame_rate: float, delay: float
) -> tuple[np.ndarray, np.ndarray]:
    """Average a gold standard over the windows of the grid, moved earlier by the delay.

    Raters react to what they hear after a moment, so the label at time t is the rating at
    t + delay. AVEC 2019's baseline took 2.0 s; the paper mentions no delay.

    Args:
        gold_standard: The traces, at any rate that leaves no window empty.
        recording_name: For messages.
        frame_rate: Frames per second, 4 in the paper.
        delay: The annotation delay in seconds.

    Returns:
        The states, shape (T, D), float64, where T is the same for every delay: the grid
        ends with the last rating's window; and which frames carry a label, shape (T,). The
        shift leaves the last frames without one: their states are 0 and must not count.

    Raises:
        ConfigError: The delay is negative or longer than the ratings.
        CorpusError: A window before the last rating holds no sample.
    """
    times_s = gold_standard.times_s
    if not delay >= 0:
        raise ConfigError(f"annotation delay is {delay} s; it has to be 0 s or more")
    if delay > times_s[-1]:
        raise ConfigError(
            f"annotation delay is {delay} s, but the ratings of recording '{recording_name}' "
            f"end at {times_s[-1]:g} s; take a shorter one ({gold_standard.path})"
        )
    frame_count = int(frame_at(times_s[-1], frame_rate)) + 1
    states_td, counts_t = average_on_grid(
        times_s - delay, gold_standard.values_sd, frame_rate, frame_count
    )
    valid_t = counts_t > 0
    labelled_count = np.flatnonzero(valid_t)[-1] + 1
    if not valid_t[:labelled_count].all():
        gap = np.argmin(valid_t) / frame_rate + delay
        raise CorpusError(
            f"{gold_standard.path}: recording '{recording_name}' has no rating between "
            f"{gap:g} s and {gap + 1 / frame_rate:g} s; ratings have to come at least "
            f"{frame_rate:g} times a second, without gaps"
        )
    return states_td, valid_t


def _span(times_s: np.ndarray) -> str:
    return f"{len(times_s)} samples from {times_s[0]:g} s to {times_s[-1]:g} s"
