"""What networks need of a checkpoint's `config.json`, checked."""

import dataclasses
import reprlib
from collections.abc import Mapping
from typing import Annotated, Any, TypeVar

from pydantic import Field, ValidationError

from affdyn_jax.errors import FeatureError

# No published encoder comes near; shapes of crafted sizes would take forever to make.
Size = Annotated[int, Field(gt=0, le=1 << 16)]
LayerCount = Annotated[int, Field(gt=0, le=256)]
Epsilon = Annotated[float, Field(gt=0, lt=1)]

Settings = TypeVar("Settings")

_quoting = reprlib.Repr()
_quoting.maxtuple = _quoting.maxlist = 10
quoted = _quoting.repr


def settings_from(
    kind: type[Settings], config: Mapping[str, Any], title: str, source: str
) -> Settings:
    """The fields that settings have in a configuration; what is missing takes their defaults.

    Args:
        kind: A dataclass that pydantic checks.
        config: What a `config.json` holds.
        title: Name of the network, for messages.
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
            f"{source}: {name} is {quoted(config[name])} ({fault['msg']}); is this a {title} "
            "checkpoint?"
        ) from error


def refuse_other_parts(
    config: Mapping[str, Any], only: Mapping[str, Any], title: str, source: str
) -> None:
    """Refuse a configuration that asks for parts in another form than a network has here.

    Args:
        config: What a `config.json` holds.
        only: The one form of each of these parts, which it has where the configuration says
            nothing of it, too.
        title: Name of the network, for messages.
        source: Names the file in messages.

    Raises:
        FeatureError: It does.
    """
    for name, form in only.items():
        value = config.get(name, form)
        if value != form:
            raise FeatureError(
                f"{source}: {name} is {quoted(value)}, but this {title} encoder has only "
                f"{form!r}; choose another checkpoint"
            )


def refuse_uneven_heads(size: int, head_count: int, size_name: str, source: str) -> None:
    """Refuse hidden units that heads cannot share.

    Raises:
        FeatureError: They cannot.
    """
    if size % head_count:
        raise FeatureError(
            f"{source}: {size_name} is {size}, no multiple of the {head_count} heads of attention; "
            "mend the configuration"
        )
