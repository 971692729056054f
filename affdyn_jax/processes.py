"""Several processes that make one run, each on its own devices, on one machine or on many.

All of them go through the same stages, and the first one alone writes results. They are started
by Slurm's `srun`, or by hand with an address where they meet.
"""

import contextlib
import os
import socket
import sys
import threading
from collections.abc import Iterator, Mapping
from typing import Any

import jax
import numpy as np
from jax.experimental import multihost_utils
from jax.sharding import Mesh, NamedSharding, PartitionSpec

from affdyn_jax.errors import AffdynError, ConfigError, RunError

_SECONDS_TO_MEET = 300
_SECONDS_TO_LEAVE = 30

# One process may be done with its features long before another; XLA's default is half an hour.
_PATIENCE = "--xla_cpu_collective_timeout_seconds"
_SECONDS_OF_PATIENCE = 7 * 24 * 3600


class _AnotherFailedError(RunError):
    """Another process has failed, and has said why."""


@contextlib.contextmanager
def together(coordinator: str | None, count: int | None, index: int | None) -> Iterator[None]:
    """Run the block in several processes, or in this one alone where nothing says otherwise.

    Without arguments it is Slurm that says so: within `srun` its variables tell the number of
    tasks and where they meet. The block is over when all processes are through with it. When
    one has failed, so do the others at their next wait for it.

    To be called before JAX has started.

    Args:
        coordinator: Host and port of the first process, `host:port`; None with Slurm or alone.
        count: How many processes there are.
        index: Which of them this one is, from 0.

    Raises:
        ConfigError: The coordinator's address is wrong.
        RunError: The processes cannot meet, or another one has failed.
    """
    if coordinator is not None:
        _check_address(coordinator, index)
        _meet(coordinator, count, index, "deactivate")
    elif int(os.environ.get("SLURM_STEP_NUM_TASKS", "1")) > 1:
        _meet(None, None, None, "slurm")
    else:
        yield
        return

    if not is_first():
        # The libraries that connect the processes tell standard output about it.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    wait_for_all()
    try:
        yield
    except _AnotherFailedError:
        raise
    except AffdynError:
        _gather(failed=True)
        raise
    wait_for_all()


def is_first() -> bool:
    """Whether this is the process that writes results: the first one, or the only one."""
    return not jax.distributed.is_initialized() or jax.process_index() == 0


def are_several() -> bool:
    """Whether several processes make this run."""
    return jax.distributed.is_initialized()


def share_of(items: Mapping[str, Any]) -> dict[str, Any]:
    """The items that are this process's to work on: every `count`-th, all where it is alone."""
    if not are_several():
        return dict(items)
    return dict(list(items.items())[jax.process_index() :: jax.process_count()])


def wait_for_all() -> None:
    """Wait until all processes have come here.

    Raises:
        RunError: One has failed instead.
    """
    if not are_several():
        return
    failed_p = _gather(failed=False)
    if failed_p.any():
        raise _AnotherFailedError(
            f"process {int(np.argmax(failed_p))} of {len(failed_p)} has failed; see what it said"
        )


@contextlib.contextmanager
def first_before_others() -> Iterator[None]:
    """The first process runs the block before the others, so that they find what it left."""
    if not is_first():
        wait_for_all()
    yield
    if is_first():
        wait_for_all()


def _gather(failed: bool) -> np.ndarray:
    """Which processes have failed, boolean, one for each; waits for all of them."""
    count = jax.process_count()
    a_device_of_each = [jax.local_devices(process)[0] for process in range(count)]
    by_process = NamedSharding(
        Mesh(np.array(a_device_of_each), ("process",)), PartitionSpec("process")
    )
    failed_p = jax.make_array_from_callback((count,), by_process, lambda _: np.array([failed]))
    return multihost_utils.process_allgather(failed_p, tiled=True)


def _check_address(coordinator: str, index: int) -> None:
    """Find out in time what JAX would only abort the process for."""
    host, _, port = coordinator.rpartition(":")
    try:
        socket.getaddrinfo(host.strip("[]"), port)
        if index == 0:
            socket.create_server(("", int(port))).close()
    except OSError as error:
        raise ConfigError(
            f"--coordinator={coordinator} cannot be used ({_reason(error)}); name the machine of "
            "process 0 and a free port of it"
        ) from error


def _meet(coordinator: str | None, count: int | None, index: int | None, method: str) -> None:
    """Connect the processes, and let them wait for each other as long as it takes."""
    if _PATIENCE not in os.environ.get("XLA_FLAGS", ""):
        patience = f"{_PATIENCE}={_SECONDS_OF_PATIENCE}"
        os.environ["XLA_FLAGS"] = f"{os.environ.get('XLA_FLAGS', '')} {patience}".strip()
    where = f"at {coordinator}" if coordinator else "where Slurm's variables say"

    def give_up() -> None:
        print(
            f"error: the processes did not all meet {where} within {_SECONDS_TO_MEET} s; start "
            "all of them, on machines that reach that address without a proxy",
            file=sys.stderr,
            flush=True,
        )
        os._exit(1)

    # When its own time is over, JAX aborts the process, which nothing in Python can catch.
    deadline = threading.Timer(_SECONDS_TO_MEET, give_up)
    deadline.daemon = True
    deadline.start()
    try:
        jax.distributed.initialize(
            coordinator,
            count,
            index,
            cluster_detection_method=method,
            initialization_timeout=2 * _SECONDS_TO_MEET,
            shutdown_timeout_seconds=_SECONDS_TO_LEAVE,
        )
    except (RuntimeError, ValueError) as error:
        raise RunError(f"the processes cannot meet {where} ({_reason(error)})") from error
    finally:
        deadline.cancel()


def _reason(error: Exception) -> str:
    return " ".join((getattr(error, "strerror", None) or str(error)).split())
