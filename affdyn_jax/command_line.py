"""What the commands share: flags that are refused in one line, errors without traceback."""

import itertools
import re
import sys
import traceback
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, NoReturn

from absl import app, flags, logging
from ml_collections import ConfigDict, config_flags

from affdyn_jax.config_fields import check_fields
from affdyn_jax.errors import AffdynError, ConfigError
from affdyn_jax.system.refusals import refusal, refuse_uncompiled
from affdyn_jax.system.stop_requests import Stopped, listen
from affdyn_jax.workdir.lane_choice import BEST

_FAILED, _WRONG_USAGE = 1, 2

_EXPERIMENT = "The experiment, a file like those in configs/."
_MODULE = "config_config"  # what a file is imported as by the library

# Of what others' errors say, in characters.
_LONGEST_REASON = 300


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

    app.run(without_traceback, flags_parser=parser or parse)


def define_config() -> flags.FlagHolder[ConfigDict]:
    """The flag `--config`, whose fields are flags too: `--config.sweep.seeds=0,1`."""
    return config_flags.DEFINE_config_file("config", None, _EXPERIMENT)


def read_config(arguments: Sequence[str]) -> tuple[str, ConfigDict]:
    """A config by itself, for commands that take several of them.

    Args:
        arguments: `--config` and the fields of this one, as on the command line. What is wrong
            with them ends the process as in `parse`.

    Returns:
        Its name, as `config_name` has it, and the config.
    """
    own, arguments = flags.FlagValues(), ["", *arguments]
    sys.modules.pop(_MODULE, None)  # what the last file defined is not this one's
    config_flags.DEFINE_config_file(
        "config", None, _EXPERIMENT, flag_values=own, sys_argv=arguments
    )
    _refuse_words(parse(arguments, own))
    return _name(own), own["config"].value


def define_lane() -> flags.FlagHolder[str]:
    """The flag `--lane`, of the lanes that predict (see `loading.load_run`)."""
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


def config_name(config: flags.FlagHolder[ConfigDict]) -> str:
    """The config's file name without its ending, and its variant: `sewa_hu_standin`."""
    return _name(flags.FLAGS, config.name)


def value_of(config: flags.FlagHolder[ConfigDict]) -> ConfigDict:
    """The config with the command line's changes."""
    return config.value


def parse(arguments: Sequence[str], flag_values: flags.FlagValues | None = None) -> list[str]:
    """Parse the flags; the config file is run and its fields are set while doing so.

    Whatever is wrong with them, or with the config file, ends the process: one line, exit
    status 2.

    Args:
        arguments: The command line, its first word being the program.
        flag_values: The flags, those of the process unless others are given.

    Returns:
        The program, and arguments that are no flags.
    """
    flag_values = flags.FLAGS if flag_values is None else flag_values
    path = _config_path(arguments)
    logging.set_verbosity(logging.ERROR)  # of what is wrong we tell ourselves
    try:
        rest = flag_values(arguments)
        if path is not None:
            # Only a look into the config tells whether its file was there.
            getattr(flag_values["config"].value, "keys", None)
            check_fields(flag_values["config"].value)
    except Exception as error:
        _stop(_WRONG_USAGE, _reason(error, path, arguments))
    except SystemExit as error:
        # Not that of --help.
        if place := _place(error, path):
            _stop(_WRONG_USAGE, f"--config={place}: ends the program")
        raise
    if path is None and "config" in flag_values:
        _stop(_WRONG_USAGE, "name an experiment; --config=configs/demo.py needs no data")
    return rest


def _refuse_words(rest: Sequence[str]) -> None:
    """End the process if more is left than the program when flags are parsed."""
    if len(rest) > 1:
        _stop(_WRONG_USAGE, f"'{rest[1]}' is not a flag; flags begin with --")


def _name(flag_values: flags.FlagValues, flag: str = "config") -> str:
    path, _, variant = config_flags.get_config_filename(flag_values[flag]).partition(":")
    return "_".join(part for part in (Path(path).stem, variant) if part)


def _config_path(arguments: Sequence[str]) -> str | None:
    """The file that --config names, without its variant."""
    path = None
    for argument, following in itertools.pairwise([*arguments, ""]):
        flag, equals, value = argument.partition("=")
        if flag in ("--config", "-config"):
            path = (value if equals else following).partition(":")[0]
    return path


def _reason(error: Exception, path: str | None, arguments: Sequence[str]) -> str:
    """What is wrong with the flags, or with the config file and where."""
    for cause in _causes(error):
        if place := _place(cause, path):
            # A misspelt field brings all others along.
            reason, _, _ = _in_one_line(cause).partition(" Other fields present")
            return f"--config={place}: {type(cause).__name__}: {reason}"
    # An error that brings a traceback along says in its last line what it is.
    last_line = _in_one_line((str(error).strip() or type(error).__name__).splitlines()[-1])
    match error:
        case ConfigError():
            return f"--config={path}: {error}"
        case flags.Error() if "parsing config file" not in str(error):
            return last_line
        case OSError() if not Path(path or "").is_file():
            return f"--config={path}: no such file; the configs are in configs/"
        case AttributeError() | KeyError() if "get_config" not in str(error):
            return _unknown_field(arguments, str(error))
    return f"--config={path}: the file cannot be run ({last_line}); start from configs/base.py"


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    """The error and those in whose place it was raised."""
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__


def _place(error: BaseException, path: str | None) -> str | None:
    """The config file and the line of it that raised the error, if one did."""
    if isinstance(error, SyntaxError) and error.filename:
        return f"{error.filename}:{error.lineno}"
    lines = [
        frame.lineno
        for frame in traceback.extract_tb(error.__traceback__)
        if path is not None and Path(frame.filename).absolute() == Path(path).absolute()
    ]
    return f"{path}:{lines[-1]}" if lines else None


def _unknown_field(arguments: Sequence[str], reason: str) -> str:
    """Which `--config.…` names a field that is not there, and the nearest one that is."""
    nearest = re.search(r'Did you mean "(\w+)"', reason)
    hint = f"did you mean '{nearest[1]}'?" if nearest else "configs/base.py lists the fields"
    for argument in arguments[1:]:
        flag = argument.lstrip("-").partition("=")[0]
        if any(re.search(rf"'{re.escape(part)}\\?'", reason) for part in flag.split(".")[1:]):
            return f"--{flag}: no such field in the config; {hint}"
    return f"--config: {_in_one_line(reason)}"


def _in_one_line(reason: object) -> str:
    line = " ".join(str(reason).split())
    return line if len(line) <= _LONGEST_REASON else f"{line[:_LONGEST_REASON]}…"


def _stop(status: int, message: str) -> NoReturn:
    print(f"error: {message}", file=sys.stderr)
    sys.exit(status)
