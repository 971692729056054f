"""A run as a reader would tell it: one call for each stage.

corpora → features → dataset → training → evaluation → report
"""

import dataclasses
import logging
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import Any

import jax
import numpy as np

from affdyn_jax.config import Settings
from affdyn_jax.corpora.corpus import Corpus
from affdyn_jax.corpora.reading import read_corpus
from affdyn_jax.dataset import constant_ratings
from affdyn_jax.dataset.dataset import Dataset, build_dataset
from affdyn_jax.dataset.gold_on_grid import GoldOnGrid, put_on_grid
from affdyn_jax.evaluation.scores import system_scores
from affdyn_jax.features.reading import read_features
from affdyn_jax.report.files import write_report
from affdyn_jax.system import progress
from affdyn_jax.system.folder_lock import only_writer
from affdyn_jax.system.machine import hardware, versions
from affdyn_jax.system.processes import is_first
from affdyn_jax.system.stop_requests import interruptible
from affdyn_jax.system.user_cache import keep_compiled_programs
from affdyn_jax.training.lanes import lanes_by_hidden_size
from affdyn_jax.training.loop import adam
from affdyn_jax.training.settings import TrainingSettings
from affdyn_jax.training.sweep import TrainedLanes, time_epochs, train_together
from affdyn_jax.workdir import files, resuming
from affdyn_jax.workdir.files import WORTHWHILE_EPOCHS
from affdyn_jax.workdir.recipe import must_have_same_data, must_have_same_recipe
from affdyn_jax.workdir.results import write_results

log = logging.getLogger(__name__)


def run(settings: Settings, run_folder: Path, resume: bool = True) -> None:
    """Train a whole sweep and leave its results and its report in a folder.

    Several processes (see `processes.join_processes`) go through all of it together until the sweep
    is trained; the first one alone writes into the folder.

    Args:
        settings: Of the run.
        run_folder: The run's workdir.
        resume: Whether to resume a run of the same settings that is there already, from its
            last checkpoints; the results are those of a run that was never interrupted.

    Raises:
        AffdynError: What the user has to mend.
        Stopped: The program is asked to stop.
    """
    config = dataclasses.asdict(settings)
    must_have_same_recipe(config, workdir=str(run_folder))
    seconds: dict[str, float] = {}
    with (
        progress.logging_to(run_folder / "log.txt"),
        only_writer(run_folder) if is_first() else nullcontext(),
    ):
        lanes = lanes_by_hidden_size(settings.corpus.dimensions, settings.sweep)
        training = training_arguments(settings.training)
        jax.devices()  # if there is none, it is told before hours of extraction
        if settings.compilation_cache:
            keep_compiled_programs()
        if is_first():
            resuming.begin(run_folder, config, resume)

        with interruptible():
            with _timed(seconds, "corpus"):
                corpus = read_corpus(settings.corpus, settings.features.tables)
                gold = put_on_grid(
                    corpus, settings.features.frame_rate, settings.corpus.annotation_delay
                )
            if corpus.is_standin and is_first():
                files.mark_standin(run_folder)
            with _timed(seconds, "features"):
                features, feature_names = read_features(settings.features, corpus)
            with _timed(seconds, "dataset"):
                dataset = join(settings, corpus, gold, features)
            if is_first():
                constant_ratings.warn(dataset.constant)
        must_have_same_data(dataset)
        sweep = [
            train_together(
                group,
                dataset,
                corpus.dimensions,
                checkpoints_folder=files.checkpoints_folder(run_folder, hidden_size),
                **training,
            )
            for hidden_size, group in lanes.items()
        ]
        seconds["training"] = round(sum(group.seconds for group in sweep), 2)
        with interruptible(), _timed(seconds, "timing of epochs"):
            sweep = [
                time_epochs(group, dataset, training["optimiser"], training["patience"])
                if group.trained.epoch >= WORTHWHILE_EPOCHS
                else group
                for group in sweep
            ]
        if is_first():
            with interruptible():
                _evaluate(
                    settings, run_folder, corpus, features, feature_names, dataset, sweep, seconds
                )
                write_report(run_folder)
            log.info("the report is in %s", run_folder / "report.html")


