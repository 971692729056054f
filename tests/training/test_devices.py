"""Lanes over devices: how many of them, and the same numbers as one lane after the other."""

import os
import subprocess
import sys

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from affdyn_jax.training import devices
from affdyn_jax.training.devices import BY_LANE, EVERYWHERE, fetch, lane_mesh, over_lanes, put


@pytest.mark.parametrize(
    ("lanes", "devices_of_processes", "chosen"),
    [
        (11, [1], [1]),
        (11, [8], [6]),  # two lanes each, as on 8
        (3, [2], [2]),
        (3, [64], [3]),
        (137, [16], [16]),  # 9 lanes each; of 15, one had 10
        (11, [4, 4], [3, 3]),
        (1, [4, 4], [1, 1]),
        (3, [1, 1], [1, 1]),
        (8, [2, 6], [2, 4]),
    ],
)
def test_no_more_devices_than_help(monkeypatch, lanes, devices_of_processes, chosen):
    def local_devices(process):
        return [(process, n) for n in range(devices_of_processes[process])]

    monkeypatch.setattr(jax, "device_count", lambda: sum(devices_of_processes))
    monkeypatch.setattr(jax, "process_count", lambda: len(devices_of_processes))
    monkeypatch.setattr(jax, "local_devices", local_devices)
    monkeypatch.setattr(devices, "Mesh", lambda array, _: array)
    used = [tuple(device) for device in lane_mesh(lanes).reshape(-1, 2).tolist()]
    assert used == [
        device for process, count in enumerate(chosen) for device in local_devices(process)[:count]
    ]


def test_over_lanes_equals_a_double_loop():
    rng = np.random.default_rng(0)
    own_sm, kernel_smff = (
        np.float32(rng.normal(size=(2, 3))),
        np.float32(rng.normal(size=(2, 3, 5, 5))),
    )
    of_seed_sf, of_all = np.float32(rng.normal(size=(2, 5))), np.float32(rng.normal(size=5))

    def one_lane(lane, of_seed_f, of_all_f):
        own, kernel_ff = lane
        return {"value": own * jnp.sum(of_seed_f), "vector": kernel_ff @ of_seed_f + of_all_f}

    mesh = lane_mesh(3)
    of_lanes = put((own_sm, kernel_smff), mesh, BY_LANE)
    shared = put(of_seed_sf, mesh, EVERYWHERE), put(of_all, mesh, EVERYWHERE)
    result = fetch(over_lanes(one_lane, mesh)(of_lanes, *shared))
    for s in range(2):
        for m in range(3):
            np.testing.assert_allclose(
                result["value"][s, m], own_sm[s, m] * of_seed_sf[s].sum(), rtol=1e-5
            )
            np.testing.assert_allclose(
                result["vector"][s, m], kernel_smff[s, m] @ of_seed_sf[s] + of_all, rtol=1e-4
            )


@pytest.mark.parametrize("spec", [BY_LANE, EVERYWHERE])
def test_what_is_put_is_fetched(spec):
    tree = {"a": np.arange(6, dtype=np.float32).reshape(2, 3), "b": [np.ones((1, 3, 2), bool)]}
    back = fetch(put(tree, lane_mesh(3), spec))
    jax.tree.map(np.testing.assert_array_equal, back, tree)
    assert all(isinstance(leaf, np.ndarray) for leaf in jax.tree.leaves(back))
    assert [leaf.dtype for leaf in jax.tree.leaves(back)] == [np.float32, np.bool_]


@pytest.mark.skipif(not hasattr(os, "sched_setaffinity"), reason="cores cannot be chosen here")
@pytest.mark.parametrize(
    ("users_own", "expected"),
    [
        ({}, 1),
        ({"XLA_FLAGS": "--xla_force_host_platform_device_count=3"}, 3),
        ({"JAX_NUM_CPU_DEVICES": "2"}, 2),
    ],
)
def test_cores_are_devices_unless_the_user_says_how_many(users_own, expected):
    program = (
        "import os, jax\n"
        "os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[:1])\n"
        "from affdyn_jax.training.devices import use_cores_as_devices\n"
        "use_cores_as_devices()\n"
        "print(jax.config.jax_num_cpu_devices, len(jax.devices()))\n"
    )
    environment = {k: v for k, v in os.environ.items() if k not in ("XLA_FLAGS", *users_own)}
    ended = subprocess.run(
        [sys.executable, "-c", program],
        env=environment | users_own,
        capture_output=True,
        text=True,
        check=True,
    )
    was_set, devices_found = map(int, ended.stdout.split())
    assert devices_found == expected
    assert was_set == (-1 if "XLA_FLAGS" in users_own else expected)
