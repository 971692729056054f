"""Every field of a config is there and of its kind, before anything is done with it.

A config file is a program that may assign anything. What a value means, and whether it is in
its range, is looked at where the field is read.
"""

import functools
import json
from collections.abc import Mapping
from typing import Any

from ml_collections import ConfigDict

from affdyn_jax.corpora.partitions import PARTITIONS
from affdyn_jax.errors import ConfigError, reason
from affdyn_jax.settings import names, number, numbers, path, text, whether, within

_TEXTS = (
    *("corpus.name", "corpus.layout", "corpus.gold_standard", "corpus.help"),
    *("corpus.standin.language", "corpus.standin.layout"),
    *("features.name", "features.w2v2.revision", "features.w2v2.dtype", "training.monitor"),
)
_PATHS = (
    *("corpus.root", "corpus.audio_folder", "corpus.labels_folder"),
    *("features.cache", "features.w2v2.model"),
)
_NAMES = (
    *("corpus.dimensions", "features.folders"),
    *(f"corpus.partitions.{partition}" for partition in PARTITIONS),
)
_SWITCHES = (
    *("features.are_predictions", "features.w2v2.cut"),
    *("cores_as_devices", "compilation_cache"),
)
_WHOLE_NUMBERS = (
    *("corpus.standin.seed", "features.workers"),
    *("training.max_epochs", "training.patience", "training.checkpoint_every"),
)
_NUMBERS = (
    *("corpus.annotation_delay", "corpus.standin.shortest_s", "corpus.standin.longest_s"),
    *("corpus.standin.reaction_delay_s", "features.frame_rate"),
    *("features.w2v2.window", "features.w2v2.overlap"),
    *("training.learning_rate", "training.beta1", "training.beta2", "training.epsilon"),
)
_LISTS_OF_WHOLE_NUMBERS = (
    *("features.layer", "sweep.seeds", "sweep.hidden_sizes.mono", "sweep.hidden_sizes.multi"),
)
_LISTS_OF_NUMBERS = ("corpus.rating_range", "sweep.weights")

_CHECKS = (
    (text, _TEXTS),
    (path, _PATHS),
    (names, _NAMES),
    (whether, _SWITCHES),
    (functools.partial(number, kind=int), _WHOLE_NUMBERS),
    (functools.partial(number, kind=float), _NUMBERS),
    (functools.partial(numbers, kind=int), _LISTS_OF_WHOLE_NUMBERS),
    (functools.partial(numbers, kind=float), _LISTS_OF_NUMBERS),
)

# Of a stand-in; their names have to fit into memory.
_MOST_RECORDINGS = 10_000


def config_of(fields: Mapping[str, Any]) -> ConfigDict:
    """The config that a file of JSON has kept.

    Raises:
        ConfigError: It has fields that no config can have.
    """
    try:
        return ConfigDict(fields)
    except (TypeError, ValueError) as error:
        raise ConfigError(f"no config ({reason(error)}); start from configs/base.py") from error


def check_fields(config: Any) -> None:
    """Refuse a config that lacks a field of `configs/base.py` or has one of another kind.

    Fields beyond those are nobody's: they only have to fit into `config.json`.

    Raises:
        ConfigError: It does; the message names the field.
    """
    if not isinstance(config, ConfigDict):
        raise ConfigError(
            f"get_config returns a {type(config).__name__}, not a ConfigDict; start from "
            "configs/base.py"
        )
    _check_section(config, "")
    check_features(config)
    for partition in PARTITIONS:
        field = f"corpus.standin.{partition}"
        within(field, _value(config, field), 0, _MOST_RECORDINGS)
    try:
        json.dumps(config.to_dict(), ensure_ascii=False).encode()
    # Besides objects of other kinds: what contains itself, goes too deep, or is no text.
    except (RecursionError, TypeError, ValueError) as error:
        raise ConfigError(
            f"config.json cannot keep this config ({error}); use texts, numbers and lists of them"
        ) from error


def check_features(config: ConfigDict) -> None:
    """The same for the fields of `config.features` alone, which exported models have.

    Raises:
        ConfigError: As of `check_fields`.
    """
    _check_section(config, "features.")
    for label, model in _section(config, "features.w2v2.models").items():
        if not label.isidentifier():
            raise ConfigError(
                f"features.w2v2.models has '{label}', which names a folder and a flag; use "
                "letters and digits"
            )
        path(f"features.w2v2.models.{label}", model)


def _check_section(config: ConfigDict, section: str) -> None:
    """The fields of the tables above whose names begin so."""
    for check, fields in _CHECKS:
        for field in fields:
            if field.startswith(section):
                check(field, _value(config, field))


def _section(config: ConfigDict, field: str) -> ConfigDict:
    section = _value(config, field)
    if not isinstance(section, ConfigDict):
        raise ConfigError(f"{field} is no section; start from configs/base.py")
    return section


def _value(config: ConfigDict, field: str) -> Any:
    value = config
    for part in field.split("."):
        if not isinstance(value, ConfigDict) or part not in value:
            raise ConfigError(f"no field '{field}'; start from configs/base.py")
        value = value[part]
    return value
