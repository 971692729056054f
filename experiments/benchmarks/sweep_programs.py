"""The programs that `benchmarks.sweep` compares, each ready to run on the same generated data.

Every program trains the lanes of one seed with the same weights, task weights, recordings and
order, so after equally many steps all have the same scores.
"""

import contextlib
import tempfile
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import NamedTuple
from unittest import mock

import jax
import numpy as np

from affdyn_jax.dataset.examples import Examples, pad
from affdyn_jax.method import gru
from affdyn_jax.method.model import initial_weights
from affdyn_jax.method.tasks import task_weights
from affdyn_jax.training.devices import BY_LANE, EVERYWHERE, lane_mesh, over_lanes, put
from affdyn_jax.training.epoch import LaneState, dev_scores, new_lane, train_steps
from affdyn_jax.training.lanes import Lane
from affdyn_jax.training.loop import adam, recording_order
from affdyn_jax.training.settings import TrainingSettings

DIMENSIONS = ("arousal", "valence")
_SETTINGS = TrainingSettings(max_epochs=1, patience=1)


class Geometry(NamedTuple):
    """The sizes of a corpus and a feature set.

    Attributes:
        frames: T, of each recording.
        features: F.
        train: Training recordings of an epoch.
        dev: Dev recordings of an epoch.
    """

    frames: int
    features: int
    train: int
    dev: int


GEOMETRIES = {
    "sewa_hu_mfb": Geometry(707, 40, 34, 14),
    "sewa_hu_w2v2": Geometry(707, 1024, 34, 14),
    "recola_w2v2": Geometry(1200, 1024, 9, 9),
}


class Workload(NamedTuple):
    """The data and lanes that all programs are given.

    Attributes:
        train: The recordings of the steps that are timed.
        dev: The recordings of the dev pass that is timed.
        lanes: The L lanes, all of one seed and one hidden size.
    """

    train: Examples
    dev: Examples
    lanes: tuple[Lane, ...]


class Program(NamedTuple):
    """A program ready to run.

    Attributes:
        train: Makes a step for each training recording, and waits until it is done.
        dev_pass: Scores all lanes on dev: the CCC of each task, shape (L, K).
    """

    train: Callable[[], None]
    dev_pass: Callable[[], np.ndarray]


def generated_workload(
    geometry: Geometry, hidden_size: int, lane_count: int, steps: int
) -> Workload:
    """Random features and gold standards of a geometry, w going evenly from 0 to 1.

    Args:
        geometry: All of its dev recordings are generated, so a dev pass may batch them.
        hidden_size: H.
        lane_count: L.
        steps: Training recordings: the number of steps timed together.
    """
    rng = np.random.default_rng(0)

    def partition(count: int) -> Examples:
        shapes = [(geometry.frames, size) for size in (geometry.features, 2 * len(DIMENSIONS))]
        features, gold = ([rng.normal(size=s) for _ in range(count)] for s in shapes)
        return pad(features, np.tanh(gold), [np.ones(shapes[1], bool)] * count)

    weights = np.linspace(0, 1, lane_count)
    lanes = tuple(Lane("multi", DIMENSIONS, hidden_size, w, seed=0) for w in weights)
    return Workload(partition(steps), partition(geometry.dev), lanes)


def ours(workload: Workload) -> Program:
    """All lanes together on all devices, as `loop.train_lanes` trains them."""
    return _on_devices(workload, _start(workload))


def ours_plain_scan(workload: Workload) -> Program:
    """The same with the plain recurrence and its derivative by JAX."""
    with mock.patch.object(gru, "states", gru.scanned_states):
        return _on_devices(workload, _start(workload))


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


def _start(workload: Workload) -> LaneState:
    """The lanes before their first step, NumPy arrays with leading axes (1, L)."""
    optimiser, hidden_size = adam(_SETTINGS), workload.lanes[0].hidden_size
    feature_count, task_count = workload.train.features_ntf.shape[-1], 2 * len(DIMENSIONS)
    weights = initial_weights(jax.random.key(0), feature_count, hidden_size, task_count)

    def lane(task_weights_k):
        return new_lane(task_weights_k, task_weights_k, weights, optimiser)

    task_weights_lk = np.stack(
        [task_weights(x.dimensions, x.w, DIMENSIONS) for x in workload.lanes]
    )
    return jax.tree.map(lambda leaf: np.asarray(leaf)[None], jax.vmap(lane)(task_weights_lk))


