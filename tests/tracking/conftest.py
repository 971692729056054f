import pytest

from affdyn_jax.tracking.lane_runs import Group
from affdyn_jax.workdir.files import read_run


@pytest.fixture
def group():
    return Group("demo", "affdyn_jax", True)


@pytest.fixture(scope="module")
def finished(trained_run):
    return read_run(trained_run)


@pytest.fixture
def connections(monkeypatch):
    """Where the process has tried to connect to; it never succeeds."""
    tried = []

    def connect(_, address):
        tried.append(address)
        raise ConnectionRefusedError

    monkeypatch.setattr("socket.socket.connect", connect)
    return tried
