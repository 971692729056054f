"""The trainings of `experiments.paper.future_work`, and what is kept of them."""

import dataclasses
from pathlib import Path
from typing import Generic, NamedTuple, TypeVar

from affdyn_jax.config import Settings, read_settings
from affdyn_jax.configs import avec2019_fusion_de
from affdyn_jax.dataset.dataset import Dataset
from affdyn_jax.dataset.folds import LEAVE_ONE_GROUP_OUT
from affdyn_jax.dataset.settings import DynamicsSettings
from affdyn_jax.method.low_pass_kinds import CAUSAL, CENTRED, NONE
from affdyn_jax.system.stop_requests import interruptible
from affdyn_jax.training.lanes import FIXED, lanes_by_hidden_size
from affdyn_jax.training.settings import HiddenSizes
from affdyn_jax.training.sweep import train_together
from affdyn_jax.training.trained_lanes import TrainedLanes
from affdyn_jax.workdir import files, resuming
from experiments.reading import read_dataset

RULES = ("uncertainty", "dwa", "famo", "linear")

_SEEDS = (0, 1, 2, 3, 4)
_MAX_EPOCHS = 250  # as in §4.2
_HIDDEN_SIZES = HiddenSizes(mono=(), multi=(16,))
_SMOOTHING = DynamicsSettings("savitzky_golay", window=2.0)


class TrainedJob(NamedTuple):
    """The lanes of a job, and what they were trained on."""

    trained: TrainedLanes
    dataset: Dataset


_Of = TypeVar("_Of")


class Jobs(NamedTuple, Generic[_Of]):
    """Something of each job: what is trained together, since it differs in swept settings alone.

    Attributes:
        weightings: Every w and every rule, with and without a centred low-pass layer.
        causal: Every w with a causal one, which no sweep has beside a centred one.
        smoothed: Every w on smoothed dynamics.
    """

    weightings: _Of
    causal: _Of
    smoothed: _Of


def jobs(root: str) -> Jobs[Settings]:
    """The settings of all jobs: every conversation of the fusion is tested on once.

    Args:
        root: The folder of the config's corpus.

    Raises:
        ConfigError: The root is no folder's name.
    """
    config = avec2019_fusion_de.get_config()
    config.corpus.root = root
    settings = read_settings(config)
    sweep = dataclasses.replace(
        settings.sweep, seeds=_SEEDS, hidden_sizes=_HIDDEN_SIZES, folds=LEAVE_ONE_GROUP_OUT
    )
    weightings = dataclasses.replace(sweep, weightings=(FIXED, *RULES), low_pass=(NONE, CENTRED))
    causal = dataclasses.replace(sweep, low_pass=(CAUSAL,))
    training = dataclasses.replace(settings.training, max_epochs=_MAX_EPOCHS)
    settings = dataclasses.replace(settings, sweep=sweep, training=training)
    return Jobs(
        weightings=dataclasses.replace(settings, sweep=weightings),
        causal=dataclasses.replace(settings, sweep=causal),
        smoothed=dataclasses.replace(settings, dynamics=_SMOOTHING),
    )


def train_job(settings: Settings, folder: Path) -> TrainedJob:
    """Train all lanes of a job, or resume it from its checkpoints.

    Args:
        settings: Of the job; its models have one hidden size.
        folder: Of this job.

    Raises:
        AffdynError: What the user has to mend.
        Stopped: The program is asked to stop.
    """
    config, defaults = map(dataclasses.asdict, (settings, Settings()))
    resuming.begin(folder, config, resume=True, defaults=defaults)
    with interruptible():
        dataset = read_dataset(settings)
    ((hidden_size, lanes),) = lanes_by_hidden_size(
        dataset.dimensions, settings.sweep, len(dataset.splits)
    ).items()
    checkpoints = files.checkpoints_folder(folder, hidden_size)
    return TrainedJob(train_together(lanes, dataset, settings.training, checkpoints), dataset)
