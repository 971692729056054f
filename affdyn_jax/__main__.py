"""The command `affdyn`, whose first word names what to do.

    affdyn train demo
    affdyn predict --run=runs/demo interview.wav

Each word starts a module as `python -m` does, with the same flags.
"""

import runpy
import sys
from typing import NamedTuple


class _Command(NamedTuple):
    """What a word starts.

    Attributes:
        module: Within this package.
        purpose: In a few words.
        words: What comes before the words that the user gives.
        first: The flag that a first word stands for which is none itself; "" for no flag.
    """

    module: str
    purpose: str
    words: tuple[str, ...] = ()
    first: str = ""


_COMMANDS = {
    "train": _Command("main", "Train a whole sweep and report it.", first="--config="),
    "extract": _Command("extract", "Extract a config's features alone.", first="--config="),
    "describe": _Command("main", "Print every field of a config.", ("--describe",), "--config="),
    "predict": _Command("predict", "Predict from recordings with a trained run or model."),
    "live": _Command("predict", "The same while somebody speaks.", ("--live",)),
    "report": _Command("report", "Write the report of a finished run anew.", first="--run="),
    "compare": _Command("compare", "Compare finished runs."),
    "export": _Command("export", "Write a trained model into a folder to hand on."),
}


def main() -> None:
    """Start what the command line names."""
    match sys.argv[1:]:
        case [] | ["-h" | "--help" | "help"]:
            print(_help())
        case ["--version"]:
            from affdyn_jax import __version__

            print(f"affdyn_jax {__version__}")
        case [word, *rest] if word in _COMMANDS:
            _start(_COMMANDS[word], rest)
        case [word, *_]:
            from affdyn_jax.system.field_words import nearest

            print(f"error: '{word}' is no command; {nearest(word, [*_COMMANDS])}", file=sys.stderr)
            sys.exit(2)


def _start(command: _Command, words: list[str]) -> None:
    if command.first and words and not words[0].startswith("-"):
        words = [command.first + words[0], *words[1:]]
    sys.argv = [sys.argv[0], *command.words, *words]
    runpy.run_module(f"affdyn_jax.{command.module}", run_name="__main__", alter_sys=True)


def _help() -> str:
    lines = [
        "Arousal, valence and their dynamics from speech.",
        "",
        *(f"  affdyn {word:10}{command.purpose}" for word, command in _COMMANDS.items()),
        "",
        "affdyn COMMAND --help lists the flags of one. To begin, without any data:",
        "",
        "  affdyn train demo",
    ]
    return "\n".join(lines)


if __name__ == "__main__":
    main()
