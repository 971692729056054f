"""Processes that meet over loopback, each in a process or a thread of its own."""

import json
import os
import socket
import subprocess
import sys
import threading
import time

import pytest

from affdyn_jax.errors import ConfigError, RunError
from affdyn_jax.system import rendezvous
from affdyn_jax.system.rendezvous import meet


@pytest.fixture
def port():
    with socket.create_server(("127.0.0.1", 0)) as server:
        return server.getsockname()[1]


def ends(port, *index_of_count):
    """What each of several processes meets with, "met" or the error's text."""
    ended = {}

    def come(number, index, count):
        try:
            meet(f"localhost:{port}", count, index)
            ended[number] = "met"
        except (RunError, ConfigError) as error:
            ended[number] = str(error)

    threads = [
        threading.Thread(target=come, args=(number, *process), daemon=True)
        for number, process in enumerate(index_of_count)
    ]
    for thread in threads:
        thread.start()
        time.sleep(0.3)  # who comes when it is over waits, so they come in this order
    for thread in threads:
        thread.join(20)
    return [ended.get(number, "waits") for number in range(len(index_of_count))]


def test_all_meet_and_leave_the_port_free(port):
    assert ends(port, (2, 3), (0, 3), (1, 3)) == ["met"] * 3
    with socket.create_server(("", port)):
        pass


@pytest.mark.parametrize("index", [0, 1])
def test_an_index_that_comes_twice_is_reported_to_all(port, index):
    said = ends(port, (0, 3), (1, 3), (index, 3))
    assert len(set(said)) == 1
    name = f"process {os.getpid()} on {socket.gethostname()}"
    assert f"--process_index={index} was given twice, to {name} and to {name}; " in said[0]


def test_counts_that_differ_are_reported_to_all(port):
    said = ends(port, (0, 2), (2, 3))
    assert len(set(said)) == 1
    assert "process 2 has --process_count=3, process 0 has 2; " in said[0]


def test_neither_one_that_has_ended_nor_others_count(port):
    ended = []
    first = threading.Thread(target=lambda: ended.extend(ends(port, (0, 3))), daemon=True)
    first.start()
    gone = json.dumps({"index": 1, "count": 3, "name": "gone"}).encode() + b"\n"
    for said in (gone, b"", b"GET / HTTP/1.1\r\n\r\n", b'{"index": 1}\n', b"[]\n", b"\xff\n"):
        with connected(port) as connection:
            connection.sendall(said)
            assert connection.recv(100) == b"affdyn_jax\n"
    assert ends(port, (1, 3), (2, 3)) == ["met"] * 2
    first.join()
    assert ended == ["met"]


def connected(port):
    while True:
        try:
            return socket.create_connection(("127.0.0.1", port))
        except ConnectionRefusedError:
            time.sleep(0.01)


def test_process_0_has_ended(port):
    with socket.create_server(("127.0.0.1", port)) as server:

        def end():
            connection, _ = server.accept()
            with connection:
                connection.sendall(b"affdyn_jax\n")
                connection.recv(1000)

        threading.Thread(target=end, daemon=True).start()
        assert ends(port, (1, 2)) == [
            "process 0 has ended before all processes had met; see what it said"
        ]


@pytest.mark.parametrize("index", [0, 1])
def test_a_port_of_another_program(port, index, monkeypatch):
    monkeypatch.setattr(rendezvous, "_SECONDS_FOR_GREETING", 0.5)
    with socket.create_server(("", port)):
        (said,) = ends(port, (index, 2))
    assert said.startswith(f"--coordinator=localhost:{port}")
    assert ("Address already in use" if index == 0 else "another program uses the port") in said


def test_an_address_that_is_none():
    with pytest.raises(ConfigError, match=r"--coordinator=no\.such\.host\.invalid:9000 cannot be"):
        meet("no.such.host.invalid:9000", 2, 1)


def test_one_that_comes_when_the_others_have_met(port):
    """JAX listens at the port by then."""
    jaxs = (
        "import jax\n"
        "jax.distributed.initialize("
        f"'127.0.0.1:{port}', 1, 0, cluster_detection_method='deactivate')\n"
        "print('listens', flush=True)\n"
        "input()"
    )
    others = subprocess.Popen(
        [sys.executable, "-c", jaxs],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    for line in others.stdout:
        if line == b"listens\n":
            break
    (said,) = ends(port, (1, 2))
    others.communicate(b"\n")
    assert "so --process_index=1 was given twice" in said
    assert others.returncode == 0
