"""Trees of arrays on disk: they come back bit by bit, or one line says why not."""

import resource
import sys
import threading

import jax
import numpy as np
import pytest

from affdyn_jax.errors import RunError
from affdyn_jax.system.array_folders import read_arrays, write_arrays


def test_arrays_come_back(tmp_path):
    rng = np.random.default_rng(0)
    arrays = {
        "layers": {"0": {"kernel": rng.normal(size=(3, 4)).astype(np.float32)}},
        "stopped": np.array([True, False]),
        "epoch": np.array(3, np.int32),
        "nothing": np.full(2, np.nan),
    }
    write_arrays(tmp_path / "arrays", arrays, {})
    back = read_arrays(tmp_path / "arrays")
    assert jax.tree.structure(back) == jax.tree.structure(arrays)
    for one, other in zip(jax.tree.leaves(back), jax.tree.leaves(arrays), strict=True):
        assert type(one) is np.ndarray and one.dtype == other.dtype
        np.testing.assert_array_equal(one, other)


# Of some sizes the arrays find no room, of others what lists them.
@pytest.mark.parametrize("room", [256, 1024, 4096, 16384, 65536])
def test_a_full_disk_is_reported_once(tmp_path, monkeypatch, capfd, caplog, room):
    """Orbax writes many arrays at once, and those behind the first that fails fail as well."""
    told_elsewhere = []
    monkeypatch.setattr(sys, "unraisablehook", told_elsewhere.append)
    monkeypatch.setattr(threading, "excepthook", told_elsewhere.append)
    rng = np.random.default_rng(0)
    arrays = {f"{number}": rng.normal(size=3000) for number in range(30)}
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (room, limits[1]))
    try:
        with pytest.raises(RunError, match=r"arrays: cannot be written .*free the disk"):
            write_arrays(tmp_path / "arrays", arrays, {})
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert not told_elsewhere
    assert not caplog.records
    assert capfd.readouterr() == ("", "")
    assert not (tmp_path / "arrays").exists()
    write_arrays(tmp_path / "arrays", arrays, {})
    np.testing.assert_array_equal(read_arrays(tmp_path / "arrays")["7"], arrays["7"])
