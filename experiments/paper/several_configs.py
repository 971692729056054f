"""Several configs on one command line, each with its own fields.

    --config.sweep.seeds=0,1 \
    --config=configs/sewa_de.py --config.corpus.root=A \
    --config=configs/sewa_hu.py --config.corpus.root=B

A field before the first `--config` is set in all of them, one after a `--config` in that one.
"""

from collections.abc import Callable, Sequence
from itertools import chain

from affdyn_jax import command_line
from affdyn_jax.config import Settings
from affdyn_jax.errors import ConfigError


def start(command: Callable[[dict[str, Settings]], None]) -> None:
    """Run a command on the configs of the command line, by their names, as `command_line.start`."""
    found: list[tuple[str, Settings]] = []

    def parser(arguments: Sequence[str]) -> list[str]:
        others, of_configs = split(arguments[1:])
        rest = command_line.parse([arguments[0], *others])
        # Reading a config reports that there is none.
        found.extend(map(command_line.read_config, of_configs or [[]]))
        return rest

    command_line.start(lambda: command(_by_name(found)), parser)


def split(arguments: Sequence[str]) -> tuple[list[str], list[list[str]]]:
    """Arguments that belong to no config, and those of each config with the shared fields."""
    others, shared, configs = [], [], []
    for flag in _with_their_values(arguments):
        name = _name(flag)
        if name == "config":
            configs.append((flag, []))
        elif name.startswith(("config.", "noconfig.")) or name == "describe":
            (configs[-1][1] if configs else shared).append(flag)
        else:
            others.append(flag)
    of_configs = []
    for config, own in configs:
        # A list that is set twice would hold both.
        set_anew = {_name(flag) for flag in own}
        of_all = [flag for flag in shared if _name(flag) not in set_anew]
        of_configs.append([*chain(config, *of_all, *own)])
    return [*chain(*others)], of_configs


def _with_their_values(arguments: Sequence[str]) -> list[list[str]]:
    """Each flag, with the word after it where that is its value."""
    flags = []
    for argument in arguments:
        if argument.startswith("-") or not flags:
            flags.append([argument])
        else:
            flags[-1].append(argument)
    return flags


def _name(flag: Sequence[str]) -> str:
    return flag[0].lstrip("-").partition("=")[0]


def _by_name(found: Sequence[tuple[str, Settings]]) -> dict[str, Settings]:
    """The configs by their names, each of which names a folder."""
    names = [name for name, _ in found]
    for name in names:
        if names.count(name) > 1:
            raise ConfigError(f"two configs are called '{name}'; give each a file of its own name")
    return dict(found)
