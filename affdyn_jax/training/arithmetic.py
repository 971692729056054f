"""Facts that the last digits of a training depend on besides its config and its data."""

import os
import platform
import re
from collections.abc import Mapping
from importlib import metadata
from pathlib import Path

import jax

_PACKAGES = ("affdyn_jax", "jax", "jaxlib", "numpy", "optax")
_KERNEL_PACKAGES = ("jax-triton", "triton")  # with them or without, and by which code

# Flags of XLA that decide how long it waits and what it prints; devices are counted by themselves.
_WITHOUT_EFFECT = (
    *("--xla_force_host_platform_device_count", "--xla_dump"),
    *("--xla_cpu_collective_", "--xla_gpu_cuda_data_dir"),
)
_VECTOR_INSTRUCTIONS = re.compile(r"(sse|ssse|avx|fma|f16c|amx|neon|asimd|sve)\w*")


def arithmetic(device_count: int) -> dict[str, str]:
    """Facts that decide the order of sums, by name.

    How many processes share the devices out changes nothing: each device runs one program.

    Args:
        device_count: Over how many devices lanes are shared out.
    """
    device = jax.devices()[0]
    facts = {"devices": f"{device_count} {device.platform}"} | {
        package: metadata.version(package) for package in _PACKAGES
    }
    flags = [
        flag
        for flag in os.environ.get("XLA_FLAGS", "").split()
        if not flag.startswith(_WITHOUT_EFFECT)
    ]
    facts["XLA_FLAGS"] = " ".join(sorted(flags))
    if device.platform != "cpu":
        kernels = {package: _version(package) for package in _KERNEL_PACKAGES}
        platform_version = device.client.platform_version
        return facts | {"kind": device.device_kind, "platform": platform_version} | kernels
    # XLA compiles for just this processor, and its threads are as many as there are cores.
    can_tell = hasattr(os, "sched_getaffinity")
    cores = len(os.sched_getaffinity(0)) if can_tell else os.cpu_count()
    return facts | _processor() | {"cores": str(cores)}


def number_kinds() -> dict[str, str]:
    """Settings of JAX that decide what numbers are at all: a state of other ones is no state."""
    return {
        "JAX_ENABLE_X64": str(jax.config.jax_enable_x64),
        "JAX_DEFAULT_PRNG_IMPL": str(jax.config.jax_default_prng_impl),
    }


def differences(before: Mapping[str, str], now: Mapping[str, str]) -> list[str]:
    """Differences between two of these, in words: `devices 1 cpu instead of 2 cpu`."""
    return [
        f"{name} {now.get(name) or 'none'} instead of {before.get(name) or 'none'}"
        for name in before | now
        if now.get(name) != before.get(name)
    ]


def _version(package: str) -> str:
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return ""


def _processor() -> dict[str, str]:
    """Its model, as far as the system tells, and its vector instructions."""
    try:
        told = Path("/proc/cpuinfo").read_text("utf-8", errors="replace")
    except OSError:
        told = ""
    first = dict(re.findall(r"^(.+?)\s*:\s*(.*)$", told.partition("\n\n")[0], re.MULTILINE))
    features = (first.get("flags") or first.get("Features") or "").split()
    instructions = sorted(filter(_VECTOR_INSTRUCTIONS.fullmatch, features))
    return {
        "processor": first.get("model name") or platform.processor() or platform.machine(),
        "vector instructions": " ".join(instructions),
    }
