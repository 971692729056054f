"""What the commands share: flags that are refused in one line, errors without traceback."""

import dataclasses
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, NamedTuple, NoReturn

from absl import app, flags, logging
from ml_collections import ConfigDict

from affdyn_jax import configs
from affdyn_jax.command_help import asks_for_help, help_of
from affdyn_jax.config import Settings, described, read_settings
from affdyn_jax.errors import AffdynError, ConfigError, MachineError
from affdyn_jax.system import field_flags
from affdyn_jax.system.field_words import nearest
from affdyn_jax.system.machine_errors import refusal, refuse_uncompiled
from affdyn_jax.system.python_files import call
from affdyn_jax.system.standard_output import written_to_its_end
from affdyn_jax.system.stop_requests import Stopped, listen
from affdyn_jax.system.typed_json import leaves
from affdyn_jax.workdir.lane_keywords import BEST

_FAILED, _WRONG_USAGE = 1, 2

# Fields whose flags may stand without a value.
_SWITCHES = {
    name for name, value in leaves(dataclasses.asdict(Settings())) if isinstance(value, bool)
}

_LONGEST = 600  # in characters, of what is wrong with flags; libraries tell much


class Experiment(NamedTuple):
    """A config and where it comes from; `name` is made of file and variant: `sewa_hu_standin`."""

    name: str
    path: str
    config: ConfigDict


def start(
    command: Callable[..., None],
    parser: Callable[[Sequence[str]], list[str]] | None = None,
    takes_arguments: bool = False,
) -> None:
    """Run a command to its end and leave the process.

    What a user can mend ends in one line on standard error: exit status 1, or 2 where a
    flag is wrong, or 128 and the signal's number where SIGTERM or SIGINT asked for the end.

    Args:
        command: What to do once flags are parsed.
        parser: Of the command line, for a command that does more with it than `parse`.
        takes_arguments: Whether the command is called with the words that are no flags.
    """

    def without_traceback(arguments: Sequence[str]) -> None:
        if not takes_arguments:
            _refuse_words(arguments)
        logging.set_verbosity(logging.WARNING)  # libraries tell much of what they do
        listen()
        try:
            refuse_uncompiled()
            command(*arguments[1:])
        except AffdynError as error:
            _stop(_FAILED, str(error))
        except Exception as error:
            if refused := refusal(error):
                _stop(_FAILED, str(refused))
            raise
        except Stopped as stopped:
            _stop(
                128 + stopped.signal,
                f"stopped by {stopped.signal.name}; what is whole is kept: "
                "give the same command again",
            )

    try:
        with written_to_its_end():
            app.run(without_traceback, flags_parser=parser or parse)
    except MachineError as error:
        _stop(_FAILED, str(error))


def define_config(flag_values: flags.FlagValues = flags.FLAGS) -> flags.FlagHolder[Experiment]:
    """The flag `--config`, whose fields are flags too: `--config.sweep.seeds=0,1`."""
    config = flags.DEFINE(
        _ConfigFile(),
        "config",
        None,
        "The experiment: a file like those in configs/, or one of these by its name, e.g. demo.",
        flag_values=flag_values,
    )
    flags.DEFINE_boolean(
        "describe",
        False,
        "Print every field of the config with its value and what it is for, and do nothing else.",
        flag_values=flag_values,
    )
    return config


def read_config(arguments: Sequence[str]) -> tuple[str, Settings]:
    """A config by itself, for commands that take several of them.

    Args:
        arguments: `--config` and the fields of this one, as on the command line. What is wrong
            with them ends the process as in `parse`.

    Returns:
        Its name, as `config_name` has it, and its settings.
    """
    own = flags.FlagValues()
    holder = define_config(own)
    _refuse_words(parse(["", *arguments], own))
    return config_name(holder), value_of(holder)


def define_lane() -> flags.FlagHolder[str]:
    """The flag `--lane`, of the lanes that predict (see `from_run.load_run`)."""
    return flags.DEFINE_string(
        "lane",
        BEST,
        "Which lanes predict: mean, for each dimension and target the mean over seeds of the "
        "setup, hidden size and w with the highest mean CCC on dev; best, of these seeds the best "
        "on dev; a name of lanes.csv; or such a name without its seed, for the mean over its "
        "seeds.",
    )


