"""The user's command in processes of their own: how long it takes, and how much memory."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path


def run(arguments: Sequence[str], cache: Path, name: str = "run") -> tuple[float, float]:
    """Seconds and peak MiB of `affdyn_jax.main`, from the start of Python to the report.

    Args:
        arguments: Of the command.
        cache: The user's cache; runs are there, too.
        name: Of the workdir.
    """
    command = [sys.executable, "-m", "affdyn_jax.main", *arguments, f"--workdir={cache / name}"]
    started = time.perf_counter()
    process = subprocess.Popen(
        command, env=os.environ | {"XDG_CACHE_HOME": str(cache)}, stderr=subprocess.DEVNULL
    )
    _, status, usage = os.wait4(process.pid, 0)
    if status:
        raise RuntimeError(f"{' '.join(command)} ended with status {status}")
    return time.perf_counter() - started, usage.ru_maxrss / 2**10


def told(what: str, seconds: float, peak_mib: float, **others: float) -> None:
    """Print a line of the result."""
    line = {"what": what, "seconds": round(seconds, 1), "peak_mib": round(peak_mib), **others}
    print(json.dumps(line), flush=True)
