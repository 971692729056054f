"""A run as a reader would tell it: one call for each stage.

corpora → features → dataset → training → evaluation → report
"""

import logging
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import jax
import numpy as np
from ml_collections import ConfigDict

from affdyn_jax import progress, workdir
from affdyn_jax.corpora.avec2019 import expected_layout, read_avec2019
from affdyn_jax.corpora.corpus import STANDIN_WORDS, Corpus
from affdyn_jax.corpora.manifest import read_manifest
from affdyn_jax.corpora.standin import StandIn, write_standin
from affdyn_jax.dataset import Dataset, build_dataset
from affdyn_jax.errors import ConfigError, CorpusError, MissingCorpusError
from affdyn_jax.evaluation import system_scores
from affdyn_jax.features.extraction import extract_features
from affdyn_jax.features.mfb import MelFilterBanks
from affdyn_jax.features.mfcc import CepstralFunctionals
from affdyn_jax.features.precomputed import read_precomputed
from affdyn_jax.lanes import Lane, lanes_by_hidden_size
from affdyn_jax.machine import hardware, versions
from affdyn_jax.report import write_report
from affdyn_jax.results import write_results
from affdyn_jax.settings import choice, names, numbers, within
from affdyn_jax.sweep import MONITORS, train_sweep
from affdyn_jax.training import adam
from affdyn_jax.user_cache import user_cache

_PRECOMPUTED = "precomputed"
_KINDS = ("mfb", "mfcc", _PRECOMPUTED)

log = logging.getLogger(__name__)


def run(config: ConfigDict, run_folder: Path) -> None:
    """Train a whole sweep and leave its results and its report in a folder.

    Args:
        config: Made like `configs/base.py`.
        run_folder: The run's workdir.

    Raises:
        AffdynError: What the user has to mend.
    """
    seconds: dict[str, float] = {}
    with progress.logging_to(run_folder / "log.txt"):
        lanes, training = read_lanes(config), read_training(config)
        read_kind(config)
        if config.compilation_cache:
            jax.config.update("jax_compilation_cache_dir", str(user_cache("compiled")))
        workdir.begin(run_folder, config.to_dict())

        with _timed(seconds, "corpus"):
            corpus = read_corpus(config)
        if corpus.is_standin:
            workdir.mark_standin(run_folder)
        with _timed(seconds, "features"):
            features, feature_names = read_features(config, corpus)
        with _timed(seconds, "dataset"):
            delay = config.corpus.annotation_delay
            dataset = join(config, corpus, features, delay)
        with _timed(seconds, "training"):
            sweep = train_sweep(lanes, dataset, corpus.dimensions, **training)
        with _timed(seconds, "evaluation"):
            predicting_lanes = write_results(
                run_folder,
                sweep,
                dataset,
                feature_names,
                corpus.dimensions,
                config.features.frame_rate,
                delay,
            )
            if config.features.are_predictions:
                # Other systems' predictions carry the times of the ratings already.
                undelayed = join(config, corpus, features, annotation_delay=0.0)
                systems = system_scores(
                    features, feature_names, undelayed.names, undelayed.gold, corpus.dimensions
                )
                workdir.write_table(run_folder, "systems.csv", systems)

        workdir.write_facts(
            run_folder,
            workdir.RunFacts(
                corpus=corpus.name,
                is_standin=corpus.is_standin,
                features=config.features.name,
                feature_count=len(feature_names),
                dimensions=corpus.dimensions,
                frame_rate=config.features.frame_rate,
                annotation_delay=delay,
                recordings={p: list(names) for p, names in dataset.names.items()},
                frames={p: int(e.frames_n.sum()) for p, e in dataset.examples.items()},
                labelled=sorted(dataset.labelled),
                predicting_lanes=predicting_lanes,
                seconds=seconds,
                hardware=hardware(),
                versions=versions(),
            ),
        )
        write_report(run_folder)
        log.info("the report is in %s", run_folder / "report.html")


def read_lanes(config: ConfigDict) -> dict[int, tuple[Lane, ...]]:
    """All lanes of the sweep that `config.sweep` describes, for each hidden size.

    Raises:
        ConfigError: A value makes no sense.
    """
    sweep = config.sweep
    return lanes_by_hidden_size(
        names("corpus.dimensions", config.corpus.dimensions),
        numbers("sweep.hidden_sizes.mono", sweep.hidden_sizes.mono, int),
        numbers("sweep.hidden_sizes.multi", sweep.hidden_sizes.multi, int),
        numbers("sweep.weights", sweep.weights, float),
        numbers("sweep.seeds", sweep.seeds, int),
    )


def read_training(config: ConfigDict) -> dict[str, Any]:
    """What `train_sweep` is to be given besides lanes and data, from `config.training`.

    Raises:
        ConfigError: A value makes no sense.
    """
    settings = config.training
    return {
        "optimiser": adam(
            within("training.learning_rate", settings.learning_rate, 1e-12, 1e38),
            within("training.beta1", settings.beta1, 0.0, 1 - 1e-6),
            within("training.beta2", settings.beta2, 0.0, 1 - 1e-6),
            within("training.epsilon", settings.epsilon, 1e-30, 1.0),
        ),
        "max_epochs": within("training.max_epochs", settings.max_epochs, 1, 10**6),
        "patience": within("training.patience", settings.patience, 1, 10**6),
        "monitor": choice("training.monitor", settings.monitor, MONITORS),
    }


