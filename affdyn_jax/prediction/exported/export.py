"""A trained model from a run's folder into a folder of its own."""

from pathlib import Path

from affdyn_jax.config import by_new_names
from affdyn_jax.prediction.exported.files import write_file, write_model
from affdyn_jax.prediction.exported.model_card import model_card
from affdyn_jax.prediction.exported.stablehlo import serialised
from affdyn_jax.prediction.from_run import load_run
from affdyn_jax.system.standin_mark import write_standin_mark
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
    write_model(folder, model, by_new_names(run.config)["features"])
    write_file(folder / "model.jax_export", serialised(model))
    if model.is_standin:
        told = "the model was trained on a generated corpus."
        write_standin_mark(folder, told, "name another folder")
    write_file(folder / "README.md", model_card(run, model).encode())
