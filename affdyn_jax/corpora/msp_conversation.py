"""The layout of MSP-Conversation: podcasts in parts, each rated by raters of its own.

    <root>/Audio/MSP-Conversation_0002.wav
    <root>/Annotations/Arousal/MSP-Conversation_0002_1_001.csv      a part, and who rated it
    <root>/Time_Labels/conversations.txt                            MSP-Conversation_0002;12.3;980.1
    <root>/Time_Labels/conversation_parts.txt                       MSP-Conversation_0002_1;12.3;…
    <root>/Time_Labels/test2_conversation_parts.txt                 the same, where it is there
    <root>/partitions.txt                                           MSP-Conversation_0002;Train

A recording is a conversation. Its audio begins where `conversations.txt` has its start; times of
ratings, in files as CARMA saves them, count from the start of their part. The layout is read as
public loaders of the corpus do, e.g. https://github.com/chinjouli/harp (dataprep/emotion);
the corpus itself, described by Martinez-Lucas et al. (Interspeech 2020), is licensed.

Each part has a gold standard of its own, since raters differ from part to part. The first second
of each part but the first has none: level and raters change there, and so would the dynamics.
"""

import dataclasses
import logging
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np

from affdyn_jax.corpora.carma import read_carma
from affdyn_jax.corpora.collected_faults import reported_together
from affdyn_jax.corpora.corpus import Corpus, GoldStandard, Recording
from affdyn_jax.corpora.folders import (
    NO_ROOT,
    audio_by_recording,
    audio_of,
    check_folders,
    files_by_recording,
)
from affdyn_jax.corpora.fused_ratings import Ratings, join, side_by_side
from affdyn_jax.corpora.gold_standards import at_all_times
from affdyn_jax.corpora.msp_times import (
    PARTITIONS_FILE,
    TIMES_FOLDER,
    Part,
    read_partitions,
    read_parts,
)
from affdyn_jax.corpora.partitions import partition_of_each
from affdyn_jax.corpora.settings import CorpusSettings
from affdyn_jax.errors import CorpusError
from affdyn_jax.system.standin_mark import has_standin_mark

AUDIO_FOLDER = "Audio"
RATINGS_FOLDER = "Annotations"

# Its columns are shifted in the release.
_BROKEN = "Dominance/MSP-Conversation_0047_2_001.csv"

# By how much ratings of a later part are left out where they begin.
_SEAM_S = 1.0

log = logging.getLogger(__name__)


class _Rated(NamedTuple):
    """A dimension of a part: times in the conversation and values (S,), agreement, extremes."""

    times_s: np.ndarray
    values_s: np.ndarray
    agreement: float
    extremes: tuple[float, float]


def read_msp_conversation(settings: CorpusSettings, features_folder: str | None = None) -> Corpus:
    """Read a corpus in the release's layout.

    Args:
        settings: The dimensions are folders of its ratings, `Arousal`, `Valence` and `Dominance`,
            in any case. `gold_standard` says how the ratings are joined. Where no partition lists
            recordings, `partitions.txt` does.
        features_folder: Below the root, where the corpus is used with precomputed features
            and without audio.

    Raises:
        MissingCorpusError: A folder is missing.
        CorpusError: A conversation lacks its audio or its ratings, these are malformed, or
            `partition_of_each`, `join_ratings` or `Corpus` refuses them.
    """
    folder_of = {
        dimension: f"{RATINGS_FOLDER}/{dimension.capitalize()}" for dimension in settings.dimensions
    }
    audio_folders = [AUDIO_FOLDER] if features_folder is None else []
    check_folders(
        settings.root, [*folder_of.values(), TIMES_FOLDER, *audio_folders], _expected(settings)
    )
    root = Path(settings.root)
    parts = read_parts(root)
    files = {dimension: _files_by_part(root / folder) for dimension, folder in folder_of.items()}
    partitions = dataclasses.asdict(settings.partitions)
    if not any(partitions.values()):
        partitions = read_partitions(root)
    audio = audio_by_recording(root / AUDIO_FOLDER) if audio_folders else {}

    recordings = []
    with reported_together() as attempt:
        for name, partition in partition_of_each(root, partitions, parts).items():
            file = None
            if audio_folders:
                file = attempt(audio_of, root / AUDIO_FOLDER, audio, name, partition)
            gold_standard = attempt(_gold_standard, parts[name], files, settings.gold_standard)
            recordings.append(Recording(name, partition, file, gold_standard))
    recordings = _without_unrated_tests(recordings)
    is_standin = has_standin_mark(root)
    return Corpus(settings.name, root, settings.dimensions, recordings, is_standin)


