"""The layout of the full RECOLA release: the traces of several raters at 25 Hz, no partitions.

    <root>/RECOLA-Audio-recordings/P16.wav
    <root>/RECOLA-Annotation/emotional_behaviour/arousal/P16.csv    time;FM1 ;FM2 ;FM3 ;FF1 ;…
    <root>/RECOLA-Annotation/emotional_behaviour/valence/P16.csv

A file's name is the recording's. Each column but the first is a rater; their names carry blanks.
"""

import dataclasses
import logging
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

from affdyn_jax.corpora.corpus import STANDIN_MARK, Corpus, GoldStandard, Recording
from affdyn_jax.corpora.folders import (
    audio_by_recording,
    audio_of,
    check_folders,
    files_by_recording,
)
from affdyn_jax.corpora.partitions import partition_of_each
from affdyn_jax.corpora.raters import join_ratings
from affdyn_jax.corpora.ratings import stack_dimensions
from affdyn_jax.corpora.tables import listed, read_trace
from affdyn_jax.errors import ConfigError, CorpusError

AUDIO_FOLDER = "RECOLA-Audio-recordings"
RATINGS_FOLDER = "RECOLA-Annotation/emotional_behaviour"

log = logging.getLogger(__name__)


@dataclasses.dataclass(frozen=True, eq=False)
class _Ratings:
    """Times (S,), ratings (S, R) and the names of the R raters, of one recording and dimension."""

    path: Path
    times_s: np.ndarray
    values_sr: np.ndarray
    raters: tuple[str, ...]


def read_recola(
    root: Path,
    name: str,
    dimensions: Sequence[str],
    partitions: Mapping[str, Sequence[str]],
    gold_standard: str,
    has_audio: bool = True,
) -> Corpus:
    """Read a corpus in the release's layout.

    What makes a gold standard doubtful (see `join_ratings`) is logged as a warning.

    Args:
        root: The corpus's folder.
        name: Of the corpus, as tables and figures are to show it.
        dimensions: Folders of ratings: `arousal`, `valence`, or another that all have.
        partitions: For each partition, recordings by their names and by how their names
            begin (see `partition_of_each`). Recordings in no partition are left out.
        gold_standard: How the ratings are joined, one of `raters.GOLD_STANDARDS`.
        has_audio: False where the corpus is used with precomputed features only.

    Raises:
        MissingCorpusError: A folder is missing.
        ConfigError: No recording is named for training or dev.
        CorpusError: A recording lacks its audio or its ratings of a dimension, these are not
            as promised, come from other raters or differ in their times, or what
            `partition_of_each`, `join_ratings` and `Corpus` refuse.
    """
    ratings_folders = [f"{RATINGS_FOLDER}/{dimension}" for dimension in dimensions]
    audio_folders = [AUDIO_FOLDER] if has_audio else []
    check_folders(root, ratings_folders + audio_folders, expected_layout(root, dimensions))
    for partition in ("train", "dev"):
        if not partitions.get(partition):
            raise ConfigError(
                f"corpus.partitions.{partition} is empty, but RECOLA comes without partitions; "
                f"name recordings: --config.corpus.partitions.{partition}=P16,P17,…"
            )
    audio = audio_by_recording(root / AUDIO_FOLDER) if has_audio else {}
    rated = (files_by_recording(root / folder, ".csv") for folder in ratings_folders)
    names = audio.keys() | set().union(*rated)

    first = None
    recordings = []
    for recording, partition in partition_of_each(root, partitions, names).items():
        file = audio_of(root / AUDIO_FOLDER, audio, recording, partition) if has_audio else None
        of_recording = [
            _read_ratings(root / folder / f"{recording}.csv", recording, partition)
            for folder in ratings_folders
        ]
        for of_dimension in of_recording:
            first = first or of_dimension
            _check_raters(of_dimension, first)
        gold = _gold_standard(of_recording, gold_standard)
        recordings.append(Recording(recording, partition, file, gold))
    is_standin = (root / STANDIN_MARK).is_file()
    return Corpus(name, root, tuple(dimensions), tuple(recordings), is_standin)


def expected_layout(root: Path | str, dimensions: Sequence[str]) -> str:
    """The files that a corpus in this layout has, in words."""
    ratings = [f"{root}/{RATINGS_FOLDER}/{dimension}/<recording>.csv" for dimension in dimensions]
    return (
        f"{', '.join(ratings)} (time;<rater>;<rater>;…) and {root}/{AUDIO_FOLDER}/<recording>.wav"
    )


def _read_ratings(path: Path, recording: str, partition: str) -> _Ratings:
    if not path.exists():
        raise CorpusError(
            f"{path}: no such file; recording '{recording}' of '{partition}' needs its ratings of "
            "each dimension"
        )
    return _Ratings(path, *read_trace(path))


def _check_raters(ratings: _Ratings, first: _Ratings) -> None:
    """Refuse a file whose raters are not those of the corpus's first one, in the same order."""
    if ratings.raters != first.raters:
        raise CorpusError(
            f"{ratings.path}:1: the raters are {listed(ratings.raters)}, in {first.path} "
            f"{listed(first.raters)}; all recordings and dimensions need the same, in one order"
        )


def _gold_standard(ratings: Sequence[_Ratings], method: str) -> GoldStandard:
    """The gold standard of one recording from the ratings of each dimension."""
    traces, agreements, rated = {}, [], []
    for of_dimension in ratings:
        try:
            joined = join_ratings(of_dimension.values_sr, of_dimension.raters, method)
        except CorpusError as error:
            raise CorpusError(f"{of_dimension.path}: {error}") from error
        if joined.doubts:
            log.warning("%s: %s", of_dimension.path, "; ".join(joined.doubts))
        traces[of_dimension.path] = of_dimension.times_s, joined.values_s
        agreements.append(joined.agreement)
        rated.append((of_dimension.values_sr.min(), of_dimension.values_sr.max()))
    return dataclasses.replace(
        stack_dimensions(traces), agreement_d=np.array(agreements), rated_d2=np.array(rated)
    )
