"""From settings to the trackers of a run."""

import importlib.util
from pathlib import Path

from affdyn_jax.errors import ConfigError
from affdyn_jax.tracking.json_lines import JsonLines
from affdyn_jax.tracking.lane_runs import Group
from affdyn_jax.tracking.settings import TrackingSettings
from affdyn_jax.tracking.tracker import Tracker, Trackers
from affdyn_jax.workdir.files import tracking_folder

_PACKAGES = {
    "tensorboard": "tensorboardX",
    "wandb": "wandb",
    "mlflow": "mlflow",
    "trackio": "trackio",
}


def trackers_of(settings: TrackingSettings, run_folder: Path, is_standin: bool) -> Trackers:
    """The trackers of a run: lines of JSON, and what the settings name.

    Raises:
        ConfigError: A tracker's package is not installed.
    """
    group = Group(run_folder.resolve().name, settings.project, is_standin)
    backends = [_tracker(backend, settings, run_folder, group) for backend in settings.backends]
    return Trackers([JsonLines(run_folder), *backends])


def _tracker(backend: str, settings: TrackingSettings, run_folder: Path, group: Group) -> Tracker:
    package, folder = _PACKAGES[backend], tracking_folder(run_folder)
    found = importlib.util.find_spec(package)
    # Python takes a folder for a package, and W&B makes one of its own name.
    if found is None or found.origin is None:
        raise ConfigError(
            f"tracking.backends={backend}: the package {package} is not installed; run `pip "
            f"install {package}`, or leave {backend} out"
        )
    # Each imports its package when it is first told something, which takes seconds.
    match backend:
        case "tensorboard":
            from affdyn_jax.tracking.tensorboard import TensorBoard

            return TensorBoard(folder, group)
        case "wandb":
            from affdyn_jax.tracking.wandb import WeightsAndBiases

            return WeightsAndBiases(folder, group, settings.wandb_online)
        case "mlflow":
            from affdyn_jax.tracking.mlflow import MLflow

            return MLflow(folder, group, settings.mlflow_uri)
        case "trackio":
            from affdyn_jax.tracking.trackio import Trackio

            return Trackio(folder, group)
    raise AssertionError(backend)
