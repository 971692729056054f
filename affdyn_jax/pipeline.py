"""A run as a reader would tell it: one call for each stage.

corpora → features → dataset → training → evaluation → report
"""

import dataclasses
import itertools
import logging
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext
from pathlib import Path

import jax
import numpy as np
import pandas as pd

from affdyn_jax import facts_of_run
from affdyn_jax.config import Settings, by_new_names
from affdyn_jax.corpora.corpus import Corpus
from affdyn_jax.corpora.reading import read_corpora
from affdyn_jax.data_of_run import DataOfRun
from affdyn_jax.dataset import constant_ratings, unrated_frames
from affdyn_jax.dataset.dataset import Dataset, build_dataset
from affdyn_jax.dataset.folds import Fold, plan_folds
from affdyn_jax.dataset.gold_on_grid import GoldOnGrid, put_on_grid
from affdyn_jax.dataset.layers import join_layers
from affdyn_jax.evaluation.scores import system_scores
from affdyn_jax.features.reading import check_cache, pin_checkpoint
from affdyn_jax.report.files import write_report
from affdyn_jax.system import progress
from affdyn_jax.system.folder_lock import only_writer
from affdyn_jax.system.processes import from_first, is_first, wait_for_all
from affdyn_jax.system.stop_requests import interruptible
from affdyn_jax.system.user_cache import keep_compiled_programs
from affdyn_jax.tracking.choice import trackers_of
from affdyn_jax.tracking.tracker import Trackers
from affdyn_jax.training.lanes import lanes_by_hidden_size
from affdyn_jax.training.scored_epochs import ScoredEpoch
from affdyn_jax.training.sweep import train_together
from affdyn_jax.training.timing import time_epochs
from affdyn_jax.training.trained_lanes import TrainedLanes, join_rounds
from affdyn_jax.workdir import files, resuming
from affdyn_jax.workdir.audio_links import write_audio_links
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
    settings = pinned(settings, run_folder if resume else None)
    config, defaults = map(dataclasses.asdict, (settings, Settings()))
    must_have_same_recipe(config, workdir=str(run_folder))
    seconds: dict[str, float] = {}
    with (
        progress.logging_to(run_folder / "log.txt"),
        only_writer(run_folder) if is_first() else nullcontext(),
    ):
        jax.devices()  # a missing device is reported before hours of extraction
        if settings.compilation_cache:
            keep_compiled_programs()
        if is_first():
            code = facts_of_run.code()  # as it is now, whatever is edited meanwhile
            resuming.begin(run_folder, config, resume, defaults, by_new_names)

        with interruptible():
            with _timed(seconds, "corpus"):
                corpus = _read_corpora(settings)
                gold = _on_grid(corpus, settings)
                folds = plan_folds(corpus, gold, settings.sweep.folds)
            if corpus.is_standin and is_first():
                files.mark_standin(run_folder)
            trackers = Trackers()
            if is_first():
                trackers = trackers_of(settings.tracking, run_folder, corpus.is_standin)
            with _timed(seconds, "features"):
                data = DataOfRun(settings, corpus)
                earlier = resuming.earlier_layers_at_once(run_folder) if is_first() else 0
        wait_for_all()
        earlier = int(from_first(np.array(earlier, np.int32)))
        rounds = data.rounds(len(folds), earlier)
        if (layers_at_once := len(rounds[0])) and is_first():
            resuming.keep_layers_at_once(run_folder, layers_at_once)
        if len(rounds) > 1:
            # What is wrong with a layer is not to end the run when others have trained for hours.
            for layer in itertools.chain(*rounds):
                _dataset(data, gold, folds, (layer,), seconds)
        trained: list[list[TrainedLanes]] = []
        datasets: list[Dataset] = []
        for layers in rounds:
            dataset = _dataset(data, gold, folds, layers, seconds)
            if is_first() and not datasets:
                constant_ratings.warn(dataset.constant)
                unrated_frames.tell(dataset.unrated, dataset.examples, dataset.names)
            trained.append(_train(dataset, settings, run_folder, trackers.on_epoch, seconds))
            datasets.append(dataset.without_features)
            del dataset  # before the next round's features are joined
        sweep = join_rounds(trained)
        dataset = join_layers(datasets, sum(map(len, rounds))) if len(rounds) > 1 else datasets[0]
        if is_first():
            with interruptible():
                resuming.reopen(run_folder, corpus.is_standin)
                with _timed(seconds, "evaluation"), progress.waiting("evaluation"):
                    found = write_results(run_folder, dataset, sweep)
                    for doubt in found.doubts:
                        log.warning("%s", doubt)
                    if settings.features.are_predictions:
                        systems = _scores_of_systems(corpus, data.features, dataset, folds)
                        files.write_table(run_folder, "systems.csv", systems)
                kind = settings.features.name
                audio = {r.name: r.audio for r in corpus.recordings if r.audio}
                write_audio_links(run_folder, audio)
                facts = facts_of_run.facts_of(corpus, kind, dataset, sweep, found, seconds)
                revision = settings.features.encoder.revision if kind == "encoder" else ""
                facts = dataclasses.replace(facts, encoder_revision=revision, **code)
                files.write_facts(run_folder, facts)
                with progress.waiting("report"):
                    write_report(run_folder)
                trackers.on_end(run_folder)


