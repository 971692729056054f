"""The weights of a run's lanes on disk."""

import contextlib
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import jax
import numpy as np
from flax import nnx

from affdyn_jax.dataset.standardisation import Standardisation
from affdyn_jax.errors import DamageError, RunError, reason
from affdyn_jax.method.model import Weights, weights_of
from affdyn_jax.system.array_folders import claimed_bytes, read_arrays, write_arrays
from affdyn_jax.system.checksums import read_seal
from affdyn_jax.workdir.earlier_weights import with_stacked_gates

# A network's weights hardly compress, so files cannot hold many times their size.
_MOST_COMPRESSED = 100

_LONGEST_REASON = 300  # characters


def save_weights(folder: Path, weights: Weights) -> None:
    """Keep the weights of all lanes of one hidden size.

    Of several processes only the first one does so.

    Args:
        folder: Where they go; what it holds is replaced.
        weights: Every leaf with a leading axis L, the lanes in the order of `lanes.csv`.

    Raises:
        RunError: The folder cannot be written.
    """
    write_arrays(folder, jax.tree.map(np.asarray, nnx.to_pure_dict(weights)), {})


def for_standardisation(
    weights: Weights, own: Sequence[Standardisation], later: Sequence[Standardisation]
) -> Weights:
    """The same lanes, for features that are standardised in another way.

    A standardisation is affine, so the first layer's input weights can take it up.

    Args:
        weights: Every leaf with a leading axis L.
        own: What the features of each of these lanes were standardised with in training.
        later: What those of each lane will be standardised with.
    """
    arrays = jax.tree.map(np.asarray, nnx.to_pure_dict(weights))
    pairs = list(zip(own, later, strict=True))
    scale_lf = np.stack([new.deviation_f / old.deviation_f for old, new in pairs])
    offset_lf = np.stack([(new.mean_f - old.mean_f) / old.deviation_f for old, new in pairs])
    first = arrays["layers"][0]
    kernel_lghf = first["input_kernel_ghf"].astype(np.float64)
    bias_lgh = first["input_bias_gh"] + np.einsum("lghf,lf->lgh", kernel_lghf, offset_lf)
    first["input_kernel_ghf"] = (kernel_lghf * scale_lf[:, None, None]).astype(np.float32)
    first["input_bias_gh"] = bias_lgh.astype(np.float32)
    return weights_of(arrays)


def restore_weights(folder: Path) -> Weights:
    """The weights that `save_weights` kept there; every leaf has a leading axis L.

    Raises:
        RunError: There are none, or they are damaged.
    """
    if not folder.is_dir():
        raise RunError(f"{folder}: no weights here; name a run's weights/hidden_<H>")
    with _as_written(folder):
        return weights_of(with_stacked_gates(nnx.restore_int_paths(_arrays(folder))))


def restore_arrays(folder: Path) -> Any:
    """The tree of arrays that lies beside weights, in a folder of its own.

    Raises:
        RunError: It is damaged.
    """
    with _as_written(folder):
        return _arrays(folder)


@contextlib.contextmanager
def _as_written(folder: Path) -> Iterator[None]:
    """Check a folder's seal, and tell in one line what is wrong with what is read within."""
    try:
        read_seal(folder)
    except DamageError as error:
        raise RunError(f"{error}; the same affdyn_jax.main command writes it anew") from error
    try:
        yield
    # A seal reveals accidents; what somebody sealed may be anything, and raise any error.
    except Exception as error:
        raise RunError(
            f"{folder}: no weights as this version writes them ({_reason(error)}); run the same "
            "affdyn_jax.main command again"
        ) from error


def _arrays(folder: Path) -> Any:
    size = sum(file.stat().st_size for file in folder.rglob("*") if file.is_file())
    if claimed_bytes(folder) > _MOST_COMPRESSED * size:
        raise ValueError(f"it claims more than {size} bytes on disk could hold")
    return read_arrays(folder)


def _reason(error: Exception) -> str:
    """The beginning of a library's message, which may be long."""
    return f"{type(error).__name__}: {reason(error)[:_LONGEST_REASON]}"