def _on_devices(workload: Workload, lanes: LaneState) -> Program:
    """Lanes with leading axes (1, L), compiled; places left over hold lane 0 again."""
    optimiser, lane_count = adam(_SETTINGS), lanes.task_weights.shape[1]
    mesh = lane_mesh(lane_count)
    missing = -lane_count % mesh.size
    lanes = jax.tree.map(
        lambda leaf: np.concatenate([leaf, leaf[:, :1].repeat(missing, 1)], 1), lanes
    )
    lanes = put(lanes, mesh, BY_LANE)

    def train(lane, order_n, examples):
        weights, optimiser_state, losses_n = train_steps(lane, order_n, examples, optimiser)
        return lane._replace(weights=weights, optimiser_state=optimiser_state), losses_n

    def dev_pass(lane, _, examples):
        return dev_scores(lane.weights, examples)

    order = put(recording_order(0, 1, len(workload.train.frames_n))[None], mesh, EVERYWHERE)
    of_train, of_dev = put((workload.train, workload.dev), mesh, EVERYWHERE)
    train = over_lanes(train, mesh, donated=(0,)).lower(lanes, order, of_train).compile()
    dev_pass = over_lanes(dev_pass, mesh).lower(lanes, (), of_dev).compile()

    def train_further():
        nonlocal lanes
        lanes, losses = train(lanes, order, of_train)
        jax.block_until_ready(losses)

    def ccc_lk():
        _, ccc_smk = dev_pass(lanes, (), of_dev)
        return np.asarray(ccc_smk)[0, :lane_count]

    return Program(train_further, ccc_lk)


def pytorch_sequential(workload: Workload) -> Program:
    """The ordinary PyTorch program: a model and an optimiser for each lane, one after another."""
    # A frame's products are too small to share out over threads; the program uses one as well.
    return _model_by_model(workload, [contextlib.nullcontext()] * len(workload.lanes), threads=1)


def pytorch_streams(workload: Workload) -> Program:
    """The ordinary PyTorch program with each lane on a CUDA stream; needs a GPU."""
    import torch

    return _model_by_model(
        workload, [torch.cuda.stream(torch.cuda.Stream()) for _ in workload.lanes]
    )


def _model_by_model(
    workload: Workload, contexts: Sequence[AbstractContextManager], threads: int | None = None
) -> Program:
    """A PyTorch model and optimiser for each lane, each with its own context."""
    from third_party.pytorch_baseline.train import dev_pass, new_lane, train_step

    sweep = _exported(workload)
    lanes = [new_lane(sweep, index) for index in range(len(workload.lanes))]
    recordings, dev = sweep.train.recordings(), sweep.dev
    of_dev = dev.features_ntf, dev.gold_ntk, dev.valid_ntk

    def train():
        for lane, context in zip(lanes, contexts, strict=True):
            with context:
                for n in lane.order_en[0]:
                    train_step(lane.model, lane.optimiser, *recordings[n], lane.task_weights_k)

    def ccc_lk():
        ccc_lk = []
        for lane, context in zip(lanes, contexts, strict=True):
            with context:
                ccc_lk.append(dev_pass(lane.model, *of_dev, lane.task_weights_k)[1])
        return ccc_lk

    return _waiting(train, ccc_lk, threads)


def pytorch_vectorised(workload: Workload) -> Program:
    """The PyTorch program for all lanes together."""
    import torch

    from third_party.pytorch_baseline.vectorised import dev_pass, stacked_weights, train_step

    sweep = _exported(workload)
    weights = stacked_weights(sweep)
    optimiser = torch.optim.Adam(weights.values(), **sweep.adam, fused=True)
    (order_n,) = {seed: order_en[0] for seed, order_en in sweep.order_en.items()}.values()
    of_train = sweep.train.features_ntf, sweep.train.gold_ntk, sweep.train.valid_ntk
    of_dev = sweep.dev.features_ntf, sweep.dev.gold_ntk, sweep.dev.valid_ntk

    def train():
        for n in order_n:
            recording = (array[n : n + 1] for array in of_train)
            train_step(weights, optimiser, *recording, sweep.task_weights_lk)

    return _waiting(train, lambda: dev_pass(weights, *of_dev, sweep.task_weights_lk)[1])


def _exported(workload: Workload):
    """The workload as the PyTorch programs read it."""
    import torch

    from experiments.pytorch.arrays import arrays_of
    from third_party.pytorch_baseline.data import read_sweep

    arrays = arrays_of(*workload, DIMENSIONS, _SETTINGS)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "sweep.npz"
        np.savez(path, **arrays)
        sweep = read_sweep(path, "cuda" if torch.cuda.is_available() else "cpu")
    if torch.cuda.is_available():
        torch.cuda.synchronize()  # other streams would not wait for the copies
    return sweep


def _waiting(train: Callable, ccc_lk: Callable, threads: int | None = None) -> Program:
    """PyTorch's functions with a number of threads, each followed by waiting for a GPU."""
    import torch

    usual = torch.get_num_threads()

    def waiting(function):
        def run():
            torch.set_num_threads(threads or usual)
            result = function()
            if torch.cuda.is_available():
                torch.cuda.synchronize()
            torch.set_num_threads(usual)
            return result

        return run

    dev_pass = waiting(ccc_lk)
    return Program(waiting(train), lambda: np.stack([ccc_k.cpu() for ccc_k in dev_pass()]))
