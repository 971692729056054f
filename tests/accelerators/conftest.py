"""Compilers of other machines' programs, in processes of their own."""

import importlib.util
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.accelerators.absent_devices import cuda_plugins
from tests.accelerators.hlo_loops import loops_of


@pytest.fixture
def compiled_loops(tmp_path):
    """Compiles an epoch by `compiled_epoch`, given its arguments; returns the program's loops."""

    def compiled(target, *arguments):
        if target == "tpu":
            pytest.importorskip("libtpu", reason="libtpu is not installed")
        elif not cuda_plugins():
            pytest.skip("JAX's plugin for CUDA is not installed")
        program = tmp_path / "program.hlo"
        environment = os.environ | {
            "XLA_FLAGS": f"--xla_gpu_cuda_data_dir={_as_cuda(tmp_path / 'cuda')}",
            "JAX_DISABLE_MOST_OPTIMIZATIONS": "0",
            "TPU_SKIP_MDS_QUERY": "1",  # it would look for a TPU in the network
        }
        command = [sys.executable, "-m", "tests.accelerators.compiled_epoch"]
        ended = subprocess.run(
            [*command, target, *map(str, arguments), str(program)],
            env=environment,
            cwd=Path(__file__).parents[2],
            capture_output=True,
            text=True,
        )
        assert ended.returncode == 0, ended.stderr[-3000:]
        return loops_of(program.read_text())

    return compiled


def _as_cuda(folder):
    """A folder in which XLA finds of Triton's wheel what it would look for in CUDA's."""
    triton = importlib.util.find_spec("triton")
    if triton is None:
        pytest.skip("Triton is not installed")
    (root,) = triton.submodule_search_locations
    theirs = Path(root) / "backends" / "nvidia"
    for ours, of_triton in (
        ("nvvm/libdevice/libdevice.10.bc", "lib/libdevice.10.bc"),
        ("bin/ptxas", "bin/ptxas"),
    ):
        (folder / ours).parent.mkdir(parents=True)
        (folder / ours).symlink_to(theirs / of_triton)
    return folder
