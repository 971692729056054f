"""Train one whole sweep and report it.

    affdyn train demo
    affdyn train sewa_hu --config.corpus.root=/data/sewa_hu
    affdyn train --config=my_config.py --workdir=runs/mine

Every field of the config is a flag, e.g. --config.sweep.seeds=0,1. A run that
was interrupted is resumed when the same command is started again.
`python -m affdyn_jax.main --config=…` is the same.
"""

from pathlib import Path

from absl import flags

from affdyn_jax import command_line

_CONFIG = command_line.define_config()
_PROCESSES = command_line.define_processes()
_WORKDIR = flags.DEFINE_string(
    "workdir", None, "Where the results go; by default runs/<name of the config>."
)
_RESUME = flags.DEFINE_boolean(
    "resume", True, "Resume the run that is there; false clears it and begins anew."
)


def main() -> None:
    """Run the pipeline on the config of the command line."""
    # They take seconds to load, which nobody with a misspelt flag should wait for.
    from affdyn_jax import pipeline
    from affdyn_jax.report.ending import print_ending
    from affdyn_jax.system.processes import is_first, join_processes
    from affdyn_jax.training.devices import use_cores_as_devices

    workdir = _WORKDIR.value or f"runs/{command_line.config_name(_CONFIG)}"
    settings = command_line.value_of(_CONFIG)
    if settings.cores_as_devices:
        use_cores_as_devices()
    with join_processes(*_PROCESSES()):
        pipeline.run(settings, Path(workdir), _RESUME.value)
        if is_first():
            print_ending(Path(workdir))


if __name__ == "__main__":
    command_line.start(main)
