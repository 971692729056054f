"""Flags that set the fields of a ConfigDict: `--config.sweep.seeds=0,1`."""

import itertools
import re
from collections.abc import Collection, Sequence
from typing import Any

from absl import flags
from ml_collections import ConfigDict, config_flags
from ml_collections.config_flags import config_path

from affdyn_jax.errors import ConfigError, reason
from affdyn_jax.system.field_words import nearest

# A flag that sets a field, or a switch to False.
_FIELD = re.compile(r"--?(no)?config\.(?P<name>[^=]*)")


def apart(words: Sequence[str], switches: Collection[str]) -> tuple[list[str], list[str]]:
    """Other words of a command line, and the flags that set fields.

    Args:
        words: The command line.
        switches: Names of fields that are True or False; their flags may stand without a value.
    """
    others, fields, rest = [], [], iter(words)
    for word in rest:
        flag = _FIELD.match(word)
        if word == "--":
            others += [word, *rest]
        elif flag is None:
            others.append(word)
        elif "=" in word or flag["name"] in switches:
            fields.append(word)
        else:
            fields.append("=".join([word, *itertools.islice(rest, 1)]))
    return others, fields


def set_fields(config: ConfigDict, fields: Sequence[str]) -> None:
    """Set fields of a config by their flags.

    A value that is none of the field's kind is left as a text, for settings to refuse: they
    know what the field may be.

    Raises:
        ConfigError: There is no such field, or it cannot be set in this way.
        flags.Error: A field has no value.
    """
    for field in fields:
        _refuse_unknown(field.partition("=")[0], config)
    for name, words in itertools.groupby(sorted(fields, key=_name), _name):
        _set(config, name, list(words))


def _set(config: ConfigDict, name: str, words: Sequence[str]) -> None:
    """Set one field by all the flags that name it."""
    own, arguments = flags.FlagValues(), ["", *words]
    try:
        try:
            config_flags.DEFINE_config_dict("config", config, flag_values=own, sys_argv=arguments)
            own(arguments)
        except flags.IllegalFlagValueError:
            with config.ignore_type():
                config_path.set_value(name, config, words[-1].partition("=")[2])
    except (AttributeError, LookupError, TypeError, ValueError) as error:
        raise ConfigError(f"{' '.join(words)}: {reason(error)}") from error


def _name(field: str) -> str:
    """Which field a flag sets: `sweep.seeds`."""
    return _FIELD.match(field)["name"]


def _refuse_unknown(flag: str, config: ConfigDict) -> None:
    """Refuse a flag of a field that the config has not.

    Raises:
        ConfigError: It is so; the message names the nearest one that is there.
    """
    section: Any = config
    for part in _name(flag).split("."):
        name, _, _ = part.partition("[")
        if not isinstance(section, ConfigDict) or name not in section:
            known = list(section) if isinstance(section, ConfigDict) else []
            hint = nearest(name, known) if known else "--describe lists the fields"
            raise ConfigError(f"{flag}: no such field in the config; {hint}")
        section = section[name]
