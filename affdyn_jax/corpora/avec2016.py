"""The layout of AVEC 2016's affect sub-challenge: 27 recordings of RECOLA, gold standards at 25 Hz.

    <root>/recordings_audio/train_1.wav
    <root>/ratings_gold_standard/arousal/train_1.arff    Instance_name, frameTime, GoldStandard
    <root>/ratings_gold_standard/valence/train_1.arff

A file's name is the recording's, and says its partition. The challenge withheld the gold
standards of its test partition.
"""

import dataclasses
import math
import reprlib
from array import array
from contextlib import closing
from pathlib import Path

import numpy as np

from affdyn_jax.corpora.arff import read_arff
from affdyn_jax.corpora.avec_tables import check_times, number
from affdyn_jax.corpora.collected_faults import reported_together
from affdyn_jax.corpora.corpus import Corpus, Recording
from affdyn_jax.corpora.folders import (
    NO_ROOT,
    audio_by_recording,
    audio_of,
    check_folders,
    features_by_recording,
    files_by_recording,
)
from affdyn_jax.corpora.gold_standards import stack_dimensions
from affdyn_jax.corpora.partitions import partition_of_each
from affdyn_jax.corpora.settings import CorpusSettings
from affdyn_jax.errors import CorpusError
from affdyn_jax.system.standin_mark import has_standin_mark

AUDIO_FOLDER = "recordings_audio"
GOLD_STANDARD_FOLDER = "ratings_gold_standard"
ATTRIBUTES = ("Instance_name", "frameTime", "GoldStandard")


def read_avec2016(settings: CorpusSettings, features_folder: str | None = None) -> Corpus:
    """Read a corpus in the challenge's layout.

    Args:
        settings: The dimensions are folders of its gold standards, `arousal` and `valence`.
        features_folder: Below the root, where the corpus is used with precomputed features
            and without audio; its tables then name the recordings.

    Raises:
        MissingCorpusError: A folder is missing.
        CorpusError: A recording lacks its audio or its gold standard of a dimension, these are
            malformed or differ in their times, or `partition_of_each`, `read_arff` or `Corpus`
            refuses them.
    """
    gold_folders = [f"{GOLD_STANDARD_FOLDER}/{dimension}" for dimension in settings.dimensions]
    other_folder = AUDIO_FOLDER if features_folder is None else features_folder
    check_folders(settings.root, [*gold_folders, other_folder], _expected_layout(settings))
    root = Path(settings.root)
    rated = set().union(*(files_by_recording(root / folder, ".arff") for folder in gold_folders))
    audio = {}
    if features_folder is None:
        audio = audio_by_recording(root / AUDIO_FOLDER)
        names = audio.keys()
    else:
        names = features_by_recording(root / features_folder).keys()

    recordings = []
    partitions = dataclasses.asdict(settings.partitions)
    with reported_together() as attempt:
        for recording, partition in partition_of_each(root, partitions, names | rated).items():
            file = None
            if features_folder is None:
                file = attempt(audio_of, root / AUDIO_FOLDER, audio, recording, partition)
            gold_standard = None
            if recording in rated or partition != "test":
                paths = [root / folder / f"{recording}.arff" for folder in gold_folders]
                traces = {
                    path: attempt(_read_trace, path, recording, partition, settings.masks_gaps)
                    for path in paths
                }
                if None not in traces.values():
                    gold_standard = attempt(stack_dimensions, traces)
            recordings.append(Recording(recording, partition, file, gold_standard))
    is_standin = has_standin_mark(root)
    return Corpus(settings.name, root, settings.dimensions, tuple(recordings), is_standin)


def _expected_layout(settings: CorpusSettings) -> str:
    """The files of a corpus in this layout, in words."""
    root = settings.root or NO_ROOT
    gold_standards = [
        f"{root}/{GOLD_STANDARD_FOLDER}/{dimension}/<recording>.arff"
        for dimension in settings.dimensions
    ]
    return (
        f"{', '.join(gold_standards)} ({', '.join(ATTRIBUTES)}) and "
        f"{root}/{AUDIO_FOLDER}/<recording>.wav"
    )


def _read_trace(
    path: Path, recording: str, partition: str, missing_is_nan: bool
) -> tuple[np.ndarray, np.ndarray]:
    """Times and values of one dimension, shape (S,)."""
    if not path.exists():
        raise CorpusError(
            f"{path}: no such file; recording '{recording}' of '{partition}' needs its gold "
            "standard of each dimension, only those of the test partition may be absent"
        )
    lines, times_s, values_s = array("q"), array("d"), array("d")
    _, time_name, value_name = ATTRIBUTES
    with closing(read_arff(path, ATTRIBUTES)) as rows:
        for line, (instance, time, value) in rows:
            where = f"{path}:{line}"
            if instance != recording:
                raise CorpusError(
                    f"{where}: Instance_name is {reprlib.repr(instance)}, but the recording is "
                    f"'{recording}'"
                )
            lines.append(line)
            times_s.append(number(time, where, time_name))
            is_missing = missing_is_nan and value == "?"
            values_s.append(math.nan if is_missing else number(value, where, value_name))
    times_s = np.asarray(times_s)
    check_times(path, times_s, lines)
    return times_s, np.asarray(values_s)
