"""What one lane takes by itself: the measure of all lanes one after the other."""

import time

import jax
import numpy as np
import optax

from affdyn_jax.devices import BY_LANE, EVERYWHERE, first_device, over_lanes, put
from affdyn_jax.epoch import LaneState, train_epoch
from affdyn_jax.examples import Examples

# A shorter training would be over before the program for one lane is compiled.
WORTHWHILE_EPOCHS = 20

_EPOCHS = 3


def epoch_seconds(
    lane: LaneState, train: Examples, dev: Examples, optimiser: optax.GradientTransformation
) -> float:
    """Wall time of an epoch of one lane alone, on the first device of this process, in seconds.

    The program is the sweep's, compiled for a single lane. The median of three epochs, which
    are not kept, after one that compiles.

    Args:
        lane: Any one of its hidden size, NumPy arrays; all take the same time.
        train: The training partition.
        dev: The dev partition.
        optimiser: From `training.adam`.
    """

    def epoch_of_lane(lane, order_n, partitions):
        return train_epoch(lane, order_n, *partitions, optimiser, patience=1)

    mesh = first_device()
    lanes = put(jax.tree.map(lambda leaf: leaf[None, None], lane), mesh, BY_LANE)
    orders = put(np.arange(len(train.frames_n), dtype=np.int32)[None], mesh, EVERYWHERE)
    partitions = put((train, dev), mesh, EVERYWHERE)
    epoch = over_lanes(epoch_of_lane, mesh)
    seconds = []
    for _ in range(1 + _EPOCHS):
        start = time.perf_counter()
        jax.block_until_ready(epoch(lanes, orders, partitions))
        seconds.append(time.perf_counter() - start)
    return float(np.median(seconds[1:]))
