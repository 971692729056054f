"""A config becomes settings: here, once, and nowhere else."""

import dataclasses
import json
from typing import Annotated, Any

import pydantic
from ml_collections import ConfigDict
from pydantic import Field

from affdyn_jax.corpora.settings import CorpusSettings
from affdyn_jax.errors import ConfigError
from affdyn_jax.features.settings import FeatureSettings
from affdyn_jax.training.settings import SweepSettings, TrainingSettings


@dataclasses.dataclass(frozen=True)
class Settings:
    """All of a run."""

    corpus: CorpusSettings = dataclasses.field(default_factory=CorpusSettings)
    features: FeatureSettings = dataclasses.field(default_factory=FeatureSettings)
    sweep: SweepSettings = dataclasses.field(default_factory=SweepSettings)
    training: TrainingSettings = dataclasses.field(default_factory=TrainingSettings)
    cores_as_devices: Annotated[
        bool,
        Field(description="on a CPU, each core is a device that lanes are shared out over"),
    ] = True
    compilation_cache: Annotated[
        bool, Field(description="compiled programs are kept from run to run")
    ] = True


_CHECKED = pydantic.TypeAdapter(Settings)


def default_config() -> ConfigDict:
    """A config of the paper's values, locked so that a misspelt field is told."""
    return ConfigDict(dataclasses.asdict(Settings())).lock()


def read_settings(config: ConfigDict) -> Settings:
    """The settings that a config describes.

    Raises:
        ConfigError: A value makes no sense; the message names its field.
    """
    return settings_of(config.to_dict())


def settings_of(fields: dict[str, Any]) -> Settings:
    """The settings that a run's `config.json` describes.

    Raises:
        ConfigError: As of `read_settings`.
    """
    try:
        # Python's values are checked as the JSON in which they will be kept.
        return _CHECKED.validate_json(json.dumps(fields), strict=True, extra="forbid")
    except pydantic.ValidationError as error:
        first = error.errors()[0]
        field = ".".join(str(part) for part in first["loc"] if isinstance(part, str))
        raise ConfigError(f"{field}={first['input']!r}: {first['msg']}") from error


def feature_settings_of(fields: dict[str, Any]) -> FeatureSettings:
    """The same of `config.features` alone, which exported models have.

    Raises:
        ConfigError: As of `read_settings`.
    """
    return settings_of(dataclasses.asdict(Settings()) | {"features": fields}).features
