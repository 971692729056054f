"""A config becomes settings: here, once, and nowhere else."""

import dataclasses
import json
import logging
from collections.abc import Iterable, Mapping
from typing import Annotated, Any

from ml_collections import ConfigDict, FieldReference
from pydantic import Field

from affdyn_jax.corpora.settings import CorpusSettings, OneOfSeveral, check_several
from affdyn_jax.dataset.settings import DynamicsSettings
from affdyn_jax.errors import ConfigError, reason
from affdyn_jax.features.settings import FeatureSettings
from affdyn_jax.system.field_types import Label
from affdyn_jax.system.field_words import description, quoted
from affdyn_jax.system.typed_json import leaves, read_as, schema_of
from affdyn_jax.tracking.settings import TrackingSettings
from affdyn_jax.training.settings import SweepSettings, TrainingSettings

log = logging.getLogger(__name__)

# More would not fit into memory as names alone, and train for months.
_MOST_LANES = 100_000


@dataclasses.dataclass(frozen=True)
class Settings:
    """All of a run."""

    corpus: CorpusSettings = dataclasses.field(default_factory=CorpusSettings)
    corpora: Annotated[
        Mapping[Label, OneOfSeveral],
        Field(
            description="Several corpora, a section for each. What they have in common is in "
            "corpus: the name of all, dimensions, gaps, annotation_delay, and rating_range, the "
            "scale of all results."
        ),
    ] = dataclasses.field(default_factory=dict)
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
        """Refuse sections that do not go together."""
        check_several(self.corpus, self.corpora)
        self._check_scale_of_predictions()
        if self.sweep.layers == "weighted" and not self.features.has_layers:
            raise ValueError(
                "sweep.layers=weighted, but features.encoder.layers lists none; set "
                "features.name=encoder and features.encoder.layers, e.g. to all"
            )
        self.dynamics.check_window(self.features.frame_rate)
        dimensions, mono = self.corpus.dimensions, self.sweep.hidden_sizes.mono
        if len(dimensions) == 1 and not mono:
            raise ValueError(
                f"sweep.hidden_sizes.mono is empty, but with '{dimensions[0]}' alone there is no "
                "multi-dimensional model; name a size"
            )
        lane_count = self.sweep.lane_count(len(dimensions)) * self._layers_heard_apart
        if lane_count > _MOST_LANES:
            layers = ", and of features.encoder.layers" if self._layers_heard_apart > 1 else ""
            raise ValueError(
                f"sweep makes {lane_count} lanes of its seeds, weights and hidden sizes{layers}; "
                f"{_MOST_LANES} are the most, so name fewer"
            )

    @property
    def _layers_heard_apart(self) -> int:
        """How many listed layers have lanes of their own; of `all` the number is not known here."""
        layers = self.features.encoder.layers
        is_listed = self.features.has_layers and layers != "all"
        return len(layers) if is_listed and self.sweep.layers == "each" else 1

    def _check_scale_of_predictions(self):
        """Refuse other systems' predictions on other scales than that of this run's results."""
        for key, corpus in self.corpora.items():
            if self.features.are_predictions and corpus.rating_range != self.corpus.rating_range:
                raise ValueError(
                    f"corpora.{key}.rating_range={corpus.rating_range} is not "
                    f"corpus.rating_range={self.corpus.rating_range}, but features.are_predictions="
                    "True scores predictions of all corpora on one scale; map them to one"
                )


def default_config(*corpora: str) -> ConfigDict:
    """The paper's values, locked so that a misspelt field is an error.

    Args:
        corpora: Names of sections, where there are several corpora.
    """
    config = ConfigDict(_defaults(corpora))
    # It holds the type of a first value to be the only one.
    config.sweep.folds = FieldReference(config.sweep.folds, field_type=object)
    encoder = config.features.encoder
    encoder.layers = FieldReference(encoder.layers, field_type=object)
    config.features.w2v2 = config.features.encoder  # one section, also by its former name
    return config.lock()


