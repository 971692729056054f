"""Arousal, valence and their dynamics from speech: a whole w-sweep as one JAX program."""

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from affdyn_jax.from_python import train
    from affdyn_jax.prediction.exported.files import load_model
    from affdyn_jax.prediction.from_run import load_run
    from affdyn_jax.results import load_results

    __version__: str

__all__ = ["load_model", "load_results", "load_run", "train"]

# JAX and all that comes with it is not for those who only import the package.
_DEFINED_IN = {
    "load_model": "affdyn_jax.prediction.exported.files",
    "load_results": "affdyn_jax.results",
    "load_run": "affdyn_jax.prediction.from_run",
    "train": "affdyn_jax.from_python",
}


def __getattr__(name: str) -> Any:
    if name in _DEFINED_IN:
        return getattr(importlib.import_module(_DEFINED_IN[name]), name)
    if name == "__version__":
        from importlib import metadata

        return metadata.version(__name__)
    raise AttributeError(f"module '{__name__}' has no attribute '{name}'")
