"""Write a trained model into a folder of its own, to be handed on.

    affdyn export --run=runs/sewa_hu out/
    affdyn export --run=runs/sewa_hu --lane=mean out/

Then `affdyn predict --model=out/ audio/*.wav` no longer needs the run.
"""

from pathlib import Path

from absl import flags

from affdyn_jax import command_line
from affdyn_jax.errors import ConfigError
from affdyn_jax.system.stop_requests import interruptible

_RUN = flags.DEFINE_string("run", None, "The folder of a finished run.", required=True)
_LANE = command_line.define_lane()


def main(*arguments: str) -> None:
    """Export the run that the command line names."""
    if len(arguments) != 1:
        raise ConfigError(f"name one folder to write to, not {len(arguments)}")
    # They take seconds to load, which nobody with a misspelt flag should wait for.
    from affdyn_jax.prediction.exported.export import export
    from affdyn_jax.system import progress

    with progress.logging_to(), interruptible():
        export(Path(_RUN.value), _LANE.value, Path(arguments[0]))
    print(arguments[0])


if __name__ == "__main__":
    command_line.start(main, takes_arguments=True)
