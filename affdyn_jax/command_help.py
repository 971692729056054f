"""What `--help` prints: what a command does, its flags, and the fields used most."""

import dataclasses
import textwrap
from collections.abc import Iterator, Sequence

from absl import flags

from affdyn_jax import configs
from affdyn_jax.config import Settings
from affdyn_jax.system.field_words import field_help
from affdyn_jax.system.typed_json import leaves, schema_of

_WIDTH, _INDENT = 80, " " * 6
_HELP = ("-h", "-?", "-help", "--help", "--helpshort")

_FIELDS_USED_MOST = (
    "corpus.layout",
    "corpus.root",
    "corpus.rating_range",
    "corpus.annotation_delay",
    "features.name",
    "features.encoder.model",
    "sweep.weights",
    "sweep.seeds",
    "sweep.hidden_sizes.mono",
    "sweep.hidden_sizes.multi",
    "sweep.folds",
    "training.max_epochs",
    "training.patience",
)


def asks_for_help(words: Sequence[str]) -> bool:
    """Whether a command line has a flag that does, before `--`."""
    flags_given = words[: words.index("--")] if "--" in words else words
    return any(word in _HELP for word in flags_given)


def help_of(purpose: str | None, flag_values: flags.FlagValues) -> str:
    """The help of a command.

    Args:
        purpose: The docstring of its module.
        flag_values: Its flags.
    """
    lines = [(purpose or "").strip(), "", "Flags:", "", *_flags(flag_values)]
    if "config" in flag_values:
        lines += ["", *_fields()]
    return "\n".join(lines)


def _flags(flag_values: flags.FlagValues) -> Iterator[str]:
    """Flags that are not absl's own."""
    for module, of_module in flag_values.flags_by_module_dict().items():
        if module.partition(".")[0] == "absl":
            continue
        for flag in of_module:
            yield f"  --[no]{flag.name}" if flag.boolean else f"  --{flag.name}=…"
            default = f" [{flag.default}]" if flag.default else ""
            yield from _wrapped(f"{flag.help}{default}", _INDENT)


def _fields() -> Iterator[str]:
    """The fields used most, with their defaults."""
    yield from _wrapped(f"Configs that come with the package: {', '.join(configs.names())}.")
    yield ""
    yield "The fields of a config that are set most often, with their defaults;"
    yield "affdyn describe CONFIG prints all with the config's values:"
    yield ""
    defaults, schema = dict(leaves(dataclasses.asdict(Settings()))), schema_of(Settings)
    for name in _FIELDS_USED_MOST:
        yield f"  --config.{name}={_as_flag(defaults[name])}"
        yield from _wrapped(field_help(schema, name), _INDENT)


def _as_flag(value: object) -> str:
    if isinstance(value, tuple):
        return ",".join(f"{item:g}" for item in value)
    return f"{value}"


def _wrapped(text: str, indent: str = "") -> list[str]:
    return textwrap.wrap(
        text, _WIDTH, initial_indent=indent, subsequent_indent=indent, break_on_hyphens=False
    )
