"""A run as a reader would tell it: one call for each stage.

corpora → features → dataset → training → evaluation → report
"""

import logging
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import jax
import numpy as np
from ml_collections import ConfigDict

from affdyn_jax import progress, workdir
from affdyn_jax.corpora.avec2019 import read_avec2019
from affdyn_jax.corpora.corpus import Corpus
from affdyn_jax.corpora.manifest import read_manifest
from affdyn_jax.corpora.standin import StandIn, write_standin
from affdyn_jax.dataset import Dataset, build_dataset
from affdyn_jax.errors import ConfigError, CorpusError
from affdyn_jax.evaluation import system_scores
from affdyn_jax.features.extraction import extract_features
from affdyn_jax.features.mfb import MelFilterBanks
from affdyn_jax.features.mfcc import CepstralFunctionals
from affdyn_jax.features.precomputed import read_precomputed
from affdyn_jax.lanes import Lane, lanes_by_hidden_size
from affdyn_jax.report import write_report
from affdyn_jax.results import hardware, versions, write_results
from affdyn_jax.settings import choice, numbers, positive
from affdyn_jax.sweep import MONITORS, TrainedLanes, train_sweep
from affdyn_jax.training import adam
from affdyn_jax.user_cache import user_cache

_EXTRACTORS = {"mfb": MelFilterBanks(), "mfcc": CepstralFunctionals()}
_PRECOMPUTED = "precomputed"

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
        if config.compilation_cache:
            jax.config.update("jax_compilation_cache_dir", str(user_cache("compiled")))
        workdir.write_config(run_folder, config.to_dict())

        with _timed(seconds, "corpus"):
            corpus = read_corpus(config)
            lanes = read_lanes(config, corpus.dimensions)
        with _timed(seconds, "features"):
            features, feature_names = read_features(config, corpus)
            dataset = build_dataset(
                corpus,
                features,
                config.features.frame_rate,
                config.corpus.annotation_delay,
                features_may_outlast=config.features.name == _PRECOMPUTED,
            )
        with _timed(seconds, "training"):
            sweep = train(config, lanes, dataset, corpus.dimensions)
        with _timed(seconds, "evaluation"):
            predicting_lanes = write_results(
                run_folder,
                sweep,
                dataset,
                feature_names,
                corpus.dimensions,
                config.features.frame_rate,
            )
            if config.features.are_predictions:
                systems = system_scores(
                    features,
                    feature_names,
                    dataset.names,
                    {p: dataset.examples[p] for p in dataset.labelled},
                    corpus.dimensions,
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


def read_corpus(config: ConfigDict) -> Corpus:
    """The corpus that `config.corpus` describes; a stand-in is generated first.

    Raises:
        CorpusError: It is not there, or not as its layout promises.
        ConfigError: An unknown layout, or no root.
    """
    settings = config.corpus
    layout = choice("corpus.layout", settings.layout, ("avec2019", "manifest", "standin"))
    if layout == "standin":
        root = _generate(StandIn(**settings.standin), settings.root)
    elif settings.root:
        root = Path(settings.root)
    else:
        raise ConfigError(f"corpus.root is not set; give --config.corpus.root=… {settings.help}")

    uses_audio = config.features.name != _PRECOMPUTED
    try:
        if layout == "manifest":
            return read_manifest(root, settings.name, settings.dimensions)
        return read_avec2019(
            root,
            settings.name,
            settings.dimensions,
            settings.partitions.to_dict(),
            settings.audio_folder if uses_audio else None,
            settings.labels_folder,
        )
    except CorpusError as error:
        if settings.help and not root.exists():
            raise CorpusError(f"{error}. {settings.help}") from error
        raise


def read_features(
    config: ConfigDict, corpus: Corpus
) -> tuple[dict[str, np.ndarray], Sequence[str]]:
    """Features of each recording on the grid, shape (T, F), and the names of the F features.

    Raises:
        FeatureError, AudioError, CorpusError: They cannot be had.
        ConfigError: An unknown kind of features.
    """
    settings = config.features
    kind = choice("features.name", settings.name, (*_EXTRACTORS, _PRECOMPUTED))
    positive("features.frame_rate", settings.frame_rate)
    if kind == _PRECOMPUTED:
        names = [recording.name for recording in corpus.recordings]
        return read_precomputed(corpus.root, settings.folders, names, settings.frame_rate)

    without_audio = [r.name for r in corpus.recordings if r.audio is None]
    if without_audio:
        raise CorpusError(
            f"{corpus.root}: recording '{without_audio[0]}' has no audio, which features.name="
            f"{kind} is made from; add it, or use features.name={_PRECOMPUTED}"
        )
    cache = Path(settings.cache or user_cache("features"))
    with progress.stage(f"features {kind}", len(corpus.recordings), "recordings") as advance:
        features = extract_features(
            {recording.name: recording.audio for recording in corpus.recordings},
            _EXTRACTORS[kind],
            settings.frame_rate,
            cache,
            settings.workers or None,
            lambda name, seconds, from_cache: advance(name),
        )
    feature_count = next(iter(features.values())).shape[1]
    return features, [f"{kind}_{number}" for number in range(feature_count)]


def read_lanes(config: ConfigDict, dimensions: Sequence[str]) -> dict[int, tuple[Lane, ...]]:
    """All lanes of the sweep that `config.sweep` describes, for each hidden size.

    Raises:
        ConfigError: A value makes no sense.
    """
    sweep = config.sweep
    return lanes_by_hidden_size(
        dimensions,
        numbers("sweep.hidden_sizes.mono", sweep.hidden_sizes.mono, int),
        numbers("sweep.hidden_sizes.multi", sweep.hidden_sizes.multi, int),
        numbers("sweep.weights", sweep.weights, float),
        numbers("sweep.seeds", sweep.seeds, int),
    )


def train(
    config: ConfigDict,
    lanes: dict[int, tuple[Lane, ...]],
    dataset: Dataset,
    dimensions: Sequence[str],
) -> list[TrainedLanes]:
    """Train all lanes as `config.training` says.

    Raises:
        ConfigError: An unknown monitor, or a number out of its range.
    """
    settings = config.training
    learning_rate = positive("training.learning_rate", settings.learning_rate)
    return train_sweep(
        lanes,
        dataset,
        dimensions,
        adam(learning_rate, settings.beta1, settings.beta2, settings.epsilon),
        positive("training.max_epochs", settings.max_epochs),
        positive("training.patience", settings.patience),
        choice("training.monitor", settings.monitor, MONITORS),
    )


def _generate(standin: StandIn, root: str) -> Path:
    """Write a stand-in corpus, in the user's cache unless a root is named."""
    folder = Path(root) if root else user_cache("standin") / standin.folder_name
    title = f"STAND-IN DATA into {folder}"
    with progress.stage(title, len(standin.recordings), "recordings") as advance:
        write_standin(standin, folder, on_recording=advance)
    return folder


@contextmanager
def _timed(seconds: dict[str, float], stage: str) -> Iterator[None]:
    """Note down how long a stage took."""
    start = time.perf_counter()
    yield
    seconds[stage] = round(time.perf_counter() - start, 2)
