"""Report a finished run again, from what it left on disk.

affdyn report runs/demo
"""

from contextlib import nullcontext
from pathlib import Path

from absl import flags

from affdyn_jax import command_line
from affdyn_jax.system.stop_requests import interruptible

_RUN = flags.DEFINE_string("run", None, "The folder of a finished run.", required=True)


def main() -> None:
    """Write the report of the run that the command line names."""
    # They take seconds to load, which nobody with a misspelt flag should wait for.
    from affdyn_jax.report.files import write_report
    from affdyn_jax.system.folder_lock import only_writer

    run = Path(_RUN.value)
    with only_writer(run) if run.is_dir() else nullcontext(), interruptible():
        write_report(run)
    print(run / "report.html")


if __name__ == "__main__":
    command_line.start(main)