def extract(settings: Settings) -> None:
    """Read the corpus, check its ratings and extract its features, as a run begins.

    Raises:
        AffdynError: What the user has to mend; other than in a run, also a cache that nobody may
            write to.
        Stopped: The program is asked to stop.
    """
    must_have_same_recipe(dataclasses.asdict(settings))
    check_cache(settings.features)
    with progress.logging_to(), interruptible():
        corpus = _read_corpora(settings)
        gold = _on_grid(corpus, settings)
        plan_folds(corpus, gold, settings.sweep.folds)
        DataOfRun(settings, corpus)


def _dataset(
    data: DataOfRun,
    gold: GoldOnGrid,
    folds: Sequence[Fold],
    layers: Sequence[int],
    seconds: dict[str, float],
) -> Dataset:
    """What the lanes of some layers train on; the same in all processes."""
    with (
        interruptible(),
        _timed(seconds, "dataset"),
        progress.waiting("joining features and ratings"),
    ):
        dataset = data.dataset(gold, folds, layers)
    must_have_same_data(dataset)
    return dataset


def _train(
    dataset: Dataset,
    settings: Settings,
    run_folder: Path,
    tell: Callable[[ScoredEpoch], None],
    seconds: dict[str, float],
) -> list[TrainedLanes]:
    """Train the lanes of each hidden size that a dataset is for, and time their epochs."""
    dimensions, sweep = settings.corpus.dimensions, settings.sweep
    fold_count = len(dataset.folds) if dataset.has_folds else 0
    lanes = lanes_by_hidden_size(dimensions, sweep, fold_count, dataset.layers)
    groups = [
        train_together(
            *(group, dataset, settings.training),
            files.checkpoints_folder(run_folder, hidden_size, dataset.layers),
            tell,
        )
        for hidden_size, group in lanes.items()
    ]
    spent = seconds.get("training", 0.0) + sum(group.seconds for group in groups)
    seconds["training"] = round(spent, 2)
    with _timed(seconds, "timing of epochs"):
        return [
            time_epochs(group, dataset, settings.training)
            if group.lane_states.epochs.max() >= WORTHWHILE_EPOCHS
            else group
            for group in groups
        ]


def pinned(settings: Settings, run_folder: Path | None) -> Settings:
    """The settings with the commit of an encoder on the hub, of whatever revision they name.

    Args:
        settings: Of a run.
        run_folder: Where a run may be resumed, which keeps the commit that it was begun with.

    Raises:
        FeatureError: The hub has no such model, refuses it, or is out of reach.
        RunError: The folder's config cannot be read.
    """
    earlier = by_new_names(resuming.begun_with(run_folder)) if run_folder else None
    of_features = earlier.get("features") if isinstance(earlier, Mapping) else None
    features = pin_checkpoint(settings.features, of_features or {})
    return dataclasses.replace(settings, features=features)


def _read_corpora(settings: Settings) -> Corpus:
    return read_corpora(settings.corpus, settings.corpora, settings.features.tables)


def _on_grid(corpus: Corpus, settings: Settings) -> GoldOnGrid:
    frame_rate, delay = settings.features.frame_rate, settings.corpus.annotation_delay
    return put_on_grid(corpus, frame_rate, delay, settings.dynamics)


def _scores_of_systems(
    corpus: Corpus, features: dict[str, np.ndarray], dataset: Dataset, folds: Sequence[Fold]
) -> pd.DataFrame:
    """The table `systems.csv`: predictions of other systems carry the times of the ratings."""
    gold, names = put_on_grid(corpus, dataset.frame_rate, 0.0), dataset.feature_names
    undelayed = build_dataset(corpus, gold, features, names, True, folds)
    return system_scores(features, undelayed)


@contextmanager
def _timed(seconds: dict[str, float], stage: str) -> Iterator[None]:
    """Note down how long a stage took, with what it took before."""
    start = time.perf_counter()
    yield
    seconds[stage] = round(seconds.get(stage, 0.0) + time.perf_counter() - start, 2)
