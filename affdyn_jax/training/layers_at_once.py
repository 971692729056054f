"""How many layers' lanes train at once: as many as memory takes, by an estimate."""

import logging
from collections.abc import Mapping, Sequence
from typing import NamedTuple

import jax
import numpy as np

from affdyn_jax.system.machine import memory_bytes
from affdyn_jax.system.processes import from_first
from affdyn_jax.training.devices import lane_mesh
from affdyn_jax.training.lanes import Lane

log = logging.getLogger(__name__)

_FLOAT = 4  # bytes
_GIB = 2**30

# A lane's weights, those of its best epoch, Adam's two moments, and a gradient.
_COPIES_OF_WEIGHTS = 5
# Arrays of T x H between features and loss, in a step of a lane: by measurement of a process
# (`experiments.benchmarks.sweep_memory`).
_ARRAYS_OF_A_STEP = 80

# What is left to the rest of the program, and on a CPU to other programs.
_SHARE_OF_A_CPUS = 0.5
_SHARE_OF_A_DEVICES = 0.8


class LayerSize(NamedTuple):
    """How large the features of one layer are.

    Attributes:
        recordings: How many, of all partitions.
        frames: Of the longest one.
        feature_count: F.
    """

    recordings: int
    frames: int
    feature_count: int


def rounds_of_layers(
    layers: Sequence[int], size: LayerSize, lanes: Mapping[int, Sequence[Lane]]
) -> list[tuple[int, ...]]:
    """The layers in groups of as many as memory takes at once; the log says how many those are.

    Args:
        layers: Their numbers.
        size: Of each.
        lanes: Those of one layer, by their hidden size.
    """
    of_layer, memory = bytes_of_a_layer(size, lanes), device_bytes()
    at_once = max(1, min(len(layers), int(memory // of_layer)))
    count = -(-len(layers) // at_once)
    at_once = -(-len(layers) // count)  # alike in all rounds
    log.info(
        "%d layer(s) of %d features: %.2f GiB each with their lanes by an estimate, of %.1f GiB "
        "that may be used; %s",
        len(layers),
        size.feature_count,
        of_layer / _GIB,
        memory / _GIB,
        "all at once" if count == 1 else f"{at_once} at once, in {count} rounds",
    )
    return [tuple(layers[start : start + at_once]) for start in range(0, len(layers), at_once)]


def bytes_of_a_layer(size: LayerSize, lanes: Mapping[int, Sequence[Lane]]) -> float:
    """What the features of a layer and its lanes take of a device's memory, by an estimate."""
    features = size.recordings * size.frames * size.feature_count
    of_lanes = 0.0
    for hidden_size, group in lanes.items():
        weights = 3 * hidden_size * (size.feature_count + 3 * hidden_size)
        step = _ARRAYS_OF_A_STEP * size.frames * hidden_size
        of_lane = _COPIES_OF_WEIGHTS * weights + step
        of_lanes = max(of_lanes, len(group) * of_lane)
    on_each_device = (
        1 if jax.default_backend() == "cpu" else lane_mesh(_of_a_repetition(lanes)).size
    )
    return _FLOAT * (features + of_lanes / on_each_device)


def device_bytes() -> float:
    """How much of a device's memory training may use; the same for all processes of a run."""
    if jax.default_backend() == "cpu":
        own = _SHARE_OF_A_CPUS * memory_bytes()
    else:
        device = jax.local_devices()[0]
        statistics = device.memory_stats() or {}
        own = _SHARE_OF_A_DEVICES * statistics.get("bytes_limit", memory_bytes())
    return float(from_first(np.array(own / _GIB, np.float32))) * _GIB


def _of_a_repetition(lanes: Mapping[int, Sequence[Lane]]) -> int:
    group = max(lanes.values(), key=len)
    return len(group) // len({(lane.seed, lane.fold) for lane in group})
