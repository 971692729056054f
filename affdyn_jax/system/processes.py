"""Several processes that make one run, each on its own devices, on one machine or on many.

All of them run the same stages, and only the first one writes results. They are started by
Slurm's `srun`, or by hand with an address where they meet.
"""

import contextlib
import faulthandler
import json
import os
import platform
import signal
import sys
import threading
import zlib
from collections.abc import Iterator, Mapping
from typing import Any

import jax
import numpy as np
from jax.experimental import multihost_utils
from jax.sharding import Mesh, NamedSharding, PartitionSpec

from affdyn_jax.errors import AffdynError, RunError, reason
from affdyn_jax.system.abort_message import abort_message
from affdyn_jax.system.machine_errors import refusal
from affdyn_jax.system.rendezvous import meet
from affdyn_jax.system.stop_requests import Stopped, interruptible, requested

_SECONDS_TO_MEET = 300
_SECONDS_TO_LEAVE = 30
_SECONDS_WITHOUT_SIGN_OF_LIFE = 20

_NAMED = 3  # of the facts in which two processes differ

# What a process tells the others instead of a signal's number.
_GOES_ON, _FAILED = 0, -1

_OF_THE_CONNECTION = (jax.errors.JaxRuntimeError, ValueError)

# One process may be done with its features long before another; XLA's default is half an hour.
_PATIENCE = "--xla_cpu_collective_timeout_seconds"
_SECONDS_OF_PATIENCE = 7 * 24 * 3600


_LOST = (
    "this process was killed, or another one of the run was or cannot be reached; start all of "
    "them again with the same command, which resumes from the last checkpoint"
)


class _AnotherFailedError(RunError):
    """Another process has failed, and has said why."""


@contextlib.contextmanager
def join_processes(coordinator: str | None, count: int | None, index: int | None) -> Iterator[None]:
    """Run the block in several processes that make one run, or in this process alone.

    Without arguments Slurm decides: within `srun` its variables tell how many tasks there are
    and where they meet. The block ends when it has ended in all processes. When one fails or
    stops, so do the others at their next wait for it. One that is killed takes the others along
    within a minute, each with a line that says so.

    Has to be called before JAX starts.

    Args:
        coordinator: Host and port of the first process, `host:port`; None with Slurm or alone.
        count: How many processes there are.
        index: Which of them this one is, from 0.

    Raises:
        ConfigError: The coordinator's address is wrong.
        RunError: The processes cannot meet, two have the same index, or another one has failed.
        Stopped: One of them is asked to stop.
    """
    if coordinator is not None:
        _connect(coordinator, count, index, "deactivate")
    elif int(os.environ.get("SLURM_STEP_NUM_TASKS", "1")) > 1:
        _connect(None, None, None, "slurm")
    else:
        yield
        return

    if not is_first():
        # The libraries that connect the processes print to standard output.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    # JAX aborts this process when another one is lost; Python would add its stack traces.
    faulthandler.disable()
    with abort_message(f"error: {_LOST}"):
        wait_for_all()
        try:
            yield
            with interruptible(False):
                wait_for_all()
        except _AnotherFailedError:
            raise
        except Stopped as stopped:
            if not stopped.is_agreed:
                _gather(stopped.signal)
            raise
        except Exception as error:
            if isinstance(error, AffdynError) or refusal(error):
                _gather(_FAILED)
            elif isinstance(error, _OF_THE_CONNECTION) and "Gloo" in str(error):
                os._exit(1)  # any other exit waits in JAX for the lost process
            raise


def is_first() -> bool:
    """Whether this process writes results: the first one, or the only one."""
    return not jax.distributed.is_initialized() or jax.process_index() == 0


def are_several() -> bool:
    """Whether several processes make this run."""
    return jax.distributed.is_initialized()


def count_on_this_machine() -> int:
    """How many of the run's processes run on the machine of this one; waits for all of them."""
    if not are_several():
        return 1
    machine = zlib.crc32(platform.node().encode()) >> 1  # fits what is gathered
    return int((_gather(machine) == machine).sum())


