"""The layout of AVEC 2019's Cross-cultural Emotion Sub-challenge: SEWA, 10 Hz labels.

    <root>/audio/Train_DE_01.wav
    <root>/labels/Train_DE_01.csv      name;timestamp;arousal;valence;liking

A file's name is the recording's. The challenge withheld the labels of its test partition.
"""

import dataclasses
from pathlib import Path

from affdyn_jax.corpora.collected_faults import reported_together
from affdyn_jax.corpora.corpus import Corpus, GoldStandard, Recording
from affdyn_jax.corpora.folders import (
    NO_ROOT,
    audio_by_recording,
    audio_of,
    check_folders,
    features_by_recording,
    files_by_recording,
)
from affdyn_jax.corpora.gold_standards import read_gold_standard
from affdyn_jax.corpora.partitions import partition_of_each
from affdyn_jax.corpora.settings import CorpusSettings
from affdyn_jax.errors import CorpusError
from affdyn_jax.system.standin_mark import has_standin_mark


def read_avec2019(settings: CorpusSettings, features_folder: str | None = None) -> Corpus:
    """Read a corpus in the challenge's layout.

    Args:
        settings: The dimensions are columns of its label tables.
        features_folder: Below the root, where the corpus is used with precomputed features
            and without audio; its tables then tell which recordings there are, since those
            whose labels were withheld have no other file.

    Raises:
        MissingCorpusError: A folder is missing.
        CorpusError: A file is missing, an entry of a partition matches nothing, a
            recording is in two partitions or has two audio files, or `read_trace` or
            `Corpus` refuses them.
    """
    has_audio = features_folder is None
    other_folder = settings.audio_folder if has_audio else features_folder
    layout = _expected_layout(settings, has_audio)
    check_folders(settings.root, [settings.labels_folder, other_folder], layout)
    root = Path(settings.root)
    labels = files_by_recording(root / settings.labels_folder, ".csv")
    audio_folder = root / settings.audio_folder
    audio = audio_by_recording(audio_folder) if has_audio else {}
    names = labels.keys() | audio.keys()
    if not has_audio:
        names |= features_by_recording(root / features_folder).keys()

    def gold_standard_of(recording: str, partition: str) -> GoldStandard | None:
        if recording in labels:
            return read_gold_standard(
                *(labels[recording], recording, settings.dimensions, settings.masks_gaps)
            )
        if partition == "test":
            return None
        expected = root / settings.labels_folder / f"{recording}.csv"
        raise CorpusError(
            f"{expected}: no such file; recording '{recording}' of '{partition}' needs its "
            "labels, only those of the test partition may be absent"
        )

    recordings = []
    partitions = dataclasses.asdict(settings.partitions)
    with reported_together() as attempt:
        for recording, partition in partition_of_each(root, partitions, names).items():
            file = None
            if has_audio:
                file = attempt(audio_of, audio_folder, audio, recording, partition)
            gold_standard = attempt(gold_standard_of, recording, partition)
            recordings.append(Recording(recording, partition, file, gold_standard))
    is_standin = has_standin_mark(root)
    return Corpus(settings.name, root, settings.dimensions, tuple(recordings), is_standin)


def _expected_layout(settings: CorpusSettings, has_audio: bool) -> str:
    """The files of a corpus in this layout, in words."""
    root = settings.root or NO_ROOT
    columns = ";".join(["name", "timestamp", *settings.dimensions])
    layout = f"{root}/{settings.labels_folder}/<recording>.csv ({columns})"
    if has_audio:
        layout += f" and {root}/{settings.audio_folder}/<recording>.wav"
    return layout
