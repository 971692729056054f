"""Folders of arrays, written by orbax: whole and sealed, or not there at all."""

import contextlib
import logging
import math
import shutil
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import jax
import numpy as np
import orbax.checkpoint as ocp

from affdyn_jax.errors import RunError, reason
from affdyn_jax.system.checksums import write_seal
from affdyn_jax.system.whole_files import sync_folder

_BEING_WRITTEN = ".being-written"

# Orbax would have all processes wait for each other.
_BY_THE_FIRST = ocp.options.MultiprocessingOptions(primary_host=0, active_processes={0})

# Holds the folder's whole path, and is needed only where folders cannot be renamed.
_ORBAX_MARK = "commit_success.txt"


def write_arrays(folder: Path, arrays: Any, facts: dict[str, Any]) -> None:
    """Write a tree of NumPy arrays and seal it.

    Of several processes, only the first one may do so.

    Args:
        folder: Where to write; what it holds is replaced.
        arrays: Dicts of arrays, and of such dicts.
        facts: Kept in the seal (see `checksums.write_seal`).

    Raises:
        RunError: The folder cannot be written.
    """
    being_written = folder.absolute().with_name(folder.name + _BEING_WRITTEN)
    try:
        with _orbax() as orbax, _orbax_tells_once():
            orbax.save(being_written, args=ocp.args.PyTreeSave(arrays), force=True)
        (being_written / _ORBAX_MARK).unlink(missing_ok=True)
        write_seal(being_written, facts)
        if folder.exists():
            shutil.rmtree(folder)
        being_written.rename(folder)
        sync_folder(folder.parent)
    # Orbax passes on errors of the system, and those of its storage in other classes.
    except (OSError, ValueError, RuntimeError) as error:
        raise RunError(
            f"{folder}: cannot be written ({reason(error)}); free the disk, or name another "
            "--workdir"
        ) from error


def read_arrays(folder: Path) -> Any:
    """The tree of NumPy arrays that `write_arrays` wrote there.

    To be called when `checksums.read_seal` has found the folder whole.
    """
    with _orbax() as orbax:
        there = orbax.metadata(folder.absolute()).item_metadata.tree
        empty = jax.tree.map(lambda leaf: np.empty(leaf.shape, leaf.dtype), there)
        return orbax.restore(folder.absolute(), args=ocp.args.PyTreeRestore(empty))


def claimed_bytes(folder: Path) -> int:
    """The memory that the arrays are said to take, and that `read_arrays` would allocate."""
    with _orbax() as orbax:
        there = orbax.metadata(folder.absolute()).item_metadata.tree
    return sum(
        math.prod(leaf.shape) * np.dtype(leaf.dtype).itemsize for leaf in jax.tree.leaves(there)
    )


def remove_half_written(folder: Path) -> None:
    """Delete what a killed process has left half written in a folder.

    Raises:
        OSError: It cannot be deleted.
    """
    for path in folder.iterdir():
        if _BEING_WRITTEN in path.name:
            shutil.rmtree(path)


class _AllToTheEnd(ocp.type_handlers.NumpyHandler):
    """Orbax's arrays, each of which has been written or has failed before an error is raised.

    Orbax writes all of them in one event loop, which the first error closes. Those still being
    written then report to a closed loop, each with a traceback. Here each has its own loop.
    """

    async def serialize(self, values: Sequence, infos: Sequence, args: Sequence | None = None):
        writing = []
        for value, info, arg in zip(values, infos, args or [None] * len(values), strict=True):
            writing += await super().serialize([value], [info], arg and [arg])
        errors = [error for write in writing if (error := _error(write))]
        if errors:
            raise errors[0]
        return []


def _error(write: ocp.future.Future) -> Exception | None:
    try:
        write.result()
    except Exception as error:
        return error
    return None


def _orbax() -> ocp.Checkpointer:
    handlers = ocp.type_handlers
    registry = handlers.create_type_handler_registry(
        (np.ndarray, _AllToTheEnd()),
        (jax.Array, handlers.ArrayHandler()),  # orbax warns where there is none
    )
    return ocp.Checkpointer(
        ocp.PyTreeCheckpointHandler(type_handler_registry=registry),
        multiprocessing_options=_BY_THE_FIRST,
    )


@contextlib.contextmanager
def _orbax_tells_once() -> Iterator[None]:
    """Keep orbax from logging a traceback of each error that it raises as well."""
    orbax_log = logging.getLogger("absl")
    orbax_log.disabled = True
    try:
        yield
    finally:
        orbax_log.disabled = False
