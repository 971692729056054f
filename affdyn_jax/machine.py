"""On what a run computes: devices, processors, versions."""

import os
import platform
from importlib import metadata

import jax

_PACKAGES = ("affdyn_jax", "jax", "jaxlib", "flax", "optax", "numpy", "librosa")


def versions() -> dict[str, str]:
    """Of Python and of the packages that the numbers depend on."""
    return {"python": platform.python_version()} | {
        package: metadata.version(package) for package in _PACKAGES
    }


def hardware() -> str:
    """The devices that JAX computes on, of all processes, and this machine's processors."""
    devices = jax.devices()
    processes = f" in {jax.process_count()} processes" if jax.process_count() > 1 else ""
    return (
        f"{len(devices)} {devices[0].platform} device(s) ({devices[0].device_kind}){processes}, "
        f"{os.cpu_count()} {platform.machine()} processor(s)"
    )
