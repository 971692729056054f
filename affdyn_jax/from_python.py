"""Training started from Python, as `affdyn_jax.main` does from the command line."""

import contextlib
from pathlib import Path

from ml_collections import ConfigDict

from affdyn_jax import pipeline
from affdyn_jax.config import read_settings
from affdyn_jax.errors import ConfigError
from affdyn_jax.results import Results, load_results
from affdyn_jax.system.file_names import fault_of
from affdyn_jax.training.devices import use_cores_as_devices


def train(config: ConfigDict, workdir: str | Path | None = None, resume: bool = True) -> Results:
    """Train a config's whole sweep, and leave its results and its report in a folder.

    Args:
        config: As `get_config()` of a module of `affdyn_jax.configs` returns it, its fields set as
            wanted.
        workdir: The folder; by default `runs/<corpus.name>`.
        resume: Whether to resume a run of the same config that is there already, rather than to
            begin anew; one that has finished is only evaluated again.

    Returns:
        What `load_results` gives.

    Raises:
        ConfigError: A field makes no sense.
        AffdynError: What else the user has to mend.
    """
    settings = read_settings(config)
    if workdir is None:
        if fault := fault_of(settings.corpus.name):
            raise ConfigError(f"corpus.name='{settings.corpus.name}' {fault}; name a workdir")
        workdir = Path("runs") / settings.corpus.name
    if settings.cores_as_devices:
        with contextlib.suppress(RuntimeError):  # JAX has started, e.g. for a model that predicted
            use_cores_as_devices()
    pipeline.run(settings, Path(workdir), resume)
    return load_results(workdir)