def read_kind(config: ConfigDict) -> str:
    """The kind of features, once all of `config.features` is found to make sense.

    Raises:
        ConfigError: A value makes no sense.
    """
    settings = config.features
    kind = choice("features.name", settings.name, _KINDS)
    within("features.frame_rate", settings.frame_rate, 0.1, 100.0)
    within("features.workers", settings.workers, 0, 1024)
    if kind == _PRECOMPUTED and not settings.folders:
        raise ConfigError(
            f"features.name={_PRECOMPUTED} needs features.folders, folders of tables within the "
            "corpus's root; name one or more"
        )
    return kind


def read_corpus(config: ConfigDict) -> Corpus:
    """The corpus that `config.corpus` describes; a stand-in is generated first.

    Raises:
        CorpusError: It is not there, or not as its layout promises.
        ConfigError: An unknown layout.
    """
    settings = config.corpus
    layout = choice("corpus.layout", settings.layout, ("avec2019", "manifest", "standin"))
    dimensions = names("corpus.dimensions", settings.dimensions)
    partitions = {
        partition: names(f"corpus.partitions.{partition}", entries)
        for partition, entries in settings.partitions.items()
    }
    audio_folder, features_folder = settings.audio_folder, None
    if read_kind(config) == _PRECOMPUTED:
        audio_folder, features_folder = None, names("features.folders", config.features.folders)[0]

    if layout == "standin":
        standin = StandIn(**settings.standin)
        root = _generate(standin, settings.root)
        partitions = partitions if standin.test else partitions | {"test": ()}
    elif settings.root:
        root = Path(settings.root)
    elif layout == "manifest":
        raise ConfigError("corpus.root is not set; give --config.corpus.root=… the manifest")
    else:
        expected = expected_layout("ROOT", dimensions, audio_folder, settings.labels_folder)
        raise MissingCorpusError(
            f"corpus.root is not set; give --config.corpus.root=ROOT, which holds {expected}"
            f"{'. ' if settings.help else ''}{settings.help}"
        )

    if layout == "manifest":
        return read_manifest(root, settings.name, dimensions)
    try:
        return read_avec2019(
            root,
            settings.name,
            dimensions,
            partitions,
            audio_folder,
            settings.labels_folder,
            features_folder,
        )
    except MissingCorpusError as error:
        if settings.help:
            raise MissingCorpusError(f"{error}. {settings.help}") from error
        raise


def read_features(
    config: ConfigDict, corpus: Corpus
) -> tuple[dict[str, np.ndarray], Sequence[str]]:
    """Features of each recording on the grid, shape (T, F), and the names of the F features.

    Raises:
        FeatureError: They cannot be computed.
        AudioError: An audio file cannot be read.
        CorpusError: A recording has no audio, or its precomputed features are missing.
        ConfigError: A value makes no sense.
    """
    settings = config.features
    kind = read_kind(config)
    match kind:
        case "precomputed":
            recordings = [recording.name for recording in corpus.recordings]
            folders = names("features.folders", settings.folders)
            return read_precomputed(corpus.root, folders, recordings, settings.frame_rate)
        case "mfb":
            extractor = MelFilterBanks()
        case "mfcc":
            extractor = CepstralFunctionals()

    without_audio = [r.name for r in corpus.recordings if r.audio is None]
    if without_audio:
        raise CorpusError(
            f"{corpus.root}: recording '{without_audio[0]}' has no audio, which features.name="
            f"{kind} is made from; add it, or use features.name={_PRECOMPUTED}"
        )
    with progress.stage(f"features {kind}", len(corpus.recordings), "recordings") as advance:
        features = extract_features(
            {recording.name: recording.audio for recording in corpus.recordings},
            extractor,
            settings.frame_rate,
            Path(settings.cache or user_cache("features")),
            settings.workers or None,
            lambda name, seconds, from_cache: advance(name),
        )
    feature_count = next(iter(features.values())).shape[1]
    return features, [f"{kind}_{number}" for number in range(feature_count)]


def join(
    config: ConfigDict,
    corpus: Corpus,
    features: dict[str, np.ndarray],
    annotation_delay: float,
) -> Dataset:
    """The corpus and its features as arrays (see `dataset.build_dataset`)."""
    return build_dataset(
        corpus,
        features,
        config.features.frame_rate,
        annotation_delay,
        features_may_outlast=config.features.name == _PRECOMPUTED,
    )


def _generate(standin: StandIn, root: str) -> Path:
    """Write a stand-in corpus, in the user's cache unless a root is named."""
    folder = Path(root) if root else user_cache("standin") / standin.folder_name
    title = f"{STANDIN_WORDS} into {folder}"
    with progress.stage(title, len(standin.recordings), "recordings") as advance:
        write_standin(standin, folder, on_recording=advance)
    return folder


@contextmanager
def _timed(seconds: dict[str, float], stage: str) -> Iterator[None]:
    """Note down how long a stage took."""
    start = time.perf_counter()
    yield
    seconds[stage] = round(time.perf_counter() - start, 2)
