"""The end of a run on the terminal: its scores, where the report is, what to do next."""

import shlex
from pathlib import Path

from rich.console import Console

from affdyn_jax.report.document.terminal import print_table
from affdyn_jax.report.partitions import scored_partition
from affdyn_jax.report.significant import units_of_tests
from affdyn_jax.report.tables import has_asterisk, selection_table
from affdyn_jax.system.standin_mark import STANDIN_WORDS
from affdyn_jax.workdir.files import FinishedRun, read_run


def print_ending(workdir: Path) -> None:
    """Print on standard output how a run has ended.

    Raises:
        RunError: The folder holds no finished run.
    """
    run, console = read_run(workdir), Console(highlight=False)
    mark = f"{STANDIN_WORDS}: " if run.facts.is_standin else ""
    console.print()
    console.print(f"{mark}CCC on {scored_partition(run.facts)}, mean over seeds", style="bold")
    print_table(console, selection_table(run))
    if has_asterisk(run.selection[run.selection["chosen"]]).any():
        console.print(f"* better than w = 0: p < .05 over {units_of_tests(run.facts)}\n")
    # A path stays in one piece, to be copied.
    console.print(f"Report:  {workdir / 'report.html'}", soft_wrap=True)
    console.print(f"Predict: {_next_command(run)}", soft_wrap=True)


def _next_command(run: FinishedRun) -> str:
    """The command that uses what was trained."""
    recording = "FEATURES.csv" if run.facts.features == "precomputed" else "RECORDING.wav"
    return f"affdyn predict --run={shlex.quote(str(run.workdir))} {recording}"