def _evaluate(
    settings: Settings,
    run_folder: Path,
    corpus: Corpus,
    features: dict[str, np.ndarray],
    feature_names: Sequence[str],
    dataset: Dataset,
    sweep: Sequence[TrainedLanes],
    seconds: dict[str, float],
) -> None:
    """Write what the sweep has found, and last what was run and how long it took."""
    frame_rate, delay = settings.features.frame_rate, settings.corpus.annotation_delay
    resuming.reopen(run_folder, corpus.is_standin)
    with _timed(seconds, "evaluation"):
        predicting_lanes = write_results(
            run_folder, sweep, dataset, feature_names, corpus, frame_rate, delay
        )
        if settings.features.are_predictions:
            # Other systems' predictions carry the times of the ratings already, and their scale.
            undelayed_gold = put_on_grid(corpus, frame_rate, annotation_delay=0.0)
            undelayed = join(settings, corpus, undelayed_gold, features)
            predictions = {
                name: corpus.rating_scale.to_unit(features_tf)
                for name, features_tf in features.items()
            }
            systems = system_scores(
                predictions, feature_names, undelayed.names, undelayed.gold, corpus.dimensions
            )
            files.write_table(run_folder, "systems.csv", systems)
    epochs = {str(g.lanes[0].hidden_size): g.epoch_seconds for g in sweep if g.epoch_seconds}
    files.write_facts(
        run_folder,
        files.RunFacts(
            corpus=corpus.name,
            is_standin=corpus.is_standin,
            features=settings.features.name,
            feature_count=len(feature_names),
            dimensions=corpus.dimensions,
            frame_rate=frame_rate,
            annotation_delay=delay,
            recordings={p: list(names) for p, names in dataset.names.items()},
            frames={p: int(e.frames_n.sum()) for p, e in dataset.examples.items()},
            labelled=sorted(dataset.labelled),
            constant=dataset.constant,
            predicting_lanes=predicting_lanes,
            seconds=seconds,
            hardware=hardware(),
            versions=versions(),
            agreement=corpus.agreement,
            training_seconds={
                str(group.lanes[0].hidden_size): round(group.seconds, 2) for group in sweep
            },
            epoch_seconds_together={size: round(e.together, 6) for size, e in epochs.items()},
            epoch_seconds_alone={size: round(e.alone, 6) for size, e in epochs.items()},
            epoch_seconds_spread={size: round(e.spread, 3) for size, e in epochs.items()},
            arithmetic_changes=list(
                dict.fromkeys(change for group in sweep for change in group.changes)
            ),
            rating_range=(corpus.rating_scale.low, corpus.rating_scale.high),
        ),
    )


def training_arguments(settings: TrainingSettings) -> dict[str, Any]:
    """What `train_together` is to be given besides lanes and data."""
    return {
        "optimiser": adam(settings.learning_rate, settings.beta1, settings.beta2, settings.epsilon),
        "max_epochs": settings.max_epochs,
        "patience": settings.patience,
        "monitor": settings.monitor,
        "checkpoint_every": settings.checkpoint_every,
    }


def join(
    settings: Settings,
    corpus: Corpus,
    gold: dict[str, GoldOnGrid],
    features: dict[str, np.ndarray],
) -> Dataset:
    """The corpus and its features as arrays (see `dataset.build_dataset`)."""
    return build_dataset(
        corpus,
        gold,
        features,
        settings.features.frame_rate,
        features_may_outlast=settings.features.are_precomputed,
    )


@contextmanager
def _timed(seconds: dict[str, float], stage: str) -> Iterator[None]:
    """Note down how long a stage took."""
    start = time.perf_counter()
    yield
    seconds[stage] = round(time.perf_counter() - start, 2)
