"""Compare finished runs: configs, scores, and whether these differ by chance.

    affdyn compare runs/a runs/b
    affdyn compare runs/a runs/b runs/c --out=comparison

The others are compared with the first one. Prints a table, and leaves a page,
comparison.html and comparison.md, in --out.
"""

import itertools
from pathlib import Path

from absl import flags

from affdyn_jax import command_line
from affdyn_jax.errors import ConfigError
from affdyn_jax.system.stop_requests import interruptible

_OUT = flags.DEFINE_string("out", "comparison", "The folder where the page goes.")


def main(*arguments: str) -> None:
    """Compare the runs that the command line names."""
    if len(arguments) < 2:
        raise ConfigError("name the folders of two finished runs or more: runs/a runs/b")
    names = names_of([Path(argument) for argument in arguments])
    # They take seconds to load, which nobody with a misspelt word should wait for.
    from rich.console import Console

    from affdyn_jax.config import with_defaults
    from affdyn_jax.report.comparison.contents import Comparison
    from affdyn_jax.report.comparison.files import write_comparison
    from affdyn_jax.report.comparison.scored_run import ScoredRun
    from affdyn_jax.report.document.terminal import print_table
    from affdyn_jax.system import progress
    from affdyn_jax.workdir.files import read_run

    with progress.logging_to(), interruptible():
        runs = {name: read_run(Path(path)) for name, path in zip(names, arguments, strict=True)}
        comparison = Comparison(
            {name: ScoredRun.of(run) for name, run in runs.items()},
            {
                name: with_defaults(run.config, run.workdir / "config.json")
                for name, run in runs.items()
            },
        )
        page = write_comparison(comparison, Path(_OUT.value))
    console = Console(highlight=False)
    for table in comparison.short_tables:
        console.print(table.caption, markup=False)
        print_table(console, table)
    for note in comparison.notes:
        console.print(note, markup=False)
    print(page)


def names_of(folders: list[Path]) -> list[str]:
    """Short names of folders: their last parts, as many as tell them apart.

    Raises:
        ConfigError: A folder is named twice.
    """
    parts = [folder.resolve().parts for folder in folders]
    for first, second in itertools.combinations(range(len(folders)), 2):
        if parts[first] == parts[second]:
            raise ConfigError(f"{folders[second]}: named twice; name each run once")
    by_length = (["/".join(of_folder[-n:]) for of_folder in parts] for n in itertools.count(1))
    return next(names for names in by_length if len(set(names)) == len(names))


if __name__ == "__main__":
    command_line.start(main, takes_arguments=True)
