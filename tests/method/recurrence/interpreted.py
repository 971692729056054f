"""The fused recurrence with its kernels in Triton's interpreter, on a CPU.

jax-triton cannot be imported without JAX's plugin for CUDA, so something else stands for it here.
"""

import importlib.util
import os
import sys
from pathlib import Path
from types import ModuleType
from unittest import mock

import jax
import numpy as np
import triton.language as tl
from triton.runtime.interpreter import InterpreterBuilder, ReduceOps, TensorHandle

from affdyn_jax.method import recurrence

# Before they are interpreted: tests of the same process find the package's own as they are.
from affdyn_jax.method.recurrence import kernels  # noqa: F401


def interpreted():
    """`fused.FUSED`, interpreted; needs Triton 3.7, as what came before fails with NumPy 2.4."""
    launcher = ModuleType("jax_triton")
    launcher.triton_call = _triton_call
    # Which kernels are interpreted is decided where they are declared.
    with (
        mock.patch.dict(os.environ, TRITON_INTERPRET="1"),
        mock.patch.dict(sys.modules, jax_triton=launcher),
    ):
        fused = _loaded("fused")
        fused.kernels = _loaded("kernels")
    return fused.FUSED


def _loaded(name):
    """A module of the package once more, beside what others have imported."""
    (folder,) = recurrence.__path__
    spec = importlib.util.spec_from_file_location(f"interpreted_{name}", Path(folder, f"{name}.py"))
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def _triton_call(*arguments, kernel, out_shape, grid, num_warps, **constants):
    """As `jax_triton.triton_call`; the result begins as NaN, so nothing stays unwritten unseen."""
    del num_warps
    is_array = [isinstance(argument, jax.Array) for argument in arguments]

    def run(*arrays):
        arrays = map(_Tensor, map(np.array, arrays))
        given = [next(arrays) if a else x for x, a in zip(arguments, is_array, strict=True)]
        result = np.full(out_shape.shape, np.nan, out_shape.dtype)
        with (
            mock.patch.object(InterpreterBuilder, "binary_op", _binary_op),
            mock.patch.object(ReduceOps, "generic_reduce", _reduced_by_halves),
        ):
            kernel[grid](*given, _Tensor(result), **constants)
        return result

    return jax.pure_callback(
        run, out_shape, *(x for x, a in zip(arguments, is_array, strict=True) if a)
    )


_interpreters_binary_op = InterpreterBuilder.binary_op


def _binary_op(self, lhs, rhs, operator):
    """Say that comparisons are no integers: as such they would be refused as masks."""
    result = _interpreters_binary_op(self, lhs, rhs, operator)
    return TensorHandle(result.data, tl.int1) if result.data.dtype == np.bool_ else result


def _reduced_by_halves(self, inputs):
    """Combine whole halves, where the interpreter would combine each two numbers by a call."""

    def tensors(arrays):
        return [self.to_tensor(a, x.dtype) for a, x in zip(arrays, inputs, strict=True)]

    arrays = [x.handle.data for x in inputs]
    while arrays[0].shape[self.axis] > 1:
        halves = zip(*(np.split(array, 2, self.axis) for array in arrays), strict=True)
        first, second = map(tensors, halves)
        combined = self.combine_fn.fn(*first, *second)
        combined = combined if isinstance(combined, tuple) else (combined,)
        arrays = [x.handle.data for x in combined]
    return tensors([array.squeeze(self.axis) for array in arrays])


class _Tensor:
    """What the interpreter asks of a `torch.Tensor`, for an array of NumPy."""

    def __init__(self, array):
        self._array = array
        self.dtype = array.dtype

    def data_ptr(self):
        return self._array.ctypes.data

    def untyped_storage(self):
        return self

    def cpu(self):
        return self

    def copy_(self, other):
        assert other is self

    def new_empty(self, size, device):
        return self

    def set_(self, *storage):
        pass

    storage_offset = size = stride = lambda self: None
