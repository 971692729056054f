"""The plan of a grid of runs: how many lanes, and how long they may take, as measured."""

import logging
from collections.abc import Sequence

from affdyn_jax.report.notation import counted, duration
from affdyn_jax.system.user_cache import keep_compiled_programs
from affdyn_jax.training.lanes import Lane, lanes_by_hidden_size
from affdyn_jax.training.timing import seconds_of_an_epoch
from experiments.paper.paper_grid import GridRun
from experiments.reading import read_dataset

log = logging.getLogger("affdyn_jax.grid_plan")


def announce(runs: Sequence[GridRun], finished: Sequence[GridRun]) -> None:
    """Log the plan before anything is done.

    Raises:
        ConfigError: A sweep makes no sense.
    """
    lanes = {run.folder: lane_count(run) for run in runs}
    log.info("plan: %s, %s in all", counted(len(runs), "run"), counted(sum(lanes.values()), "lane"))
    for run in runs:
        state = "finished" if run in finished else "to be trained"
        log.info("plan: %s, %s, %s", run.folder, counted(lanes[run.folder], "lane"), state)


def lane_count(run: GridRun) -> int:
    """The number of a run's lanes.

    Raises:
        ConfigError: Its sweep makes no sense.
    """
    return sum(map(len, _lanes(run).values()))


def longest_training(run: GridRun) -> float:
    """Seconds that a run trains if no lane stops early, from its own first epochs.

    Its features are extracted first, into the cache where the run finds them, so anything that
    is missing shows before hours of training.

    Raises:
        AffdynError: An error that the user has to mend.
    """
    settings = run.settings
    if settings.compilation_cache:
        keep_compiled_programs()
    dataset, training = read_dataset(settings), settings.training
    of_an_epoch = sum(
        seconds_of_an_epoch(group, dataset, training) for group in _lanes(run).values()
    )
    at_most = training.max_epochs * of_an_epoch
    log.info(
        "plan: %s, an epoch of all lanes takes %s, %d epochs at most %s",
        run.folder,
        duration(of_an_epoch),
        training.max_epochs,
        duration(at_most),
    )
    return at_most


def _lanes(run: GridRun) -> dict[int, tuple[Lane, ...]]:
    return lanes_by_hidden_size(run.settings.corpus.dimensions, run.settings.sweep)
