"""What the commands share: flags that are refused in one line, errors without traceback."""

import re
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, NoReturn

from absl import app, flags, logging
from ml_collections import ConfigDict, config_flags

from affdyn_jax.errors import AffdynError, ConfigError
from affdyn_jax.stopping import Stopped, listen

_FAILED, _WRONG_USAGE = 1, 2


def start(command: Callable[[], None]) -> None:
    """Run a command to its end and leave the process.

    What a user can mend ends in one line on standard error: exit status 1, or 2 where a
    flag is wrong, or 128 and the signal's number where SIGTERM or SIGINT asked for the end.
    """

    def without_traceback(arguments: Sequence[str]) -> None:
        if len(arguments) > 1:
            _stop(_WRONG_USAGE, f"'{arguments[1]}' is not a flag; flags begin with --")
        logging.set_verbosity(logging.WARNING)  # libraries tell much of what they do
        listen()
        try:
            command()
        except AffdynError as error:
            _stop(_FAILED, str(error))
        except Stopped as stopped:
            _stop(
                128 + stopped.signal,
                f"stopped by {stopped.signal.name}; the same command goes on from here",
            )

    app.run(without_traceback, flags_parser=_parse)


def define_config() -> flags.FlagHolder[ConfigDict]:
    """The flag `--config`, whose fields are flags too: `--config.sweep.seeds=0,1`."""
    return config_flags.DEFINE_config_file(
        "config", None, "The experiment, a file like those in configs/."
    )


def define_processes() -> Callable[[], tuple[str | None, int | None, int | None]]:
    """The flags of one of several processes, to be given to each of them, or none of them.

    Returns:
        What tells their values, as `processes.together` takes them.
    """
    flags.DEFINE_string(
        "coordinator", None, "Where several processes meet, host:port of process 0."
    )
    flags.DEFINE_integer("process_count", None, "How many there are.", lower_bound=1)
    flags.DEFINE_integer("process_index", None, "Which of them this is, from 0.", lower_bound=0)
    names = ("coordinator", "process_count", "process_index")

    @flags.multi_flags_validator(names)
    def are_all_or_none(values: dict[str, Any]) -> bool:
        if list(values.values()) == [None] * 3:
            return True
        if None in values.values():
            raise flags.ValidationError("give all three to each of several processes, or none")
        host, _, port = values["coordinator"].rpartition(":")
        if not (host and port.isdecimal() and 0 < int(port) < 2**16):
            raise flags.ValidationError(
                "the coordinator is the host of process 0 and a port, host:port"
            )
        if values["process_index"] >= values["process_count"]:
            raise flags.ValidationError("indices go from 0 to process_count - 1")
        return True

    return lambda: tuple(flags.FLAGS[name].value for name in names)


def config_name(config: flags.FlagHolder[ConfigDict]) -> str:
    """The config's file name without its ending, and its variant: `sewa_hu_standin`."""
    path, _, variant = config_flags.get_config_filename(flags.FLAGS[config.name]).partition(":")
    return "_".join(part for part in (Path(path).stem, variant) if part)


def value_of(config: flags.FlagHolder[ConfigDict]) -> ConfigDict:
    """The config with the command line's changes.

    Raises:
        ConfigError: It lacks one of the sections of `configs/base.py`.
    """
    for section in ("corpus", "features", "sweep", "training"):
        if section not in config.value:
            path = config_flags.get_config_filename(flags.FLAGS[config.name])
            raise ConfigError(f"{path}: no section '{section}'; start from configs/base.py")
    return config.value


def _parse(arguments: Sequence[str]) -> list[str]:
    """Parse the flags; the config file is run and its fields are set while doing so."""
    try:
        rest = flags.FLAGS(arguments)
        if "config" in flags.FLAGS:
            if flags.FLAGS["config"].value is None:
                _stop(_WRONG_USAGE, "name an experiment; --config=configs/demo.py needs no data")
            # Only a look into the config tells whether its file was there.
            flags.FLAGS["config"].value.keys()
    except flags.Error as error:
        # A config file that raises brings its whole traceback along.
        _stop(_WRONG_USAGE, str(error).strip().splitlines()[-1])
    except OSError:
        path = flags.FLAGS["config"].config_filename
        _stop(_WRONG_USAGE, f"--config={path}: no such file; the configs are in configs/")
    except (AttributeError, KeyError) as error:
        _stop(_WRONG_USAGE, _unknown_field(arguments, str(error)))
    except (SyntaxError, ImportError, NameError) as error:
        _stop(_WRONG_USAGE, f"--config: the file cannot be run: {error}")
    return rest


def _unknown_field(arguments: Sequence[str], reason: str) -> str:
    """Which `--config.…` names a field that is not there, and the nearest one that is."""
    nearest = re.search(r'Did you mean "(\w+)"', reason)
    hint = f"did you mean '{nearest[1]}'?" if nearest else "configs/base.py lists the fields"
    for argument in arguments[1:]:
        flag = argument.lstrip("-").partition("=")[0]
        if any(re.search(rf"'{re.escape(part)}\\?'", reason) for part in flag.split(".")[1:]):
            return f"--{flag}: no such field in the config; {hint}"
    return f"--config: {reason.splitlines()[0]}"


def _stop(status: int, message: str) -> NoReturn:
    print(f"error: {message}", file=sys.stderr)
    sys.exit(status)
