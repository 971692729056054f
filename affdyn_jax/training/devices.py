"""Lanes over devices: one mesh axis, `lane`, over all devices of all processes.

No lane needs anything of another, so the devices never wait for each other within an epoch.
"""

import os
from collections.abc import Callable, Sequence
from typing import Any

import jax
import numpy as np
from jax.experimental import multihost_utils
from jax.sharding import Mesh, NamedSharding, PartitionSpec

from affdyn_jax.method.recurrence.states import LOOP, Recurrence, running_by

_AXIS = "lane"
EVERYWHERE = PartitionSpec()
BY_LANE = PartitionSpec(None, _AXIS)


def use_cores_as_devices() -> None:
    """Make each core that this process may run on a device, should JAX compute on a CPU.

    To be called before JAX has started. A number of devices that the user has set for JAX or
    XLA stays as it is.
    """
    is_set = "xla_force_host_platform_device_count" in os.environ.get("XLA_FLAGS", "")
    if jax.config.jax_num_cpu_devices < 0 and not is_set:
        can_tell = hasattr(os, "sched_getaffinity")  # Slurm and others lend some cores only
        cores = len(os.sched_getaffinity(0)) if can_tell else os.cpu_count() or 1
        jax.config.update("jax_num_cpu_devices", cores)


def lane_mesh(lanes_of_each: int) -> Mesh:
    """The devices that lanes are shared out over.

    No more than make the largest share smaller: 11 lanes on 8 devices are two lanes each on 6.
    Of each process it is equally many, one at least.
    """
    largest_share = -(-lanes_of_each // jax.device_count())
    needed = -(-lanes_of_each // largest_share)
    of_each_process = -(-needed // jax.process_count())
    devices = [
        device
        for process in range(jax.process_count())
        for device in jax.local_devices(process)[:of_each_process]
    ]
    return Mesh(np.array(devices), (_AXIS,))


def over_lanes(
    one_lane: Callable, mesh: Mesh, recurrence: Recurrence = LOOP, donated: Sequence[int] = ()
) -> Callable:
    """A function of one lane as a program for a table of lanes, (S, M) of S repetitions.

    Two `vmap`s make it: the inner one over the lanes of a repetition, which share every
    array of features, the outer one over repetitions. M is shared out over the devices.

    Args:
        one_lane: A function of what is the lane's own, what its repetition's lanes share, and
            what all lanes share, each a tree of arrays.
        mesh: From `lane_mesh`.
        recurrence: What runs the loops over frames.
        donated: Arguments whose memory is given up to the result.

    Returns:
        The function, compiled when it is called. Its first argument has leading axes (S, M),
        and so has its result; the second has a leading axis S.
    """

    def all_lanes(of_lane, of_repetition, of_all):
        # On GPUs the default is less than float32.
        with jax.default_matmul_precision("float32"), running_by(recurrence):
            lanes_of_one = jax.vmap(one_lane, in_axes=(0, None, None))
            return jax.vmap(lanes_of_one, in_axes=(0, 0, None))(of_lane, of_repetition, of_all)

    sharded = jax.shard_map(
        all_lanes,
        mesh=mesh,
        in_specs=(BY_LANE, EVERYWHERE, EVERYWHERE),
        out_specs=BY_LANE,
        check_vma=False,  # a kernel does not say which of its results differ between devices
    )
    # By default vectors have half the width that newer processors have: a tenth of the time.
    options = {"xla_cpu_prefer_vector_width": 512} if _is_cpu(mesh) else None
    return jax.jit(sharded, donate_argnums=donated, compiler_options=options)


def _is_cpu(mesh: Mesh) -> bool:
    return mesh.devices[0].platform == "cpu"


def put(tree: Any, mesh: Mesh, spec: PartitionSpec) -> Any:
    """NumPy arrays, the same in every process, onto the devices: `EVERYWHERE` or `BY_LANE`."""
    sharding = NamedSharding(mesh, spec)
    return jax.tree.map(
        lambda leaf: jax.make_array_from_callback(leaf.shape, sharding, lambda at: leaf[at]), tree
    )


def fetch(tree: Any) -> Any:
    """Arrays from the devices of all processes to NumPy arrays in every process."""
    return multihost_utils.process_allgather(tree, tiled=True)
