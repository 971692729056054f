"""The paper's tuning, "with w = 0.5" (§4.2): every combination of settings as a lane of one run.

    python -m experiments.paper.tuning --config=configs/sewa_hu.py --config.corpus.root=…

Trains the hidden sizes and seeds of `config.sweep` at w = 0.5 with each combination of its
learning rates, patiences, weight decays and dropouts. The paper names the values that it chose, not
those that it tried: where the config lists no learning rates or no patiences, this command has its
own. The workdir has the run as `affdyn_jax.main` makes it, and `tuning.md`, `tuning.csv` and
`figures/tuning.svg`. The same command resumes.
"""

import dataclasses
from pathlib import Path

from absl import flags

from affdyn_jax import command_line, pipeline
from affdyn_jax.config import Settings
from affdyn_jax.errors import ConfigError
from affdyn_jax.system.stop_requests import interruptible
from affdyn_jax.training.devices import use_cores_as_devices
from experiments.paper.tuning_document import write_tuning
from experiments.paper.tuning_scores import HIDDEN_SIZE

_W = 0.5
_LEARNING_RATES = (1e-4, 3e-4, 6e-4, 1e-3, 3e-3)
_PATIENCES = (10, 30, 50)


def tuning(settings: Settings, folder: Path, resume: bool = True) -> None:
    """Train all combinations, and report which is best on dev.

    Args:
        settings: Of the sweep; its values of w and rules for w are left out.
        folder: The workdir.
        resume: Whether to resume a run that is there, rather than to begin anew.

    Raises:
        AffdynError: An error that the user has to mend.
        Stopped: The program is asked to stop.
    """
    settings = at_tuning_w(settings)
    pipeline.run(settings, folder, resume)
    with interruptible():
        write_tuning(folder, [HIDDEN_SIZE, *settings.sweep.swept()])


def at_tuning_w(settings: Settings) -> Settings:
    """The same settings with w = 0.5 alone, and with values to try where none are listed.

    Raises:
        ConfigError: No setting has several values.
    """
    sweep = settings.sweep
    sweep = dataclasses.replace(
        sweep,
        weights=(_W,),
        weightings=("fixed",),
        learning_rates=sweep.learning_rates or _LEARNING_RATES,
        patiences=sweep.patiences or _PATIENCES,
    )
    lists = [sweep.hidden_sizes.mono, sweep.hidden_sizes.multi, *sweep.swept().values()]
    if max(map(len, lists)) < 2:
        raise ConfigError(
            f"sweep lists one value of {', '.join(sweep.swept())} and hidden_sizes, and so nothing "
            "to compare; list several, e.g. --config.sweep.learning_rates=0.0003,0.0006"
        )
    return dataclasses.replace(settings, sweep=sweep)


if __name__ == "__main__":
    _CONFIG = command_line.define_config()
    _WORKDIR = flags.DEFINE_string("workdir", "runs/tuning", "Where run and tables go.")
    _RESUME = flags.DEFINE_boolean("resume", True, "Resume the run that is there; false clears it.")

    def main() -> None:
        """Tune on the corpus of the command line."""
        settings = command_line.value_of(_CONFIG)
        if settings.cores_as_devices:
            use_cores_as_devices()
        folder = Path(_WORKDIR.value)
        tuning(settings, folder, _RESUME.value)
        print(folder / "tuning.md")

    command_line.start(main)
