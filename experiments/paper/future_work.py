"""What the paper leaves to future work, measured on a real task: is w worth its search?

    python -m experiments.paper.future_work --root=avec2019_ces_de

Trains the fusion of `configs/avec2019_fusion_de.py`, each conversation tested on once: every w and
the rules that move it, with and without a low-pass layer, and every w on smoothed dynamics
(`future_work_jobs`). The workdir has `future_work.md`, its figures and its tables as CSV. The same
command resumes. `docs/future_work.md` says how to read the tables.
"""

from pathlib import Path

import pandas as pd
from absl import flags

from affdyn_jax import command_line
from affdyn_jax.system import progress
from affdyn_jax.system.folder_lock import only_writer
from affdyn_jax.system.stop_requests import interruptible
from affdyn_jax.system.user_cache import keep_compiled_programs
from affdyn_jax.training.devices import use_cores_as_devices
from affdyn_jax.workdir.results import learning_curves
from experiments.paper.future_work_document import write_future_work
from experiments.paper.future_work_jobs import Jobs, jobs, train_job
from experiments.paper.future_work_scores import measure
from experiments.paper.future_work_systems import Systems, systems_of


def future_work(root: str, folder: Path) -> None:
    """Train all jobs, or resume them, and write what came out.

    Args:
        root: The folder of the config's corpus.
        folder: The workdir.

    Raises:
        AffdynError: What the user has to mend.
        Stopped: The program is asked to stop.
    """
    planned = jobs(root)
    with progress.logging_to(folder / "log.txt"), only_writer(folder):
        done = Jobs(
            *(
                train_job(settings, folder / name)
                for name, settings in zip(Jobs._fields, planned, strict=True)
            )
        )
        with interruptible():
            found = [systems_of(job) for job in done]
            systems = Systems(
                {name: seeds for of_job in found for name, seeds in of_job.by_seed.items()},
                pd.concat([of_job.chosen for of_job in found], ignore_index=True),
            )
            measured = measure(systems, done.weightings.dataset, done.smoothed.dataset)
            history = learning_curves([done.weightings.trained], done.weightings.dataset.tasks)
            write_future_work(folder, measured, history)


if __name__ == "__main__":
    _ROOT = flags.DEFINE_string("root", None, "The folder of the config's corpus.", required=True)
    _WORKDIR = flags.DEFINE_string("workdir", "runs/future_work", "Where lanes and tables go.")

    def main() -> None:
        """Measure on the corpus of the command line."""
        keep_compiled_programs()
        use_cores_as_devices()
        folder = Path(_WORKDIR.value)
        future_work(_ROOT.value, folder)
        print(folder / "future_work.md")

    command_line.start(main)