def _expected(settings: CorpusSettings) -> str:
    """The files of a corpus in this layout, in words."""
    root = settings.root or NO_ROOT
    return (
        f"{root}/{RATINGS_FOLDER}/{settings.dimensions[0].capitalize()}/<part>_<rater>.csv, "
        f"{root}/{TIMES_FOLDER}/conversation_parts.txt, {root}/{AUDIO_FOLDER}/<recording>.wav and "
        f"{root}/{PARTITIONS_FILE}"
    )


def _files_by_part(folder: Path) -> dict[str, list[Path]]:
    """The files of all raters of each part, without the one that the release has broken."""
    files: dict[str, list[Path]] = {}
    for stem, path in files_by_recording(folder, ".csv").items():
        if f"{folder.name}/{path.name}" == _BROKEN:
            log.warning("%s: left out, since its columns are shifted in the release", path)
            continue
        files.setdefault(stem.rpartition("_")[0], []).append(path)
    return files


def _gold_standard(
    parts: Sequence[Part], files: Mapping[str, Mapping[str, Sequence[Path]]], method: str
) -> GoldStandard | None:
    """Of one conversation, from the ratings of all of its parts; None where there are none."""
    paths = [
        p for of_parts in files.values() for part in parts for p in of_parts.get(part.name, ())
    ]
    if not paths:
        return None
    rated = {
        dimension: [
            _rated(part, of_parts[part.name], method) for part in parts if part.name in of_parts
        ]
        for dimension, of_parts in files.items()
    }
    if unrated := [dimension for dimension, of_parts in rated.items() if not of_parts]:
        raise CorpusError(
            f"{paths[0]}: is rated, but nobody rated '{unrated[0]}' in any part of that "
            "conversation; leave it out of the partitions"
        )
    times_s, values_sd = at_all_times(
        [
            (np.concatenate([r.times_s for r in ps]), np.concatenate([r.values_s for r in ps]))
            for ps in rated.values()
        ]
    )
    return GoldStandard(
        times_s,
        values_sd,
        paths[0],
        agreement_d=np.array([np.mean([r.agreement for r in ps]) for ps in rated.values()]),
        rated_d2=np.array(
            [
                (min(r.extremes[0] for r in ps), max(r.extremes[1] for r in ps))
                for ps in rated.values()
            ]
        ),
    )


def _rated(part: Part, paths: Sequence[Path], method: str) -> _Rated:
    """The gold standard of one dimension of a part, at the times of the conversation."""
    of_raters = []
    for path in paths:
        trace = read_carma(path)
        rater = path.stem.rpartition("_")[2]
        of_raters.append(Ratings(path, trace.times_s, trace.values_sc, (rater,)))
    ratings = side_by_side(of_raters)
    joined = join(ratings, method)
    first_s = 0.0 if part.is_first else _SEAM_S
    is_within_s = (ratings.times_s >= first_s) & (ratings.times_s < part.stop - part.start)
    return _Rated(
        part.start + ratings.times_s[is_within_s],
        joined.values_s[is_within_s],
        joined.agreement,
        ratings.extremes,
    )


def _without_unrated_tests(recordings: Sequence[Recording]) -> tuple[Recording, ...]:
    """All recordings, but for those of test without ratings where others of test have some."""
    of_test = [r for r in recordings if r.partition == "test"]
    unrated = {r.name for r in of_test if r.gold_standard is None}
    if not 0 < len(unrated) < len(of_test):
        return tuple(recordings)
    log.info(
        "%d of %d conversations of test have no ratings and are left out, first '%s'",
        *(len(unrated), len(of_test), min(unrated)),
    )
    return tuple(r for r in recordings if r.name not in unrated)
