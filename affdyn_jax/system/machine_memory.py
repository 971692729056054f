"""How much memory a process may use: the machine's, or what its control groups leave of it.

Containers and batch systems such as Slurm limit a process by a group that it is in, or by one that
this group is in. Linux has two versions of such groups, and machines may have both.
"""

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path, PurePosixPath

_OWN_GROUPS = "proc/self/cgroup"
# Where groups of a version lie, and the file of a group that has its limit.
_SECOND = ("sys/fs/cgroup", "memory.max")
_FIRST = ("sys/fs/cgroup/memory", "memory.limit_in_bytes")


def memory_bytes(root: Path = Path("/")) -> int:
    """The memory of this machine, or the smallest limit of the groups that this process is in.

    Args:
        root: Where Linux' `proc` and `sys` lie.
    """
    of_machine = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    return min([of_machine, *_limits(root)])


def _limits(root: Path) -> Iterator[int]:
    """Those of the process's own groups and of all that these are in."""
    for (folder, limit), group in _groups(root):
        # A container may see only itself, at the root, by another name than the process reads.
        for within in (group, *group.parents):
            with contextlib.suppress(OSError, ValueError):  # there is none, or it is "max"
                yield int((root / folder / within / limit).read_text("utf-8"))


def _groups(root: Path) -> Iterator[tuple[tuple[str, str], PurePosixPath]]:
    """Each version with the process's own group in it, relative to where its groups lie."""
    root_group = PurePosixPath()
    yield _SECOND, root_group
    yield _FIRST, root_group
    with contextlib.suppress(OSError, ValueError):
        for line in (root / _OWN_GROUPS).read_text("utf-8").splitlines():
            number, controllers, path = line.split(":", 2)
            group = PurePosixPath(path.lstrip("/"))
            if ".." in group.parts:  # outside of what a container sees
                continue
            if number == "0":
                yield _SECOND, group
            elif "memory" in controllers.split(","):
                yield _FIRST, group
