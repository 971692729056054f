"""The layout of AVEC 2019's Cross-cultural Emotion Sub-challenge: SEWA, 10 Hz labels.

    <root>/audio/Train_DE_01.wav
    <root>/labels/Train_DE_01.csv      name;timestamp;arousal;valence;liking

A file's name is the recording's. The challenge withheld the labels of its test partition.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path

from affdyn_jax.corpora.corpus import Corpus, GoldStandard, Recording
from affdyn_jax.corpora.faults import told_together
from affdyn_jax.corpora.folders import (
    audio_by_recording,
    audio_of,
    check_folders,
    files_by_recording,
)
from affdyn_jax.corpora.gold_standards import read_gold_standard
from affdyn_jax.corpora.partitions import partition_of_each
from affdyn_jax.errors import CorpusError
from affdyn_jax.system.standin_mark import has_standin_mark


def read_avec2019(
    root: Path,
    name: str,
    dimensions: Sequence[str],
    partitions: Mapping[str, Sequence[str]],
    audio_folder: str | None,
    labels_folder: str,
    features_folder: str | None = None,
) -> Corpus:
    """Read a corpus in the challenge's layout.

    Args:
        root: The corpus's folder.
        name: Of the corpus, as in tables and figures.
        dimensions: Columns of the label tables that make the gold standard.
        partitions: For each partition, recordings by their names and by how their names
            begin (see `partition_of_each`). Recordings in no partition are left out.
        audio_folder: Below the root; None where the corpus is used with precomputed
            features only.
        labels_folder: Below the root.
        features_folder: Below the root; where there is no audio, its tables name the
            recordings, since those whose labels were withheld have no other file.

    Raises:
        MissingCorpusError: A folder is missing.
        ConfigError: A partition is one string instead of several.
        CorpusError: A file is missing, an entry of a partition matches nothing, a
            recording is in two partitions or has two audio files, or `read_trace` or
            `Corpus` refuses them.
    """
    folders = [f for f in (labels_folder, audio_folder, features_folder) if f is not None]
    check_folders(root, folders, expected_layout(root, dimensions, audio_folder, labels_folder))
    labels = files_by_recording(root / labels_folder, ".csv")
    audio = {} if audio_folder is None else audio_by_recording(root / audio_folder)
    names = labels.keys() | audio.keys()
    if features_folder is not None:
        names |= files_by_recording(root / features_folder, ".csv").keys()

    def gold_standard_of(recording: str, partition: str) -> GoldStandard | None:
        if recording in labels:
            return read_gold_standard(labels[recording], recording, dimensions)
        if partition == "test":
            return None
        expected = root / labels_folder / f"{recording}.csv"
        raise CorpusError(
            f"{expected}: no such file; recording '{recording}' of '{partition}' needs its "
            "labels, only those of the test partition may be absent"
        )

    recordings = []
    with told_together() as attempt:
        for recording, partition in partition_of_each(root, partitions, names).items():
            file = None
            if audio_folder is not None:
                file = attempt(audio_of, root / audio_folder, audio, recording, partition)
            gold_standard = attempt(gold_standard_of, recording, partition)
            recordings.append(Recording(recording, partition, file, gold_standard))
    is_standin = has_standin_mark(root)
    return Corpus(name, root, tuple(dimensions), tuple(recordings), is_standin)


def expected_layout(
    root: Path | str, dimensions: Sequence[str], audio_folder: str | None, labels_folder: str
) -> str:
    """The files of a corpus in this layout, in words."""
    layout = f"{root}/{labels_folder}/<recording>.csv (name;timestamp;{';'.join(dimensions)})"
    if audio_folder is not None:
        layout += f" and {root}/{audio_folder}/<recording>.wav"
    return layout
