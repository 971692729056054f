"""A model in a folder of its own, to be handed on: weights as safetensors, settings as JSON."""

import dataclasses
import json
import reprlib
from collections import defaultdict
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal

import numpy as np
import safetensors
import safetensors.numpy

from affdyn_jax.config import feature_settings_of
from affdyn_jax.corpora.rating_types import Delay, Dimensions, FrameRate, RatingRange
from affdyn_jax.dataset.standardisation import Standardisation
from affdyn_jax.errors import ConfigError, FeatureError, RunError, reason
from affdyn_jax.features.extractor import Extractor
from affdyn_jax.features.reading import read_extractor
from affdyn_jax.features.tables import FeatureTables
from affdyn_jax.method.grid import EDGE_TOLERANCE_S
from affdyn_jax.method.low_pass import NONE, low_pass_of
from affdyn_jax.method.model import Weights, check_weights
from affdyn_jax.method.rating_scale import RatingScale
from affdyn_jax.method.tasks import tasks_of
from affdyn_jax.prediction.exported.torch_weights import from_torch, to_torch
from affdyn_jax.prediction.trained_model import TrainedModel
from affdyn_jax.system.typed_json import read_as, read_json
from affdyn_jax.system.whole_files import write_whole
from affdyn_jax.workdir.folder_checks import check_standardisation, told_of

SETTINGS, WEIGHTS = "settings.json", "model.safetensors"

_WAY_OUT = "export it again"

# What a config says of this machine instead of the features.
_OF_THIS_MACHINE = {"cache": "", "workers": 0}

# What is made of the front end's frames. Tables round their times to microseconds.
_POOLING = (
    "row n is the mean of the frames whose time t, in seconds, has "
    f"floor((t + {EDGE_TOLERANCE_S:g}) * frame_rate) = n"
)
_SCALING = f"(feature - standardisation/mean) / standardisation/deviation, both in {WEIGHTS}"


@dataclasses.dataclass(frozen=True)
class _Settings:
    """`settings.json`.

    Attributes:
        dimensions: See `TrainedModel`, as of the next three.
        frame_rate: Hz.
        annotation_delay: Seconds.
        is_standin: Whether the model was trained on generated data.
        lanes_of: For each column, the lanes whose mean predicts it.
        features: The fields of `config.features`.
        checkpoint: SHA-256 of the encoder's checkpoint; empty with other features.
        rating_range: The lowest and the highest rating of the scale that the rows are on.
        low_pass: The kind of the layer after the head; the file has it only where there is one.
        front_end: `Extractor.front_end`, and how the network's input is made of its frames: all
            that it takes to make the features again without this package. Earlier versions did
            not keep it.
        feature_names: Of precomputed features, `<folder>/<column>`; the file has it only there.
    """

    dimensions: Dimensions
    frame_rate: FrameRate
    annotation_delay: Delay
    is_standin: bool
    lanes_of: dict[str, list[str]]
    features: dict[str, Any]
    checkpoint: str
    rating_range: RatingRange = (-1.0, 1.0)
    low_pass: Literal["none", "centred", "causal"] = NONE
    front_end: dict[str, Any] = dataclasses.field(default_factory=dict)
    feature_names: tuple[str, ...] = ()


def write_model(folder: Path, model: TrainedModel, features: Mapping[str, Any]) -> None:
    """Write weights and settings of a model.

    Args:
        folder: Where to; made if missing.
        model: The model.
        features: `config.features` of the run that trained it.

    Raises:
        RunError: The folder cannot be written.
    """
    settings = _Settings(
        dimensions=tuple(model.dimensions),
        frame_rate=model.frame_rate,
        annotation_delay=model.annotation_delay,
        is_standin=model.is_standin,
        lanes_of={task.column: list(lanes) for task, lanes in model.lanes_of.items()},
        features=_portable(features, model.extractor),
        checkpoint=model.extractor.checkpoint,
        rating_range=(model.rating_scale.low, model.rating_scale.high),
        low_pass=model.low_pass.kind if model.low_pass else NONE,
        front_end=_front_end(model.extractor),
        feature_names=model.extractor.names if model.takes_tables else (),
    )
    fields = dataclasses.asdict(settings)
    if not model.low_pass:
        del fields["low_pass"]
    if not model.takes_tables:
        del fields["feature_names"]
    tensors = {
        f"{lane}/{name}": np.ascontiguousarray(array)
        for lane, weights in model.weights.items()
        for name, array in to_torch(weights).items()
    }
    tensors["standardisation/mean"] = model.standardisation.mean_f
    tensors["standardisation/deviation"] = model.standardisation.deviation_f
    content = json.dumps(fields, indent=2, ensure_ascii=False) + "\n"
    write_file(folder / SETTINGS, content.encode())
    write_file(folder / WEIGHTS, safetensors.numpy.save(tensors))


