"""Report a finished run again, from what it left on disk.

python -m affdyn_jax.report --run=runs/demo
"""

from pathlib import Path

from absl import flags

from affdyn_jax import command_line
from affdyn_jax.report import write_report

_RUN = flags.DEFINE_string("run", None, "The folder of a finished run.", required=True)


def main() -> None:
    """Write the report of the run that the command line names."""
    write_report(Path(_RUN.value))
    print(Path(_RUN.value) / "report.html")


if __name__ == "__main__":
    command_line.start(main)
