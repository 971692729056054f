"""A config becomes settings: here, once, and nowhere else."""

import dataclasses
import json
from typing import Annotated, Any

from ml_collections import ConfigDict, FieldReference
from pydantic import Field

from affdyn_jax.corpora.settings import CorpusSettings
from affdyn_jax.dataset.settings import DynamicsSettings
from affdyn_jax.errors import ConfigError, reason
from affdyn_jax.features.settings import FeatureSettings
from affdyn_jax.system.field_words import description, quoted
from affdyn_jax.system.typed_json import leaves, read_as, schema_of
from affdyn_jax.tracking.settings import TrackingSettings
from affdyn_jax.training.settings import SweepSettings, TrainingSettings

# More would not fit into memory as names alone, and train for months.
_MOST_LANES = 100_000


@dataclasses.dataclass(frozen=True)
class Settings:
    """All of a run."""

    corpus: CorpusSettings = dataclasses.field(default_factory=CorpusSettings)
    features: FeatureSettings = dataclasses.field(default_factory=FeatureSettings)
    dynamics: DynamicsSettings = dataclasses.field(default_factory=DynamicsSettings)
    sweep: SweepSettings = dataclasses.field(default_factory=SweepSettings)
    training: TrainingSettings = dataclasses.field(default_factory=TrainingSettings)
    tracking: TrackingSettings = dataclasses.field(default_factory=TrackingSettings)
    cores_as_devices: Annotated[
        bool,
        Field(
            description="Whether, on a CPU, each core is a device, and lanes are shared out over "
            "them."
        ),
    ] = True
    compilation_cache: Annotated[
        bool, Field(description="Whether compiled programs are kept from run to run.")
    ] = True

    def __post_init__(self):
        """Refuse a sweep that makes no lane of the corpus, or too many; a window of few frames."""
        self.dynamics.check_window(self.features.frame_rate)
        dimensions, mono = self.corpus.dimensions, self.sweep.hidden_sizes.mono
        if len(dimensions) == 1 and not mono:
            raise ValueError(
                f"sweep.hidden_sizes.mono is empty, but with '{dimensions[0]}' alone there is no "
                "multi-dimensional model; name a size"
            )
        lane_count = self.sweep.lane_count(len(dimensions))
        if lane_count > _MOST_LANES:
            raise ValueError(
                f"sweep makes {lane_count} lanes of its seeds, weights and hidden sizes; "
                f"{_MOST_LANES} are the most, so name fewer"
            )


def default_config() -> ConfigDict:
    """The paper's values, locked so that a misspelt field is an error."""
    config = ConfigDict(dataclasses.asdict(Settings()))
    # It holds the type of a first value to be the only one.
    config.sweep.folds = FieldReference(config.sweep.folds, field_type=object)
    return config.lock()


def read_settings(config: ConfigDict) -> Settings:
    """The settings that a config describes.

    Raises:
        ConfigError: A field is missing or unknown, or a value makes no sense; the message names
            the field.
    """
    return settings_of(config.to_dict())


def settings_of(fields: Any) -> Settings:
    """The settings that a run's `config.json` describes.

    Raises:
        ConfigError: As of `read_settings`.
    """
    try:
        for name, value in leaves(fields):
            _check_keepable(name, value)
        settings = read_as(Settings, fields)
        found = dict(leaves(fields))
        for name, _ in leaves(dataclasses.asdict(settings)):
            if name not in found:
                raise ConfigError(f"no field '{name}'; start from configs/base.py")
    except RecursionError as error:
        raise ConfigError("the config is nested too deep; start from configs/base.py") from error
    except TypeError as error:  # of a key that is no text
        raise ConfigError(_unkeepable("this config", error)) from error
    except ValueError as error:
        raise ConfigError(str(error)) from error
    return settings


def feature_settings_of(fields: Any) -> FeatureSettings:
    """The same of `config.features` alone, which exported models have.

    Raises:
        ConfigError: As of `read_settings`.
    """
    return settings_of(dataclasses.asdict(Settings()) | {"features": fields}).features


def described(settings: Settings) -> str:
    """Every field of a config with its value, its default, what it is for and what it may be."""
    values, defaults = map(dataclasses.asdict, (settings, Settings()))
    return description(schema_of(Settings), values, defaults)


def _check_keepable(name: str, value: Any) -> None:
    try:
        json.dumps(value, ensure_ascii=False).encode()
    except (TypeError, ValueError) as error:
        shown = name if name.isprintable() else quoted(name)  # a key of any mapping is part of it
        raise ConfigError(_unkeepable(f"{shown}={quoted(value)}", error)) from error


def _unkeepable(what: str, error: Exception) -> str:
    return (
        f"{what}: config.json cannot keep it ({reason(error)}); use texts, numbers and lists of "
        "them"
    )
