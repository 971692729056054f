"""A meeting of several processes before JAX connects them: each with its own index.

JAX waits or aborts when two processes have the same index. So each introduces itself at the
address where JAX will connect them, and process 0 answers whether they may begin.
"""

import contextlib
import errno
import json
import os
import socket
import threading
import time
from collections.abc import Sequence
from typing import NamedTuple

from affdyn_jax.errors import ConfigError, RunError, reason

_GREETING = b"affdyn_jax\n"
_SECONDS_FOR_GREETING = 5
_SECONDS_BETWEEN_TRIES = 0.2
_LONGEST_LINE = 2000


class _NobodyThereError(Exception):
    """Process 0 does not listen yet."""


class _StrangerError(Exception):
    """Something else listens: another program, or JAX after the processes have met."""


class _Process(NamedTuple):
    """A process that has introduced itself, and the connection to answer it."""

    connection: socket.socket
    index: int
    count: int
    name: str


def meet(coordinator: str, count: int, index: int) -> None:
    """Wait until all processes are there, without a limit of time.

    Args:
        coordinator: Host and port of process 0, `host:port`; the port is free again afterwards.
        count: How many processes there are.
        index: Which of them this one is, from 0.

    Raises:
        ConfigError: The address cannot be used.
        RunError: Two processes have the same index or different counts, process 0 has ended, or
            the processes have met without this one.
    """
    host, _, port = coordinator.rpartition(":")
    address = host.strip("[]"), int(port)
    name = f"process {os.getpid()} on {socket.gethostname()}"
    me = json.dumps({"index": index, "count": count, "name": name}).encode() + b"\n"
    with contextlib.ExitStack() as until_met:
        try:
            socket.getaddrinfo(*address)
            if index == 0:
                server = until_met.enter_context(_server(address[1]))
                threading.Thread(target=_receive, args=(server, count, name), daemon=True).start()
        except OSError as error:
            if error.errno == errno.EADDRINUSE:
                with contextlib.suppress(_NobodyThereError, _StrangerError):
                    _introduce(me, address)  # to a process 0 that is there already
            raise ConfigError(
                f"--coordinator={coordinator} cannot be used ({reason(error)}); name the machine "
                "of process 0 and a free port of it"
            ) from error
        while True:
            try:
                return _introduce(me, address)
            except _NobodyThereError:
                time.sleep(_SECONDS_BETWEEN_TRIES)
            except _StrangerError as error:
                raise RunError(
                    f"--coordinator={coordinator}: the processes have met there without this one, "
                    f"so --process_index={index} was given twice, or another program uses the "
                    "port; give each process its own index, or name a free port"
                ) from error


def _server(port: int) -> socket.socket:
    """Listen on all of this machine's addresses, as JAX will do at the same port."""
    if socket.has_dualstack_ipv6():
        return socket.create_server(("", port), family=socket.AF_INET6, dualstack_ipv6=True)
    return socket.create_server(("", port))


def _introduce(me: bytes, address: tuple[str, int]) -> None:
    """Introduce this process, and wait until process 0 answers that all are there.

    Raises:
        RunError: They may not begin.
        _NobodyThereError: Nobody answers.
        _StrangerError: Something other than a process 0 answers.
    """
    try:
        with (
            socket.create_connection(address, _SECONDS_FOR_GREETING) as connection,
            connection.makefile("rb") as answers,
        ):
            try:
                connection.sendall(me)
                greeting = answers.readline(_LONGEST_LINE)
            except TimeoutError as error:
                raise _StrangerError from error
            if not greeting:
                raise _NobodyThereError
            if greeting != _GREETING:
                raise _StrangerError
            connection.settimeout(None)
            answer = answers.readline(_LONGEST_LINE)
    except OSError as error:
        raise _NobodyThereError from error
    if not answer:
        raise RunError("process 0 has ended before all processes had met; see what it said")
    if verdict := json.loads(answer):
        raise RunError(verdict)


def _receive(server: socket.socket, count: int, name: str) -> None:
    """As process 0, wait until all are there or one should not be, and answer all.

    Process 0 introduces itself, too, so this does not end before it is there. It is answered
    last, since it may then end immediately, and this thread with it.
    """
    there: list[_Process] = []
    verdict = ""
    with contextlib.ExitStack() as connections:
        while all(process.index for process in there) or (len(there) < count and not verdict):
            newcomer = _heard(connections.enter_context(server.accept()[0]))
            there = [process for process in there if not _is_gone(process)]
            if newcomer is not None:
                there.append(newcomer)
                verdict = _objection(there, count)
        for process in sorted(there, key=lambda process: process.name == name):
            with contextlib.suppress(OSError):
                process.connection.sendall(json.dumps(verdict).encode() + b"\n")


def _heard(connection: socket.socket) -> _Process | None:
    """The process at the other end; None where it is no process of a run."""
    try:
        connection.settimeout(_SECONDS_FOR_GREETING)
        connection.sendall(_GREETING)
        with connection.makefile("rb") as said:
            me = json.loads(said.readline(_LONGEST_LINE))
        return _Process(connection, int(me["index"]), int(me["count"]), str(me["name"]))
    except (OSError, ValueError, TypeError, KeyError):
        return None


def _is_gone(process: _Process) -> bool:
    """Whether a waiting process has ended; a living one sends nothing."""
    process.connection.setblocking(False)
    try:
        return process.connection.recv(1) == b""
    except BlockingIOError:
        return False
    except OSError:
        return True
    finally:
        process.connection.settimeout(_SECONDS_FOR_GREETING)


def _objection(there: Sequence[_Process], count: int) -> str:
    """Why they may not begin; empty where they may."""
    by_index: dict[int, _Process] = {}
    for process in there:
        if process.count != count:
            return (
                f"process {process.index} has --process_count={process.count}, process 0 has "
                f"{count}; give all of them the same"
            )
        if other := by_index.get(process.index):
            return (
                f"--process_index={process.index} was given twice, to {other.name} and to "
                f"{process.name}; give each process its own, from 0 to {count - 1}"
            )
        by_index[process.index] = process
    return ""
