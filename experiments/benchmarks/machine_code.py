"""The fused kernels' machine code: registers, spills, and what a frame costs at least.

    python -m experiments.benchmarks.machine_code

Compiles for an H100 (`--sm=80`: for an A100) without one. Needs what the extra `gpu` installs;
Triton's wheel brings NVIDIA's assembler and disassembler.
"""

import collections
import functools
import re
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple
from unittest import mock

import jax
import jax.numpy as jnp
from absl import app, flags

from affdyn_jax.method.recurrence.states import running_by, states

HIDDEN_SIZES = (16, 32, 64, 128)
_UNROLLED = 4  # frames in a turn of the machine's loop, as `kernels.py` asks for
_SCHEDULERS, _GHZ = 4, 1.98  # of a multiprocessor; at an H100's highest clock
_SHOWN = ("FFMA", "MUFU", "SHFL", "BAR", "LDS", "STS", "LDG", "STG")
_SM = flags.DEFINE_integer("sm", 90, "Compute capability: 80 (A100) or 90 (H100, H200).")


class Kernel(NamedTuple):
    """A kernel as the assembler takes it.

    Attributes:
        name: That of its function in `kernels.py`.
        warps: Of a block.
        ptx: Its code before registers are allotted.
    """

    name: str
    warps: int
    ptx: str


class Resources(NamedTuple):
    """What a thread takes: registers, and bytes that found none."""

    registers: int
    spilled: int


@functools.cache  # jax-triton compiles a kernel once
def kernels_of(hidden_size: int, sm: int) -> tuple[Kernel, ...]:
    """The kernels of a training step, forward first, as jax-triton compiles them."""
    from jax_triton import triton_lib

    from affdyn_jax.method.recurrence import fused

    def gradients(inputs_tgh, kernel_ghh, bias_h):
        hidden_th, pull_back = jax.vjp(lambda *w: states(*w, 8), inputs_tgh, kernel_ghh, bias_h)
        return pull_back(hidden_th)

    shapes = (8, 3, hidden_size), (3, hidden_size, hidden_size), (hidden_size,)
    arguments = [jax.ShapeDtypeStruct(shape, jnp.float32) for shape in shapes]
    launched = functools.partial(fused.jax_triton.triton_call, compute_capability=sm)
    library, found = triton_lib.triton_kernel_call_lib, []

    def keep(name, warps, *others):
        ptx = next(str(other) for other in others if ".target sm_" in str(other))
        found.append(Kernel(name, warps, ptx))
        return made(name, warps, *others)

    made = library.TritonKernel
    jax.clear_caches()  # what is traced keeps the compute capability
    with (
        mock.patch.object(fused.jax_triton, "triton_call", launched),
        mock.patch.object(library, "TritonKernel", keep),
        running_by(fused.FUSED),
    ):
        jax.jit(gradients).trace(*arguments).lower(lowering_platforms=("cuda",))
    return tuple(found)


def assembled(kernel: Kernel, sm: int) -> tuple[Resources, list[str]]:
    """What the assembler says that a thread takes, and the instructions, disassembled."""
    with tempfile.TemporaryDirectory() as folder:
        ptx, binary = Path(folder, "kernel.ptx"), Path(folder, "kernel.cubin")
        ptx.write_text(kernel.ptx)
        told = _nvidia("ptxas", "-v", f"-arch=sm_{sm}{'a' * (sm == 90)}", ptx, "-o", binary).stderr
        lines = _nvidia("nvdisasm", "-c", binary).stdout.splitlines()
    registers, *spilled = (
        int(re.search(pattern, told)[1])
        for pattern in (r"Used (\d+) reg", r"(\d+) bytes spill st", r"(\d+) bytes spill l")
    )
    return Resources(registers, sum(spilled)), lines


def _nvidia(program: str, *arguments: str | Path) -> subprocess.CompletedProcess:
    import triton

    path = Path(triton.__file__).parent / "backends" / "nvidia" / "bin" / program
    return subprocess.run([path, *arguments], capture_output=True, text=True, check=True)


def longest_loop(lines: list[str]) -> collections.Counter[str]:
    """How often each instruction stands in the longest loop that jumps back to its beginning."""
    starts, loops = {}, [[]]
    for number, line in enumerate(lines):
        if label := re.match(r"(\.L_x_\d+):", line):
            starts[label[1]] = number
        jump = re.search(r"BRA\s+`\((\.L_x_\d+)\)", line)
        if jump and jump[1] in starts:
            loops.append(list(_operations(lines[starts[jump[1]] : number + 1])))
    return collections.Counter(max(loops, key=len))


def _operations(lines: list[str]) -> Iterator[str]:
    for line in lines:
        if found := re.match(r"\s+/\*[0-9a-f]+\*/\s+(?:@!?U?P\d+\s+)?([A-Z0-9]+)", line):
            yield found[1]


def main(_: list[str]) -> None:
    """Print a row for each kernel and hidden size."""
    sm = _SM.value
    titles = ("registers", "spilled", "instructions", *_SHOWN, "µs to issue")
    print(f"sm_{sm}, a frame", "H", "warps", *titles, sep=" | ")
    for hidden_size in HIDDEN_SIZES:
        for kernel in kernels_of(hidden_size, sm):
            resources, lines = assembled(kernel, sm)
            counts = longest_loop(lines)
            instructions = counts.total() / _UNROLLED
            cycles = instructions * max(1, kernel.warps / _SCHEDULERS)
            shown = [counts[name] / _UNROLLED for name in _SHOWN]
            figures = *resources, *(f"{n:g}" for n in (instructions, *shown))
            microseconds = f"{cycles / _GHZ / 1000:.2f}"
            print(kernel.name, hidden_size, kernel.warps, *figures, microseconds, sep=" | ")


if __name__ == "__main__":
    app.run(main)