def define_processes() -> Callable[[], tuple[str | None, int | None, int | None]]:
    """The flags of one of several processes, to be given to each of them, or none of them.

    Returns:
        What tells their values, as `processes.join_processes` takes them.
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


def config_name(config: flags.FlagHolder[Experiment]) -> str:
    """The config's file name without its ending, and its variant: `sewa_hu_standin`."""
    return config.value.name


def value_of(config: flags.FlagHolder[Experiment]) -> Settings:
    """The settings that the config describes, with the command line's changes."""
    return read_settings(config.value.config)


def parse(arguments: Sequence[str], flag_values: flags.FlagValues | None = None) -> list[str]:
    """Parse the flags; the config file is run and its fields are set while doing so.

    Whatever is wrong with them, or with the config file, ends the process: one line, exit
    status 2. So does `--help`, and `--describe`, once all is well: with status 0.

    Args:
        arguments: The command line, its first word being the program.
        flag_values: The flags, those of the process unless others are given.

    Returns:
        The program, and arguments that are no flags.
    """
    flag_values = flags.FLAGS if flag_values is None else flag_values
    logging.set_verbosity(logging.ERROR)  # of what is wrong we tell ourselves
    if asks_for_help(arguments[1:]):
        print(help_of(sys.modules["__main__"].__doc__, flag_values))
        sys.exit(0)
    try:
        words = flag_values.read_flags_from_files(arguments, False)
        others, fields = field_flags.apart(words, _SWITCHES)
        rest = flag_values(others)
        if "config" in flag_values:
            settings = _settings(flag_values["config"].value, fields)
            if flag_values["describe"].value:
                print("Set a field by --config.<field>=…; * marks what is not the default.\n")
                print(described(settings))
                sys.exit(0)
    except (ConfigError, flags.Error) as error:
        _stop(_WRONG_USAGE, _in_one_line(error))
    return rest


class _ConfigFile(flags.ArgumentParser):
    """Runs the file that `--config` names, e.g. `sewa_hu:standin` with its variant."""

    def parse(self, argument: str) -> Experiment:
        path, colon, variant = argument.partition(":")
        try:
            file = configs.file_of(path)
        except FileNotFoundError as error:
            hint = nearest(Path(path).stem, configs.names())
            raise ConfigError(f"--config={path}: no such file; {hint}") from error
        try:
            config = call(str(file), "get_config", *([variant] if colon else []))
        except ValueError as error:
            raise ConfigError(f"--config={error}") from error
        if not isinstance(config, ConfigDict):
            raise ConfigError(
                f"--config={path}: get_config returns a {type(config).__name__}, not a "
                "ConfigDict; start from configs/base.py"
            )
        name = "_".join(part for part in (file.stem, variant) if part)
        return Experiment(name, path, config.lock())

    def flag_type(self) -> str:
        return "config file"


def _settings(experiment: Experiment | None, fields: Sequence[str]) -> Settings:
    """The settings of an experiment, in whose config the fields of the command line are set.

    Raises:
        ConfigError: There is none, or a field or its value makes no sense.
        flags.Error: A field has no value.
    """
    if experiment is None:
        raise ConfigError("name an experiment; --config=demo needs no data")
    field_flags.set_fields(experiment.config, fields)
    try:
        return read_settings(experiment.config)
    except ConfigError as error:
        raise ConfigError(f"--config={experiment.path}: {error}") from error


def _refuse_words(rest: Sequence[str]) -> None:
    """End the process if more is left than the program when flags are parsed."""
    if len(rest) > 1:
        _stop(_WRONG_USAGE, f"'{rest[1]}' is not a flag; flags begin with --")


def _in_one_line(reason: object) -> str:
    """What an error says, its middle left out where it is long: the way out is at the end."""
    line = " ".join(str(reason).split())
    return line if len(line) <= _LONGEST else f"{line[: _LONGEST // 2]} … {line[-_LONGEST // 2 :]}"


def _stop(status: int, message: str) -> NoReturn:
    print(f"error: {message}", file=sys.stderr)
    sys.exit(status)
