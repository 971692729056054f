"""The paper's Table 1: all features, setups, hidden sizes, w and seeds, on one or more corpora.

    python -m experiments.paper.table1 --config=configs/recola.py --config.corpus.root=… \
        --config=configs/sewa_de.py --config.corpus.root=… \
        --config=configs/sewa_hu.py --config.corpus.root=…

A field before the first `--config` is set in all of them, one after a `--config` in that one.
Each set of features of each corpus is a run in its own folder, as `affdyn_jax.main` makes it.
First comes the plan: features are extracted, and epochs of every run measured. The same command
resumes where it was interrupted; finished runs are left as they are. The tables are in the
workdir: `table1.md`, `table1.tex`, `table1.csv`.
"""

import dataclasses
import logging
from collections.abc import Sequence
from pathlib import Path

from absl import flags

from affdyn_jax import pipeline
from affdyn_jax.config import Settings, by_new_names
from affdyn_jax.errors import RunError
from affdyn_jax.report.notation import counted, duration
from affdyn_jax.system import progress
from affdyn_jax.system.folder_lock import only_writer
from affdyn_jax.system.stop_requests import interruptible
from affdyn_jax.training.devices import use_cores_as_devices
from affdyn_jax.workdir import files, resuming
from affdyn_jax.workdir.files import read_run
from experiments.paper import several_configs
from experiments.paper.grid_plan import announce, longest_training
from experiments.paper.grid_results import write_cells
from experiments.paper.paper_grid import HEADINGS, GridRun, grid_runs
from experiments.paper.table1_document import write_table1

log = logging.getLogger("affdyn_jax.table1")


def table1(
    sweeps: dict[str, Settings], kinds: Sequence[str], folder: Path, resume: bool = True
) -> None:
    """Train the runs that are not finished, and write the tables of all.

    Args:
        sweeps: The settings of each corpus's sweep, by name, in the order of the table.
        kinds: Of features, keys of `paper_grid.HEADINGS`.
        folder: The experiment's workdir.
        resume: Whether to resume the runs that are there, rather than to begin every run anew.

    Raises:
        AffdynError: An error that the user has to mend.
        Stopped: The program is asked to stop.
    """
    runs = grid_runs(sweeps, kinds)
    with progress.logging_to(folder / "log.txt"), interruptible():
        finished = [run for run in runs if resume and is_finished(folder, run)]
        announce(runs, finished)
        at_most = {run.folder: longest_training(run) for run in runs if run not in finished}
        _tell_what_is_left(at_most)
    for run in runs:
        if run not in finished:
            pipeline.run(run.settings, folder / run.folder, resume)
            del at_most[run.folder]
            with progress.logging_to(folder / "log.txt"):
                log.info("%s is finished", run.folder)
                _tell_what_is_left(at_most)
    with progress.logging_to(folder / "log.txt"), interruptible():
        found = [read_run(folder / run.folder) for run in runs]
        if all(run.facts.is_standin for run in found):
            files.mark_standin(folder)
        cells = write_cells(folder, runs, found)
        write_table1(folder, cells, found)
        log.info("the table is in %s", folder / "table1.md")


def is_finished(folder: Path, run: GridRun) -> bool:
    """Whether a run is there, complete; a damaged one is written anew.

    Raises:
        RunError: A run with another config is there.
    """
    of_run = folder / run.folder
    if not (of_run / "config.json").exists():
        return False
    with only_writer(of_run):
        settings = pipeline.pinned(run.settings, of_run)
        config, defaults = map(dataclasses.asdict, (settings, Settings()))
        resuming.begin(of_run, config, True, defaults, by_new_names)
    try:
        read_run(of_run)
    except RunError:
        return False
    return (of_run / "report.html").exists()


def _tell_what_is_left(at_most: dict[Path, float]) -> None:
    if at_most:
        log.info(
            "%s left, at most %s of training, less if lanes stop early",
            counted(len(at_most), "run"),
            duration(sum(at_most.values())),
        )


if __name__ == "__main__":
    _WORKDIR = flags.DEFINE_string("workdir", "runs/table1", "Where runs and tables go.")
    _FEATURES = flags.DEFINE_list("features", list(HEADINGS), "The columns to make.")
    _RESUME = flags.DEFINE_boolean("resume", True, "Resume runs that are there; false clears them.")

    def main(sweeps: dict[str, Settings]) -> None:
        """Make the table of the command line's corpora."""
        if all(settings.cores_as_devices for settings in sweeps.values()):
            use_cores_as_devices()
        table1(sweeps, _FEATURES.value, Path(_WORKDIR.value), _RESUME.value)

    several_configs.start(main)
