"""Limits of control groups in a pretended file tree."""

import pytest

from affdyn_jax.system.machine_memory import memory_bytes

SECOND, FIRST = "sys/fs/cgroup", "sys/fs/cgroup/memory"
OF_SLURM = "slurm/uid_1/job_7/step_0/task_0"


def tree(root, own_groups, limits):
    for path, content in {"proc/self/cgroup": own_groups, **limits}.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(f"{content}\n")
    return root


def test_without_groups_it_is_the_machines(tmp_path):
    assert 2**28 < memory_bytes(tmp_path) < 2**50
    assert memory_bytes() <= memory_bytes(tmp_path)


@pytest.mark.parametrize(
    ("own_groups", "limits", "expected"),
    [
        # The second version: of the job, while the task and the root have none.
        (
            f"0::/{OF_SLURM}",
            {
                f"{SECOND}/{OF_SLURM}/memory.max": "max",
                f"{SECOND}/slurm/uid_1/job_7/memory.max": 4096,
                f"{SECOND}/slurm/memory.max": 8192,
            },
            4096,
        ),
        # The first, among other controllers' lines; of another job than the own.
        (
            f"11:cpu,cpuacct:/other\n5:memory:/{OF_SLURM}\n0::/",
            {
                f"{FIRST}/{OF_SLURM}/memory.limit_in_bytes": 2048,
                f"{FIRST}/slurm/uid_1/memory.limit_in_bytes": 9223372036854771712,
                f"{FIRST}/other/memory.limit_in_bytes": 1,
            },
            2048,
        ),
        # Containers that see themselves at the root.
        ("5:memory:/docker/0a1b", {f"{FIRST}/memory.limit_in_bytes": 1024}, 1024),
        ("0::/../../job_7", {f"{SECOND}/memory.max": 512, "sys/fs/memory.max": 1}, 512),
        ("nonsense", {f"{SECOND}/memory.max": 256}, 256),
    ],
)
def test_the_smallest_limit_of_the_own_groups(tmp_path, own_groups, limits, expected):
    assert memory_bytes(tree(tmp_path, own_groups, limits)) == expected
