"""Gold standards: from their tables to the 4 Hz grid, annotation delay compensated (§3.2)."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

from affdyn_jax.corpora.avec_tables import read_trace
from affdyn_jax.corpora.corpus import GoldStandard
from affdyn_jax.errors import ConfigError, CorpusError
from affdyn_jax.method.grid import average_on_grid, frame_at

# By how much the ratings of one dimension may outlast those of another.
_LENGTH_TOLERANCE_S = 1.0

MASK_GAPS = "--config.corpus.gaps=mask leaves frames without a rating out"


def read_gold_standard(
    path: Path, recording_name: str, dimensions: Sequence[str], blank_is_nan: bool = False
) -> GoldStandard:
    """Read the D dimensions of one recording from a table in AVEC's format.

    Raises:
        CorpusError: As `read_trace` does.
    """
    times_s, values_sd, _ = read_trace(path, recording_name, dimensions, blank_is_nan=blank_is_nan)
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


def at_all_times(
    traces: Sequence[tuple[np.ndarray, np.ndarray]],
) -> tuple[np.ndarray, np.ndarray]:
    """Dimensions that were rated at different times, at the times of all of them.

    Args:
        traces: Times and values of each of the D dimensions, both of shape (S,).

    Returns:
        The times, shape (S,), and the values, shape (S, D), NaN where a dimension has none.
    """
    times_s = np.unique(np.concatenate([own_s for own_s, _ in traces]))
    values_sd = np.full((len(times_s), len(traces)), np.nan)
    for dimension, (own_s, values_s) in enumerate(traces):
        values_sd[np.searchsorted(times_s, own_s), dimension] = values_s
    return times_s, values_sd


def gold_standard_on_grid(
    gold_standard: GoldStandard,
    recording_name: str,
    frame_rate: float,
    delay: float,
    masks_gaps: bool = False,
) -> tuple[np.ndarray, np.ndarray]:
    """Average a gold standard over the windows of the grid, moved earlier by the delay.

    Raters react to what they hear after a moment, so the label at time t is the rating at
    t + delay. AVEC 2019's baseline took 2.0 s; the paper mentions no delay.

    Args:
        gold_standard: The traces, at any rate that leaves no window empty.
        recording_name: For messages.
        frame_rate: Frames per second, 4 in the paper.
        delay: The annotation delay in seconds.
        masks_gaps: Whether a window may be empty, and then carries no label.

    Returns:
        The states, shape (T, D), float64, where T is the same for every delay: the grid
        ends with the last rating's window; and which of them are labels, shape (T, D). The
        shift leaves the last frames without one: their states are 0 and must not count.

    Raises:
        ConfigError: The delay is negative or longer than the ratings.
        CorpusError: A window holds no sample of a dimension, before its last one or for more
            than a second after it; with `masks_gaps` most do, or all.
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
    states_td = np.empty((frame_count, gold_standard.values_sd.shape[1]))
    valid_td = np.empty(states_td.shape, bool)
    for dimension, values_s in enumerate(gold_standard.values_sd.T):
        is_rated_s = np.isfinite(values_s)
        means_t1, counts_t = average_on_grid(
            times_s[is_rated_s] - delay, values_s[is_rated_s, None], frame_rate, frame_count
        )
        states_td[:, dimension], valid_td[:, dimension] = means_t1[:, 0], counts_t > 0
    where = f"{gold_standard.path}: recording '{recording_name}'"
    if masks_gaps:
        _check_density(gold_standard, frame_rate, where)
    else:
        _check_gaps(valid_td, frame_rate, delay, where)
    return states_td, valid_td


def _check_gaps(valid_td: np.ndarray, frame_rate: float, delay: float, where: str) -> None:
    """Refuse a window without a sample, unless it is one of the last."""
    ends_d = np.where(valid_td.any(axis=0), len(valid_td) - valid_td[::-1].argmax(axis=0), 0)
    last = ends_d.max(initial=0)
    may_end = last - int(_LENGTH_TOLERANCE_S * frame_rate)
    for valid_t, end in zip(valid_td.T, ends_d, strict=True):
        required_t = valid_t[: max(end, may_end)]
        if not required_t.all():
            gap = np.argmin(required_t) / frame_rate + delay
            raise CorpusError(
                f"{where} has no rating between {gap:g} s and {gap + 1 / frame_rate:g} s; ratings "
                f"have to come at least {frame_rate:g} times a second, without gaps; {MASK_GAPS}"
            )


def _check_density(gold_standard: GoldStandard, frame_rate: float, where: str) -> None:
    """Refuse ratings that are rarer than frames, so that most between them would be left out."""
    is_rated_sd = np.isfinite(gold_standard.values_sd)
    if not is_rated_sd.any():
        raise CorpusError(f"{where} has no rating at all; leave it out")
    for is_rated_s in is_rated_sd.T:
        steps = np.diff(gold_standard.times_s[is_rated_s])
        if steps.size and np.median(steps) > 1.5 / frame_rate:
            raise CorpusError(
                f"{where} has a rating every {np.median(steps):g} s, but ratings have to come at "
                f"least {frame_rate:g} times a second outside of gaps; name a lower "
                "features.frame_rate, or write times in seconds"
            )


def _span(times_s: np.ndarray) -> str:
    return f"{len(times_s)} samples from {times_s[0]:g} s to {times_s[-1]:g} s"
