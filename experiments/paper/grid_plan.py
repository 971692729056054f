"""What is ahead of a grid of runs: how many lanes, and how long they may take, as measured."""

import logging
from collections.abc import Sequence

from affdyn_jax.config import read_settings
from affdyn_jax.dataset.gold_on_grid import put_on_grid
from affdyn_jax.extract import read_corpus, read_features, read_kind
from affdyn_jax.pipeline import join, read_lanes
from affdyn_jax.report.notation import counted, duration
from affdyn_jax.system.user_cache import keep_compiled_programs
from affdyn_jax.training.timing import seconds_of_an_epoch
from experiments.paper.paper_grid import GridRun

log = logging.getLogger("affdyn_jax.grid_plan")


def announce(runs: Sequence[GridRun], finished: Sequence[GridRun]) -> None:
    """Say what is to be done, before anything is; a value that makes no sense ends it here.

    Raises:
        ConfigError: One does.
    """
    lanes = {run.folder: lane_count(run) for run in runs}
    log.info("plan: %s, %s in all", counted(len(runs), "run"), counted(sum(lanes.values()), "lane"))
    for run in runs:
        state = "finished" if run in finished else "to be trained"
        log.info("plan: %s, %s, %s", run.folder, counted(lanes[run.folder], "lane"), state)


def lane_count(run: GridRun) -> int:
    """How many lanes a run has, once its config is found to make sense.

    Raises:
        ConfigError: A value does not.
    """
    read_settings(run.config)
    read_kind(run.config)
    return sum(len(group) for group in read_lanes(run.config).values())


def longest_training(run: GridRun) -> float:
    """How long a run trains if no lane stops early, in seconds, from its own first epochs.

    Its features are extracted first, into the cache where the run finds them, so that all that
    can be missing is missed before hours of training.

    Raises:
        AffdynError: What the user has to mend.
    """
    config = run.config
    if config.compilation_cache:
        keep_compiled_programs()
    corpus = read_corpus(config)
    gold = put_on_grid(corpus, config.features.frame_rate, config.corpus.annotation_delay)
    dataset = join(config, corpus, gold, *read_features(config, corpus))
    training = read_settings(config).training
    of_an_epoch = sum(
        seconds_of_an_epoch(group, dataset, training) for group in read_lanes(config).values()
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
