"""Write a trained model into a folder of its own, to be handed on.

    python -m affdyn_jax.export --run=runs/sewa_hu out/
    python -m affdyn_jax.export --run=runs/sewa_hu --lane=mean out/

Then `python -m affdyn_jax.predict --model=out/ audio/*.wav` no longer needs the run.
"""

from pathlib import Path

from absl import flags

from affdyn_jax import command_line
from affdyn_jax.errors import ConfigError
from affdyn_jax.prediction.exported.files import write_file, write_model
from affdyn_jax.prediction.exported.model_card import model_card
from affdyn_jax.prediction.exported.stablehlo import serialised
from affdyn_jax.prediction.from_run import load_run
from affdyn_jax.system import progress
from affdyn_jax.system.standin_mark import write_standin_mark
from affdyn_jax.system.stop_requests import interruptible
from affdyn_jax.workdir.files import read_run


def export(run_folder: Path, lane: str, folder: Path) -> None:
    """Write weights, settings, a model card and a StableHLO function.

    Args:
        run_folder: A finished run.
        lane: Which lanes predict, as in `from_run.load_run`.
        folder: Where to; made if missing, files of the same names are replaced.

    Raises:
        AffdynError: What the user has to mend.
    """
    run, model = read_run(run_folder), load_run(run_folder, lane)
    write_model(folder, model, run.config["features"])
    write_file(folder / "model.jax_export", serialised(model))
    if model.is_standin:
        told = "the model was trained on a generated corpus."
        write_standin_mark(folder, told, "name another folder")
    write_file(folder / "README.md", model_card(run, model).encode())


if __name__ == "__main__":
    _RUN = flags.DEFINE_string("run", None, "The folder of a finished run.", required=True)
    _LANE = command_line.define_lane()

    def main(*arguments: str) -> None:
        """Export the run that the command line names."""
        if len(arguments) != 1:
            raise ConfigError(f"name one folder to write to, not {len(arguments)}")
        with progress.logging_to(), interruptible():
            export(Path(_RUN.value), _LANE.value, Path(arguments[0]))
        print(arguments[0])

    command_line.start(main, takes_arguments=True)
