"""Recordings of unequal length as arrays of one shape."""

import hashlib
import math
from collections.abc import Iterable, Sequence
from typing import NamedTuple

import numpy as np

_ALIGNMENT = 64  # bytes


class Examples(NamedTuple):
    """Features and gold standards of N recordings, padded at the end to the longest one.

    The model is causal and the losses look at valid frames only, so what stands in the
    padding never changes a result.

    Attributes:
        features_ntf: Standardised features, shape (N, T, F), float32; of Y layers of an encoder
            one layer after the other, (Y N, T, F).
        gold_ntk: Gold standard of each task, shape (N, T, K), float32; 0 where invalid.
        valid_ntk: Which frames of a task count, shape (N, T, K), boolean.
        frames_n: Frames of each recording before padding, shape (N,), int32.
    """

    features_ntf: np.ndarray
    gold_ntk: np.ndarray
    valid_ntk: np.ndarray
    frames_n: np.ndarray

    def heard(self, n: int, layer: int) -> np.ndarray:
        """Features of a recording in the layer of an index, shape (T, F); in a program, too."""
        return self.features_ntf[layer * self.frames_n.shape[0] + n]

    def without_features(self, rows_n: np.ndarray) -> "Examples":
        """Some recordings, with 0 features each."""
        nothing = self._replace(features_ntf=self.features_ntf[: len(self.frames_n), :, :0])
        return Examples(*(array_n[rows_n] for array_n in nothing))


def pad(
    features: Sequence[np.ndarray], gold: Sequence[np.ndarray], valid: Sequence[np.ndarray]
) -> Examples:
    """Stack recordings of shapes (T, F), (T, K) and (T, K), each with a T of its own."""
    frames_n = np.array([len(features_tf) for features_tf in features], np.int32)

    def stack(arrays: Sequence[np.ndarray], dtype: type) -> np.ndarray:
        stacked = aligned_zeros((len(arrays), frames_n.max(), arrays[0].shape[1]), dtype)
        for row, array in zip(stacked, arrays, strict=True):
            row[: len(array)] = array
        return stacked

    return Examples(
        stack(features, np.float32), stack(gold, np.float32), stack(valid, np.bool_), frames_n
    )


def checksum(arrays: Iterable[np.ndarray]) -> str:
    """Checksum of the arrays' values, shapes and dtypes; an `Examples` is a sequence of arrays."""
    digest = hashlib.sha256()
    for array in map(np.ascontiguousarray, arrays):
        digest.update(f"{array.dtype.str} {array.shape}".encode())
        digest.update(array.reshape(-1).view(np.uint8))
    return digest.hexdigest()


def aligned_zeros(shape: tuple[int, ...], dtype: type) -> np.ndarray:
    """Zeros from an address on that JAX's CPU devices accept, so that none makes a copy."""
    size = math.prod(shape) * np.dtype(dtype).itemsize
    memory = np.zeros(size + _ALIGNMENT, np.uint8)
    start = -memory.ctypes.data % _ALIGNMENT
    return memory[start : start + size].view(dtype).reshape(shape)
