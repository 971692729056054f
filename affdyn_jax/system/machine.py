"""The machine that a run computes on: devices, processors, versions."""

import hashlib
import os
import platform
from importlib import metadata
from pathlib import Path

import jax

_PACKAGES = ("affdyn_jax", "jax", "jaxlib", "flax", "optax", "numpy", "librosa")


def versions() -> dict[str, str]:
    """Versions of Python and of the packages that the numbers depend on."""
    return {"python": platform.python_version()} | {
        package: metadata.version(package) for package in _PACKAGES
    }


def source_checksum() -> str:
    """Checksum of the package's source files, which may change while its version does not."""
    package = Path(__file__).parents[1]
    digest = hashlib.sha256()
    for path in sorted(package.rglob("*.py")):
        digest.update(f"{path.relative_to(package).as_posix()} {path.stat().st_size} ".encode())
        digest.update(path.read_bytes())
    return digest.hexdigest()


def hardware() -> str:
    """The devices that JAX computes on, of all processes, and this machine's processors."""
    devices = jax.devices()
    processes = f" in {jax.process_count()} processes" if jax.process_count() > 1 else ""
    return (
        f"{len(devices)} {devices[0].platform} device(s) ({devices[0].device_kind}){processes}, "
        f"{os.cpu_count()} {platform.machine()} processor(s)"
    )
