"""What networks need of a checkpoint's `config.json`, checked."""

import dataclasses
import reprlib
from collections.abc import Mapping
from typing import Annotated, Any, TypeVar

from pydantic import Field, ValidationError

from affdyn_jax.errors import FeatureError

# No published encoder comes near; shapes of crafted sizes would take forever to make.
Size = Annotated[int, Field(gt=0, le=1 << 16)]
MOST_LAYERS = 256
LayerCount = Annotated[int, Field(gt=0, le=MOST_LAYERS)]
Epsilon = Annotated[float, Field(gt=0, lt=1)]

Settings = TypeVar("Settings")

_quoting = reprlib.Repr()
_quoting.maxtuple = _quoting.maxlist = 10
quoted = _quoting.repr


def settings_from(kind: type[Settings], config: Mapping[str, Any], source: str) -> Settings:
    """Settings of a network as a configuration has them; what is missing takes their defaults.

    Args:
        kind: A dataclass that pydantic checks.
        config: What a `config.json` holds.
        source: Names the file in messages.

    Raises:
        FeatureError: A value is none that such a network could have.
    """
    names = {field.name for field in dataclasses.fields(kind) if field.init}
    try:
        return kind(**{name: config[name] for name in names & config.keys()})
    except ValidationError as error:
        fault = error.errors()[0]
        name = fault["loc"][0]
        raise FeatureError(
            f"{source}: {name} is {quoted(config[name])} ({fault['msg']}); mend the "
            "configuration, or choose another checkpoint"
        ) from error


def refuse_other_parts(config: Mapping[str, Any], only: Mapping[str, Any], source: str) -> None:
    """Refuse a configuration that asks for parts that a network has here in another form.

    Args:
        config: What a JSON file holds.
        only: The one form of each of these parts, also meant where the file does not name it.
        source: Names the file in messages.

    Raises:
        FeatureError: It does.
    """
    for name, form in only.items():
        value = config.get(name, form)
        if value != form:
            raise FeatureError(
                f"{source}: {name} is {quoted(value)}, but this encoder has only {form!r}; "
                "choose another checkpoint"
            )


def refuse_remainder(settings: Any, size: str, *counts: str, source: str) -> None:
    """Refuse channels that cannot be shared out evenly, e.g. to heads.

    Args:
        settings: Of a network.
        size: Name of the number of channels.
        counts: Names of the numbers of those that share them.
        source: Names the file in messages.

    Raises:
        FeatureError: They cannot.
    """
    channels = getattr(settings, size)
    for name in counts:
        if channels % getattr(settings, name):
            raise FeatureError(
                f"{source}: {size} {channels} is no multiple of {name} {getattr(settings, name)}; "
                "mend the configuration"
            )
