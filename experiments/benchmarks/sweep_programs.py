"""The programs that `benchmarks.sweep` compares, each ready to run on the same generated data.

Every program trains the lanes of one seed with the same weights, task weights, recordings and
order, so after equally many steps all have the same scores.
"""

import importlib.util
from collections.abc import Callable

import jax

from experiments.benchmarks import sweep_ours
from experiments.benchmarks.sweep_workload import Program, Workload

Makers = dict[str, Callable[[Workload], Program]]

IN_TURN = "pytorch_sequential"


def programs() -> Makers:
    """The programs that can run here, by name; without PyTorch only ours.

    Raises:
        RuntimeError: Either JAX or PyTorch finds no GPU where the other one does.
    """
    on_gpu = jax.default_backend() == "gpu"
    modules = [sweep_ours]
    if importlib.util.find_spec("torch") is not None:
        from experiments.benchmarks import sweep_pytorch

        if sweep_pytorch.has_gpu() != on_gpu:
            raise RuntimeError(
                f"JAX computes on a {jax.default_backend()}, PyTorch does not; "
                "install both for the GPU, or hide it by CUDA_VISIBLE_DEVICES= and "
                "JAX_PLATFORMS=cpu"
            )
        modules.insert(0, sweep_pytorch)
    makers = [make for module in modules for make in (module.ON_GPUS if on_gpu else module.ON_CPUS)]
    return {make.__name__: make for make in makers}