def load_model(path: str | Path, checkpoint: str | Path | None = None) -> TrainedModel:
    """The model that `python -m affdyn_jax.export` wrote, ready to predict.

    Args:
        path: The folder.
        checkpoint: The encoder's checkpoint that the features are made with, a folder or
            a name on the hub, where the model's own settings do not lead to it.

    Raises:
        RunError: The folder holds no exported model, or a file of it is damaged.
        ConfigError: A setting makes no sense.
        FeatureError: The encoder's checkpoint cannot be used, or is another one.
    """
    path = Path(path)
    settings = _read_settings(path / SETTINGS)
    try:
        features = feature_settings_of(settings.features, path / SETTINGS)
        if checkpoint is not None:
            encoder = dataclasses.replace(features.encoder, model=str(checkpoint), revision="")
            features = dataclasses.replace(features, encoder=encoder)
        extractor = read_extractor(features, settings.feature_names)
    except ConfigError as error:
        raise ConfigError(f"{path / SETTINGS}: {error}") from error
    tasks = {task.column: task for task in tasks_of(settings.dimensions)}
    weights, standardisation = _read_weights(path / WEIGHTS, len(tasks))
    wanted = {lane for lanes in settings.lanes_of.values() for lane in lanes}
    low_pass = low_pass_of([settings.low_pass], settings.frame_rate)
    if (
        not settings.lanes_of.keys() <= tasks.keys()
        or not wanted <= weights.keys()
        or any(("cutoff_k" in of_lane) != bool(low_pass) for of_lane in weights.values())
    ):
        raise RunError(f"{path}: {SETTINGS} and {WEIGHTS} are not of one model; export it again")
    model = TrainedModel(
        dimensions=settings.dimensions,
        frame_rate=settings.frame_rate,
        annotation_delay=settings.annotation_delay,
        extractor=extractor,
        standardisation=standardisation,
        weights=weights,
        lanes_of={
            task: settings.lanes_of[column]
            for column, task in tasks.items()
            if column in settings.lanes_of
        },
        is_standin=settings.is_standin,
        rating_scale=RatingScale.of(settings.rating_range),
        low_pass=low_pass,
    )
    if extractor.checkpoint != settings.checkpoint:
        raise FeatureError(
            f"{features.encoder.model}: not the encoder's checkpoint that the model was "
            "trained with; its checksum is another one"
        )
    if settings.front_end and settings.front_end != _front_end(extractor):
        raise FeatureError(
            f"{path / SETTINGS}: this version of affdyn_jax makes other features than front_end "
            "says; use the version that exported the model, or export it again"
        )
    return model


def write_file(path: Path, content: bytes) -> None:
    """Write a file of a model, whole or not at all.

    Raises:
        RunError: It cannot be written.
    """
    write_whole(path, content, "name another folder")


def _portable(features: Mapping[str, Any], extractor: Extractor | FeatureTables) -> dict[str, Any]:
    """The fields of features without what they say of this machine, and of layers the model's."""
    encoder = dict(features["encoder"])
    if Path(encoder["model"]).is_absolute() or Path(encoder["model"]).is_dir():
        encoder["model"] = Path(encoder["model"]).name
    if layers := getattr(extractor, "layers", ()):
        encoder["layers"] = layers
    folders = features["folders"] if features["name"] == "precomputed" else ()
    return {**features, **_OF_THIS_MACHINE, "folders": folders, "encoder": encoder}


def _front_end(extractor: Extractor | FeatureTables) -> dict[str, Any]:
    """`settings.json`'s `front_end`, of kinds that JSON has."""
    return {**extractor.front_end, "pooling": _POOLING, "scaling": _SCALING}


def _read_settings(path: Path) -> _Settings:
    try:
        with told_of(path, _WAY_OUT):
            settings = read_as(_Settings, read_json(path))
    except FileNotFoundError as error:
        raise RunError(
            f"{path}: no such file; --model takes a folder that affdyn_jax.export wrote"
        ) from error
    if not settings.lanes_of or not all(settings.lanes_of.values()):
        raise RunError(f"{path}: no lanes predict; {_WAY_OUT}")
    return settings


def _read_weights(path: Path, task_count: int) -> tuple[dict[str, Weights], Standardisation]:
    """The weights of each lane, by its name, and the standardisation of the features."""
    try:
        with told_of(path, _WAY_OUT):
            by_owner = _read_arrays(path)
            named = by_owner.pop("standardisation", {})
            if {"mean", "deviation"} - named.keys():
                raise ValueError("the standardisation of the features is missing")
            standardisation = Standardisation(named["mean"], named["deviation"])
            check_standardisation(standardisation)
            feature_count = len(standardisation.mean_f)
            weights = {
                lane: _lane_weights(lane, of_lane, feature_count, task_count)
                for lane, of_lane in by_owner.items()
            }
    except FileNotFoundError as error:
        raise RunError(f"{path}: no such file; {_WAY_OUT}") from error
    return weights, standardisation


def _read_arrays(path: Path) -> dict[str, dict[str, np.ndarray]]:
    """The arrays of each lane, and of the standardisation, by their names.

    Raises:
        ValueError: They cannot be read, or are of a kind that NumPy does not know.
    """
    by_owner: dict[str, dict[str, np.ndarray]] = defaultdict(dict)
    try:
        arrays = safetensors.numpy.load_file(path)
    # What the library raises for kinds such as float8 depends on its version.
    except (safetensors.SafetensorError, KeyError, TypeError, AttributeError) as error:
        raise ValueError(reason(error)) from error
    for full_name, array in arrays.items():
        owner, _, name = full_name.rpartition("/")
        by_owner[owner][name] = array
    return by_owner


def _lane_weights(
    lane: str, named: Mapping[str, np.ndarray], feature_count: int, task_count: int
) -> Weights:
    """The weights of a lane.

    Raises:
        ValueError: An array is missing, or they are of another network or no numbers.
    """
    try:
        weights = from_torch(named)
        check_weights(weights, feature_count, task_count)
    except (KeyError, IndexError, ValueError) as error:
        raise ValueError(f"lane {reprlib.repr(lane)}: {reason(error)}") from error
    return weights
