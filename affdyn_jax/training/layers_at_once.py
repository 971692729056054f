"""How many layers' lanes train at once: as many as memory takes, by an estimate."""

import logging
from collections.abc import Mapping, Sequence
from typing import NamedTuple

import jax
import numpy as np

from affdyn_jax.system.machine_memory import memory_bytes
from affdyn_jax.system.processes import count_on_this_machine, from_first
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
# A lane's weighted sum of layers, and the gradient of it.
_SUMS_OF_A_STEP = 2
# The recording that the lanes of a repetition hear, standardised: one array in the program that
# XLA compiles for a CPU, and another where it is gathered first.
_RECORDINGS_OF_A_STEP = 2

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
    layers: Sequence[int], size: LayerSize, lanes: Mapping[int, Sequence[Lane]], earlier: int = 0
) -> list[tuple[int, ...]]:
    """The layers in groups of as many as memory takes at once; the log says how many those are.

    Several processes have to call it together, and get the same groups.

    Args:
        layers: Their numbers.
        size: Of each.
        lanes: Those of one layer, by their hidden size.
        earlier: How many layers trained at once before an interruption. As many do now, whatever
            memory there is. 0 where none has trained.
    """
    of_layer, memory = bytes_of_a_layer(size, lanes), device_bytes()
    at_once = min(len(layers), earlier or max(1, int(memory // of_layer)))
    count = -(-len(layers) // at_once)
    if not earlier:
        at_once = -(-len(layers) // count)  # alike in all rounds
    log.info(
        "%d layer(s) of %d features: %.2f GiB each with their lanes by an estimate, of %.1f GiB "
        "that may be used; %s%s",
        len(layers),
        size.feature_count,
        of_layer / _GIB,
        memory / _GIB,
        "all at once" if count == 1 else f"{at_once} at once, in {count} rounds",
        ", as the run began" if earlier else "",
    )
    if at_once * of_layer > memory:
        log.warning(
            "%d layer(s) at once may not fit into memory: %.2f GiB by the estimate, of %.1f GiB "
            "that may be used; %s",
            at_once,
            at_once * of_layer / _GIB,
            memory / _GIB,
            "sweep fewer lanes at once"
            if at_once == 1
            else "resume where there is more, or begin anew in smaller rounds with --resume=false",
        )
    return [tuple(layers[start : start + at_once]) for start in range(0, len(layers), at_once)]


def tell_sum_of_layers(
    layer_count: int, size: LayerSize, lanes: Mapping[int, Sequence[Lane]]
) -> None:
    """Say in the log what a weighted sum of layers takes, whose lanes need all of them at once.

    Args:
        layer_count: How many layers.
        size: Of each.
        lanes: All of them, by their hidden size.
    """
    features = layer_count * _bytes_of_features(size)
    of_lanes, memory = _bytes_of_lanes(size, lanes, layer_count), device_bytes()
    log.info(
        "weighted sum of %d layers of %d features: %.2f GiB of features and %.2f GiB of lanes by "
        "an estimate, of %.1f GiB that may be used",
        layer_count,
        size.feature_count,
        features / _GIB,
        of_lanes / _GIB,
        memory / _GIB,
    )
    if features + of_lanes > memory:
        log.warning(
            "the weighted sum may not fit into memory: %.2f GiB by the estimate, of %.1f GiB that "
            "may be used; sweep fewer seeds or lanes in a run, or name fewer layers",
            (features + of_lanes) / _GIB,
            memory / _GIB,
        )


def bytes_of_a_layer(size: LayerSize, lanes: Mapping[int, Sequence[Lane]]) -> float:
    """What the features of a layer and its lanes take of a device's memory, by an estimate.

    Args:
        size: Of the layer.
        lanes: Its lanes, by their hidden size.
    """
    return _bytes_of_features(size) + _bytes_of_lanes(size, lanes)


def _bytes_of_features(size: LayerSize) -> int:
    return _FLOAT * size.recordings * size.frames * size.feature_count


def _bytes_of_lanes(
    size: LayerSize, lanes: Mapping[int, Sequence[Lane]], layer_count: int = 0
) -> float:
    """What lanes take besides features; of a weighted sum of so many layers, if of any."""
    is_cpu, mesh_size = jax.default_backend() == "cpu", lane_mesh(_of_a_repetition(lanes)).size
    sums = _SUMS_OF_A_STEP if layer_count else 0
    largest = 0.0
    for hidden_size, group in lanes.items():
        weights = 3 * hidden_size * (size.feature_count + 3 * hidden_size)
        step = size.frames * (_ARRAYS_OF_A_STEP * hidden_size + sums * size.feature_count)
        of_lanes = len(group) * (_COPIES_OF_WEIGHTS * weights + step)
        heard = size.frames * size.feature_count * max(1, layer_count)
        recordings = len(_repetitions(group)) * _RECORDINGS_OF_A_STEP * heard
        # All cores share the memory, in which each as a device has what its lanes hear.
        of_all = of_lanes + recordings * mesh_size
        largest = max(largest, of_all if is_cpu else of_all / mesh_size)
    return _FLOAT * largest


def device_bytes() -> float:
    """How much of a device's memory training may use; the same for all processes of a run."""
    if jax.default_backend() == "cpu":
        own = _SHARE_OF_A_CPUS * memory_bytes() / count_on_this_machine()
    else:
        device = jax.local_devices()[0]
        statistics = device.memory_stats() or {}
        own = _SHARE_OF_A_DEVICES * statistics.get("bytes_limit", memory_bytes())
    return float(from_first(np.array(own / _GIB, np.float32))) * _GIB


def _of_a_repetition(lanes: Mapping[int, Sequence[Lane]]) -> int:
    group = max(lanes.values(), key=len)
    return len(group) // len(_repetitions(group))


def _repetitions(group: Sequence[Lane]) -> set[tuple[int, int | None]]:
    return {(lane.seed, lane.fold) for lane in group}
