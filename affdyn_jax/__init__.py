"""Arousal, valence and their dynamics from speech: a whole w-sweep as one JAX program."""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from affdyn_jax.prediction.exported.files import load_model
    from affdyn_jax.prediction.from_run import load_run

    __version__: str

__all__ = ["load_model", "load_run"]


def __getattr__(name: str) -> Any:
    # JAX and all that comes with it is not for those who only import the package.
    if name == "load_run":
        from affdyn_jax.prediction.from_run import load_run

        return load_run
    if name == "load_model":
        from affdyn_jax.prediction.exported.files import load_model

        return load_model
    if name == "__version__":
        from importlib import metadata

        return metadata.version(__name__)
    raise AttributeError(f"module '{__name__}' has no attribute '{name}'")
