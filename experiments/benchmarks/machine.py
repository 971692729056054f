"""The machine that is measured on, in one line."""

import importlib.util
import os
import platform
import shutil
import subprocess
from importlib import metadata

import jax

_PACKAGES = ("jax", "jaxlib", "torch", "triton", "transformers")


def machine() -> str:
    """Processors, devices, the card's driver, and versions."""
    devices = jax.devices()
    installed = [package for package in _PACKAGES if importlib.util.find_spec(package) is not None]
    parts = [
        f"{os.cpu_count()} {platform.machine()} processors",
        f"{len(devices)} {devices[0].platform} devices ({devices[0].device_kind})",
        *_card_and_driver(),
        f"Python {platform.python_version()}",
        *(
            f"{package} {metadata.version(package)}"
            for package in _PACKAGES
            if package in installed
        ),
    ]
    if "torch" in installed:
        import torch

        if torch.cuda.is_available():
            parts += [f"CUDA {torch.version.cuda}", f"cuDNN {torch.backends.cudnn.version()}"]
            parts.append("TF32 off")
    return ", ".join(parts)


def _card_and_driver() -> list[str]:
    """As `nvidia-smi` has them, one for each card."""
    if shutil.which("nvidia-smi") is None:
        return []
    query = ["nvidia-smi", "--query-gpu=name,memory.total,driver_version", "--format=csv,noheader"]
    ended = subprocess.run(query, capture_output=True, text=True, check=False)
    lines = ended.stdout.splitlines() if ended.returncode == 0 else []
    return [f"{name}, {memory}, driver {driver}" for name, memory, driver in map(_cells, lines)]


def _cells(line: str) -> list[str]:
    return [cell.strip() for cell in line.split(",")]
