"""Our programs that `benchmarks.sweep` compares."""

from typing import Any
from unittest import mock

import jax
import numpy as np

from affdyn_jax.method import gru
from affdyn_jax.method.model import initial_weights
from affdyn_jax.method.recurrence.equations import scanned_states
from affdyn_jax.method.tasks import task_weights
from affdyn_jax.training.devices import BY_LANE, EVERYWHERE, lane_mesh, over_lanes, put
from affdyn_jax.training.epoch import dev_scores
from affdyn_jax.training.lane_settings import fixed_lanes
from affdyn_jax.training.lane_state import LaneState, new_lane
from affdyn_jax.training.parts import Parts
from affdyn_jax.training.recurrence_choice import recurrence_on
from affdyn_jax.training.repetitions import shared_inputs, whole_partitions
from affdyn_jax.training.step import train_steps
from experiments.benchmarks.sweep_workload import DIMENSIONS, SETTINGS, Program, Workload

_PARTS = Parts(SETTINGS)


def ours(workload: Workload) -> Program:
    """All lanes together on all devices, as `loop.train_lanes` trains them."""
    return _on_devices(workload, _start(workload))


def ours_loop(workload: Workload) -> Program:
    """The same with XLA's loop over frames where a kernel would be taken."""
    return _on_devices(workload, _start(workload), recurrence="loop")


def ours_plain_scan(workload: Workload) -> Program:
    """The same with the plain recurrence and its derivative by JAX."""
    with mock.patch.object(gru, "states", scanned_states):
        return _on_devices(workload, _start(workload), recurrence="loop")


def ours_one_by_one(workload: Workload) -> Program:
    """Our program for one lane, one lane after the other."""
    lanes = _start(workload)
    programs = [
        _on_devices(workload, jax.tree.map(lambda leaf, n=n: leaf[:, n : n + 1], lanes))
        for n in range(len(workload.lanes))
    ]

    def train():
        for program in programs:
            program.train()

    return Program(train, lambda: np.concatenate([program.dev_pass() for program in programs]))


ON_CPUS = (ours_one_by_one, ours_plain_scan, ours)
ON_GPUS = (ours_loop, ours)


def _start(workload: Workload) -> LaneState:
    """The lanes before their first step, NumPy arrays with leading axes (1, L)."""
    hidden_size = workload.lanes[0].hidden_size
    feature_count, task_count = workload.train.features_ntf.shape[-1], 2 * len(DIMENSIONS)
    weights = initial_weights(jax.random.key(0), feature_count, hidden_size, task_count)

    task_weights_lk = np.stack(
        [task_weights(x.dimensions, x.w, DIMENSIONS) for x in workload.lanes]
    )
    made = fixed_lanes(task_weights_lk, task_weights_lk, SETTINGS)
    lanes = jax.vmap(lambda of_lane: new_lane(of_lane, weights, _PARTS))(made)
    return jax.tree.map(lambda leaf: np.asarray(leaf)[None], lanes)


def _on_devices(workload: Workload, lanes: LaneState, recurrence: str = "auto") -> Program:
    """Lanes with leading axes (1, L), compiled; places left over hold lane 0 again."""
    lane_count = lanes.stopped.shape[1]
    mesh = lane_mesh(lane_count)
    missing = -lane_count % mesh.size
    lanes = jax.tree.map(
        lambda leaf: np.concatenate([leaf, leaf[:, :1].repeat(missing, 1)], 1), lanes
    )
    lanes = put(lanes, mesh, BY_LANE)

    def train(lane, shared, examples):
        return train_steps(lane, shared, examples, _PARTS)

    def dev_pass(lane, shared, examples):
        return dev_scores(lane.weights, shared, examples)

    data = whole_partitions(workload.train, workload.dev, (0,))
    shared = put(shared_inputs(data.repetitions, 1), mesh, EVERYWHERE)
    of_train, of_dev = put((workload.train, workload.dev), mesh, EVERYWHERE)
    chosen = recurrence_on(mesh, recurrence, workload.lanes[0].hidden_size)
    train = over_lanes(train, mesh, chosen, donated=(0,)).lower(lanes, shared, of_train).compile()
    dev_pass = over_lanes(dev_pass, mesh, chosen).lower(lanes, shared, of_dev).compile()
    held = _size((lanes, of_train, of_dev))

    def train_further():
        nonlocal lanes
        lanes, loss, _ = train(lanes, shared, of_train)
        jax.block_until_ready(loss)

    def ccc_lk():
        _, ccc_smk = dev_pass(lanes, shared, of_dev)
        return np.asarray(ccc_smk)[0, :lane_count]

    def peak_mib():
        if mesh.devices[0].platform == "cpu":
            return None
        return (held + max(_size_while_running(train), _size_while_running(dev_pass))) / 2**20

    return Program(train_further, ccc_lk, peak_mib)


def _size(tree: Any) -> int:
    return sum(leaf.nbytes for leaf in jax.tree.leaves(tree))


def _size_while_running(program: jax.stages.Compiled) -> int:
    """What a program needs besides its arguments, by its compiler, in bytes.

    The devices' own statistics have one peak for the whole process.
    """
    needs = program.memory_analysis()
    return needs.temp_size_in_bytes + needs.output_size_in_bytes - needs.alias_size_in_bytes