def share_of(items: Mapping[str, Any]) -> dict[str, Any]:
    """The items that this process works on: every `count`-th, or all where it is alone."""
    if not are_several():
        return dict(items)
    return dict(list(items.items())[jax.process_index() :: jax.process_count()])


def wait_for_all() -> None:
    """Wait until all processes have arrived here, and stop if one of them is asked to.

    Raises:
        RunError: One has failed instead.
        Stopped: One is asked to stop.
    """
    with interruptible(False):
        number = agreed_request()
        if number is not None:
            raise Stopped(number, is_agreed=True)


def agreed_request() -> signal.Signals | None:
    """The signal that asked one of the processes to stop; all of them get the same answer.

    Waits for all processes.

    Raises:
        RunError: One has failed instead.
    """
    if not are_several():
        return requested()
    said_p = _gather(requested() or _GOES_ON)
    if (said_p == _FAILED).any():
        raise _AnotherFailedError(
            f"process {int(np.argmin(said_p))} of {len(said_p)} has failed; see what it said"
        )
    return signal.Signals(said_p.max()) if said_p.any() else None


def must_agree(facts: Mapping[str, Any], way_out: str) -> None:
    """Wait for all processes, and end in all of them unless they have the same facts.

    Args:
        facts: Values by their names, of kinds that JSON has.
        way_out: What the user can do where they differ.

    Raises:
        RunError: They differ, the message names in what; or one process has failed instead.
        Stopped: One is asked to stop.
    """
    if not are_several():
        return
    wait_for_all()
    with interruptible(False):
        said = json.dumps(facts).encode()
        longest = int(_gather(len(said)).max())
        own = np.frombuffer(said.ljust(longest), np.uint8)
        first, *others = map(json.loads, map(bytes, multihost_utils.process_allgather(own)))
    for process, other in enumerate(others, start=1):
        differing = sorted(name for name in first | other if other.get(name) != first.get(name))
        if differing:
            there, here = (
                ", ".join(f"{name}={json.dumps(of.get(name))}" for name in differing[:_NAMED])
                for of in (other, first)
            )
            more = f" and {len(differing) - _NAMED} more" if differing[_NAMED:] else ""
            raise RunError(f"process {process} has {there}{more}, process 0 {here}; {way_out}")


def from_first(tree: Any) -> Any:
    """Send the first process's NumPy arrays to all processes.

    Args:
        tree: In the other processes, arrays of the same shapes and dtypes.
    """
    return multihost_utils.broadcast_one_to_all(tree) if are_several() else tree


@contextlib.contextmanager
def first_before_others() -> Iterator[None]:
    """Let the first process run the block before the others, which find what it left."""
    if not is_first():
        wait_for_all()
    yield
    if is_first():
        wait_for_all()


def _gather(said: int) -> np.ndarray:
    """One number from each process, int32; waits for all of them."""
    count = jax.process_count()
    a_device_of_each = [jax.local_devices(process)[0] for process in range(count)]
    by_process = NamedSharding(
        Mesh(np.array(a_device_of_each), ("process",)), PartitionSpec("process")
    )
    said_p = jax.make_array_from_callback(
        (count,), by_process, lambda _: np.array([said], np.int32)
    )
    return multihost_utils.process_allgather(said_p, tiled=True)


def _connect(coordinator: str | None, count: int | None, index: int | None, method: str) -> None:
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

    # JAX's own timeout aborts the process, which nothing in Python can catch.
    deadline = threading.Timer(_SECONDS_TO_MEET, give_up)
    deadline.daemon = True
    deadline.start()
    # It would handle SIGTERM itself; see `stop_requests`.
    jax.config.update("jax_enable_preemption_service", False)
    try:
        if coordinator:
            with interruptible():
                meet(coordinator, count, index)
        jax.distributed.initialize(
            coordinator,
            count,
            index,
            cluster_detection_method=method,
            initialization_timeout=2 * _SECONDS_TO_MEET,
            heartbeat_timeout_seconds=_SECONDS_WITHOUT_SIGN_OF_LIFE,
            shutdown_timeout_seconds=_SECONDS_TO_LEAVE,
        )
    except (RuntimeError, ValueError) as error:
        raise RunError(f"the processes cannot meet {where} ({reason(error)})") from error
    finally:
        deadline.cancel()