def read_settings(config: ConfigDict) -> Settings:
    """The settings that a config describes.

    Raises:
        ConfigError: A field is missing or unknown, or a value makes no sense; the message names
            the field.
    """
    given = config.to_dict()
    fields = by_new_names(given)
    settings = _checked(fields)
    if missing := _missing(fields):
        raise ConfigError(f"no field '{missing[0]}'; start from configs/base.py")
    if given["features"]["name"] != settings.features.name:
        log.warning(
            "features.name=w2v2 and features.w2v2 are called features.name=encoder and "
            "features.encoder now; write these, since the next version knows no others"
        )
    return settings


def settings_of(fields: Any, source: object) -> Settings:
    """The settings that a run's `config.json` describes.

    Fields that it lacks, as one of an earlier version does, have their defaults, which are what
    earlier versions did; a line of the log names them.

    Args:
        fields: What the file holds.
        source: Names it in the log.

    Raises:
        ConfigError: A field is unknown, or a value makes no sense; the message names the field.
    """
    fields = by_new_names(fields)
    try:
        settings = _checked(fields)
    except ConfigError as error:
        raise ConfigError(
            f"{error}; where a later version of affdyn_jax wrote it, install that one"
        ) from error
    _tell_missing(fields, source)
    return settings


def feature_settings_of(fields: Any, source: object) -> FeatureSettings:
    """The same of `config.features` alone, which exported models have.

    Raises:
        ConfigError: As of `settings_of`.
    """
    return settings_of(dataclasses.asdict(Settings()) | {"features": fields}, source).features


def with_defaults(fields: Mapping[str, Any], source: object) -> dict[str, Any]:
    """Every field of a run's `config.json` by its name, `sweep.seeds`, to be looked at.

    Args:
        fields: What the file holds, of this version, an earlier or a later one.
        source: As of `settings_of`, of which the defaults of missing fields are.
    """
    fields = by_new_names(fields)
    _tell_missing(fields, source)
    return default_fields() | dict(leaves(fields))


def by_new_names(fields: Any) -> Any:
    """The same fields with `encoder` for `w2v2`, as an earlier version called it.

    Args:
        fields: Of a config, or whatever a file holds in their place.
    """
    features = fields.get("features") if isinstance(fields, Mapping) else None
    if not isinstance(features, Mapping):
        return fields
    features = dict(features)
    if "w2v2" in features:
        former = features.pop("w2v2")
        features.setdefault("encoder", former)
    if features.get("name") == "w2v2":
        features["name"] = "encoder"
    return {**fields, "features": features}


def default_fields() -> dict[str, Any]:
    """The default of every field by its name, as JSON has it."""
    return dict(leaves(json.loads(json.dumps(dataclasses.asdict(Settings())))))


def described(settings: Settings) -> str:
    """Every field of a config with its value, its default, what it is for and what it may be."""
    values, defaults = map(dataclasses.asdict, (settings, Settings()))
    defaults["corpora"] = default_config(*settings.corpora).corpora.to_dict()
    return description(schema_of(Settings), values, defaults)


def _checked(fields: Any) -> Settings:
    """Settings of which fields may be missing.

    Raises:
        ConfigError: As of `settings_of`.
    """
    try:
        for name, value in leaves(fields):
            _check_keepable(name, value)
        return read_as(Settings, fields)
    except RecursionError as error:
        raise ConfigError("the config is nested too deep; start from configs/base.py") from error
    except TypeError as error:  # of a key that is no text
        raise ConfigError(_unkeepable("this config", error)) from error
    except ValueError as error:
        raise ConfigError(str(error)) from error


def _defaults(corpora: Iterable[str]) -> dict[str, Any]:
    """All fields of a config that has sections for these corpora, in the order of the settings."""
    sections = {key: dataclasses.asdict(OneOfSeveral(name=key)) for key in corpora}
    return dataclasses.asdict(Settings()) | {"corpora": sections}


def _missing(fields: Mapping[str, Any]) -> list[str]:
    """The fields that a config lacks."""
    found = dict(leaves(fields))
    whole = leaves(_defaults(fields.get("corpora", ())))
    return [name for name, _ in whole if name not in found]


def _tell_missing(fields: Mapping[str, Any], source: object) -> None:
    if missing := _missing(fields):
        log.info(
            "%s: of an earlier version, which had no %s; defaults are taken",
            *(source, ", ".join(missing)),
        )


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
