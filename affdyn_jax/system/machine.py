"""The machine that a run computes on: devices, processors, versions."""

import os
import platform
import re
from importlib import metadata

import jax

_DECIDING = (
    *("affdyn_jax", "jax", "jaxlib", "flax", "optax", "numpy", "scipy"),
    *("librosa", "soundfile", "soxr"),
)
_DEVICES_OWN = ("jax-", "libtpu", "nvidia-", "triton")  # how names of their packages begin


def versions() -> dict[str, str]:
    """Versions of Python and of the packages that the numbers depend on."""
    return {"python": platform.python_version()} | {
        package: metadata.version(package) for package in _DECIDING
    }


def all_versions() -> dict[str, str]:
    """Versions of Python and of all packages that this one needs, directly or through others.

    Those of accelerators are among them, where there are any.
    """
    installed = {
        _normalised(distribution.name): distribution for distribution in metadata.distributions()
    }
    needed = {name for name in installed if name.startswith(_DEVICES_OWN)}
    found = {"affdyn-jax"}
    while found:
        needed |= found
        requirements = {line for name in found for line in installed[name].requires or ()}
        named = {_named(line) for line in requirements if not _is_of_an_extra(line)}
        found = named & installed.keys() - needed
    return {"python": platform.python_version()} | {
        name: installed[name].version for name in sorted(needed)
    }


def hardware() -> str:
    """The devices that JAX computes on, of all processes, and this machine's processors."""
    devices = jax.devices()
    processes = f" in {jax.process_count()} processes" if jax.process_count() > 1 else ""
    return (
        f"{len(devices)} {devices[0].platform} device(s) ({devices[0].device_kind}){processes}, "
        f"{os.cpu_count()} {platform.machine()} processor(s)"
    )


def _named(requirement: str) -> str:
    """The package that a line such as `jax[cuda12]>=0.9; extra == "gpu"` asks for."""
    return _normalised(re.match(r"[\w.-]*", requirement)[0])


def _is_of_an_extra(requirement: str) -> bool:
    return re.search(r";.*\bextra\b", requirement) is not None


def _normalised(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()
