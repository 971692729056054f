"""The layout of the full RECOLA release: the traces of several raters at 25 Hz, no partitions.

    <root>/RECOLA-Audio-recordings/P16.wav
    <root>/RECOLA-Annotation/emotional_behaviour/arousal/P16.csv    time;FM1 ;FM2 ;FM3 ;FF1 ;…
    <root>/RECOLA-Annotation/emotional_behaviour/valence/P16.csv

A file's name is the recording's. Each column but the first is a rater; their names carry blanks.
"""

import dataclasses
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from affdyn_jax.corpora.avec_tables import listed, read_trace
from affdyn_jax.corpora.collected_faults import reported_together
from affdyn_jax.corpora.corpus import Corpus, GoldStandard, Recording
from affdyn_jax.corpora.folders import (
    NO_ROOT,
    audio_by_recording,
    audio_of,
    check_folders,
    files_by_recording,
)
from affdyn_jax.corpora.fused_ratings import Ratings, join
from affdyn_jax.corpora.gold_standards import stack_dimensions
from affdyn_jax.corpora.partitions import partition_of_each
from affdyn_jax.corpora.rater_fusion import JoinedRatings
from affdyn_jax.corpora.settings import CorpusSettings
from affdyn_jax.errors import ConfigError, CorpusError
from affdyn_jax.system.standin_mark import has_standin_mark

AUDIO_FOLDER = "RECOLA-Audio-recordings"
RATINGS_FOLDER = "RECOLA-Annotation/emotional_behaviour"

_Joined = tuple[Ratings, JoinedRatings]  # of one recording and dimension


def read_recola(settings: CorpusSettings, features_folder: str | None = None) -> Corpus:
    """Read a corpus in the release's layout.

    Reasons not to trust a gold standard (see `join_ratings`) are logged as warnings.

    Args:
        settings: The dimensions are folders of its ratings: `arousal`, `valence`, or another
            that all recordings have. `gold_standard` says how the ratings are joined.
        features_folder: Below the root, where the corpus is used with precomputed features
            and without audio.

    Raises:
        MissingCorpusError: A folder is missing.
        ConfigError: No recording is named for training or dev.
        CorpusError: A recording lacks its audio or its ratings of a dimension, these are
            malformed, come from other raters or differ in their times, or
            `partition_of_each`, `join_ratings` or `Corpus` refuses them.
    """
    has_audio = features_folder is None
    ratings_folders = [f"{RATINGS_FOLDER}/{dimension}" for dimension in settings.dimensions]
    audio_folders = [AUDIO_FOLDER] if has_audio else []
    check_folders(settings.root, ratings_folders + audio_folders, _expected_layout(settings))
    root, partitions = Path(settings.root), dataclasses.asdict(settings.partitions)
    for partition in ("train", "dev"):
        if not partitions[partition]:
            raise ConfigError(
                f"corpus.partitions.{partition} is empty, but RECOLA comes without partitions; "
                f"name recordings: --config.corpus.partitions.{partition}=P16,P17,…"
            )
    audio = audio_by_recording(root / AUDIO_FOLDER) if has_audio else {}
    rated = (files_by_recording(root / folder, ".csv") for folder in ratings_folders)
    names = audio.keys() | set().union(*rated)

    first = None

    def joined_ratings(path: Path, recording: str, partition: str) -> _Joined:
        nonlocal first
        ratings = _read_ratings(path, recording, partition, settings.masks_gaps)
        first = first or ratings
        _check_raters(ratings, first)
        return ratings, join(ratings, settings.gold_standard)

    recordings = []
    with reported_together() as attempt:
        for recording, partition in partition_of_each(root, partitions, names).items():
            file = None
            if has_audio:
                file = attempt(audio_of, root / AUDIO_FOLDER, audio, recording, partition)
            paths = [root / folder / f"{recording}.csv" for folder in ratings_folders]
            joined = [attempt(joined_ratings, path, recording, partition) for path in paths]
            gold = None if None in joined else attempt(_stack, joined)
            recordings.append(Recording(recording, partition, file, gold))
    is_standin = has_standin_mark(root)
    return Corpus(settings.name, root, settings.dimensions, tuple(recordings), is_standin)


def _expected_layout(settings: CorpusSettings) -> str:
    """The files of a corpus in this layout, in words."""
    root = settings.root or NO_ROOT
    ratings = [
        f"{root}/{RATINGS_FOLDER}/{dimension}/<recording>.csv" for dimension in settings.dimensions
    ]
    return (
        f"{', '.join(ratings)} (time;<rater>;<rater>;…) and {root}/{AUDIO_FOLDER}/<recording>.wav"
    )


def _read_ratings(path: Path, recording: str, partition: str, blank_is_nan: bool) -> Ratings:
    if not path.exists():
        raise CorpusError(
            f"{path}: no such file; recording '{recording}' of '{partition}' needs its ratings of "
            "each dimension"
        )
    return Ratings(path, *read_trace(path, blank_is_nan=blank_is_nan))


def _check_raters(ratings: Ratings, first: Ratings) -> None:
    """Refuse a file whose raters are not those of the corpus's first one, in the same order."""
    if ratings.raters != first.raters:
        raise CorpusError(
            f"{ratings.path}:1: the raters are {listed(ratings.raters)}, in {first.path} "
            f"{listed(first.raters)}; all recordings and dimensions need the same, in one order"
        )


def _stack(of_recording: Sequence[_Joined]) -> GoldStandard:
    """The gold standard of one recording, from those of its dimensions."""
    return dataclasses.replace(
        stack_dimensions({r.path: (r.times_s, joined.values_s) for r, joined in of_recording}),
        agreement_d=np.array([joined.agreement for _, joined in of_recording]),
        rated_d2=np.array([ratings.extremes for ratings, _ in of_recording]),
    )
