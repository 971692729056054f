"""PyTorch's programs that `benchmarks.sweep` compares, in full float32 on GPUs, too.

Importing this module imports PyTorch.
"""

import tempfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import torch

from experiments.benchmarks.sweep_workload import DIMENSIONS, SETTINGS, Program, Workload
from experiments.pytorch.arrays import arrays_of
from third_party.pytorch_baseline import streams, train, vectorised
from third_party.pytorch_baseline.data import Sweep, read_sweep
from third_party.pytorch_baseline.precision import use_full_float32


def pytorch_sequential(workload: Workload) -> Program:
    """The ordinary program: a model and an optimiser for each lane, one lane after another."""
    memory = _Memory()
    sweep = _exported(workload)
    lanes = [train.new_lane(sweep, index) for index in range(len(workload.lanes))]
    recordings = sweep.train.recordings()
    of_dev = sweep.dev.features_ntf, sweep.dev.gold_ntk, sweep.dev.valid_ntk

    def epoch():
        for lane in lanes:
            for n in lane.order_en[0]:
                train.train_step(lane.model, lane.optimiser, *recordings[n], lane.task_weights_k)

    def ccc_lk():
        return [train.dev_pass(lane.model, *of_dev, lane.task_weights_k)[1] for lane in lanes]

    # A frame's products are too small to share out over threads; the program uses one as well.
    return _waiting(epoch, ccc_lk, memory, threads=1)


def pytorch_streams(workload: Workload) -> Program:
    """The ordinary program with each lane on a CUDA stream; needs a GPU."""
    return _on_streams(workload, captured=False)


def pytorch_graphs_on_streams(workload: Workload) -> Program:
    """The same with each lane's step as a CUDA graph."""
    return _on_streams(workload, captured=True)


def _on_streams(workload: Workload, captured: bool) -> Program:
    memory = _Memory()
    sweep = _exported(workload)
    lanes = streams.lanes_on_streams(sweep, captured)

    def ccc_lk():
        return [ccc_k for _, ccc_k in streams.dev_passes(lanes)]

    return _waiting(lambda: streams.train_epoch(lanes, sweep, 0), ccc_lk, memory)


def pytorch_vectorised(workload: Workload) -> Program:
    """The program for all lanes together."""
    return _together(workload, captured=False)


def pytorch_vectorised_graph(workload: Workload) -> Program:
    """The same with each step as one CUDA graph; needs a GPU."""
    return _together(workload, captured=True)


def _together(workload: Workload, captured: bool) -> Program:
    memory = _Memory()
    sweep = _exported(workload)
    weights = vectorised.stacked_weights(sweep)
    step, score = vectorised.step_and_dev_pass(sweep, weights, captured)
    (order_gn, *_) = vectorised.seed_orders(sweep)

    def epoch():
        for recordings in vectorised.recordings_in_order(sweep.train, order_gn, captured):
            step(*recordings)

    return _waiting(epoch, lambda: score()[1], memory)


def has_gpu() -> bool:
    """Whether PyTorch finds one."""
    return torch.cuda.is_available()


ON_CPUS = (pytorch_sequential, pytorch_vectorised)
ON_GPUS = (pytorch_sequential, pytorch_streams, pytorch_graphs_on_streams, pytorch_vectorised_graph)


class _Memory:
    """The memory of the GPU that a program takes, from the making of this object on."""

    def __init__(self):
        if has_gpu():
            torch.cuda.reset_peak_memory_stats()
            self._before = torch.cuda.memory_allocated()

    def peak_mib(self) -> float | None:
        if not has_gpu():
            return None
        return (torch.cuda.max_memory_allocated() - self._before) / 2**20


def _exported(workload: Workload) -> Sweep:
    """The workload as the PyTorch programs read it."""
    use_full_float32()
    arrays = arrays_of(*workload, DIMENSIONS, SETTINGS)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "sweep.npz"
        np.savez(path, **arrays)
        return read_sweep(path, "cuda" if has_gpu() else "cpu")


def _waiting(
    epoch: Callable, ccc_lk: Callable, memory: _Memory, threads: int | None = None
) -> Program:
    """PyTorch's functions with a number of threads, each followed by waiting for a GPU."""
    usual = torch.get_num_threads()

    def waiting(function):
        def run():
            torch.set_num_threads(threads or usual)
            result = function()
            if has_gpu():
                torch.cuda.synchronize()
            torch.set_num_threads(usual)
            return result

        return run

    dev_pass = waiting(ccc_lk)
    return Program(
        waiting(epoch), lambda: np.stack([ccc_k.cpu() for ccc_k in dev_pass()]), memory.peak_mib
    )
