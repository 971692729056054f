"""The layout of AVEC 2019's Cross-cultural Emotion Sub-challenge: SEWA, 10 Hz labels.

    <root>/audio/Train_DE_01.wav
    <root>/labels/Train_DE_01.csv      name;timestamp;arousal;valence;liking

A file's name is the recording's. The challenge withheld the labels of its test partition.
"""

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from affdyn_jax.corpora.corpus import STANDIN_MARK, Corpus, Recording
from affdyn_jax.corpora.ratings import read_gold_standard
from affdyn_jax.errors import ConfigError, CorpusError

# The usual names of what libsndfile reads; other files in an audio folder are no audio.
_COMPRESSED = (".flac", ".ogg", ".oga", ".opus", ".mp3")
_UNCOMPRESSED = (".wav", ".aif", ".aiff", ".au", ".caf", ".rf64", ".w64")


def read_avec2019(
    root: Path,
    name: str,
    dimensions: Sequence[str],
    partitions: Mapping[str, Sequence[str]],
    audio_folder: str | None,
    labels_folder: str,
) -> Corpus:
    """Read a corpus in the challenge's layout.

    Args:
        root: The corpus's folder.
        name: Of the corpus, as tables and figures are to show it.
        dimensions: Columns of the label tables that make the gold standard.
        partitions: For each partition, recordings by their names and by how their names
            begin. `Devel_DE_1` stands for that recording alone where there is one of this
            name, else for all that begin so. Recordings in no partition are left out.
        audio_folder: Below the root; None where the corpus is used with precomputed
            features only.
        labels_folder: Below the root.

    Raises:
        ConfigError: A partition is one string instead of several.
        CorpusError: A folder or file is missing, an entry of a partition matches nothing, a
            recording is in two partitions or has two audio files, or what `read_trace` and
            `Corpus` refuse.
    """
    _check_folders(root, dimensions, audio_folder, labels_folder)
    labels = {path.stem: path for path in _files(root / labels_folder, (".csv",))}
    audio = {} if audio_folder is None else _audio_files(root / audio_folder)

    recordings = []
    for recording, partition in _partition(root, partitions, labels.keys() | audio.keys()).items():
        if audio_folder is not None and recording not in audio:
            expected = root / audio_folder / f"{recording}.wav"
            raise CorpusError(
                f"{expected}: no such file, nor one in {', '.join(_COMPRESSED)}; recording "
                f"'{recording}' of '{partition}' needs its audio"
            )
        gold_standard = None
        if recording in labels:
            gold_standard = read_gold_standard(labels[recording], recording, dimensions)
        elif partition != "test":
            expected = root / labels_folder / f"{recording}.csv"
            raise CorpusError(
                f"{expected}: no such file; recording '{recording}' of '{partition}' needs its "
                "labels, only those of the test partition may be absent"
            )
        recordings.append(Recording(recording, partition, audio.get(recording), gold_standard))
    is_standin = (root / STANDIN_MARK).is_file()
    return Corpus(name, root, tuple(dimensions), tuple(recordings), is_standin)


def _check_folders(
    root: Path, dimensions: Sequence[str], audio_folder: str | None, labels_folder: str
) -> None:
    layout = f"{root / labels_folder}/<recording>.csv (name;timestamp;{';'.join(dimensions)})"
    folders = [root, root / labels_folder]
    if audio_folder is not None:
        layout += f" and {root / audio_folder}/<recording>.wav"
        folders.append(root / audio_folder)
    for folder in folders:
        if not folder.is_dir():
            raise CorpusError(f"{folder}: no such folder; the corpus is expected as {layout}")


def _files(folder: Path, suffixes: Sequence[str]) -> list[Path]:
    """The folder's files of these kinds by name, without hidden ones."""
    try:
        files = sorted(folder.iterdir())
    except OSError as error:
        raise CorpusError(f"{folder}: cannot be listed: {error.strerror}") from error
    return [f for f in files if f.suffix.lower() in suffixes and not f.name.startswith(".")]


def _audio_files(folder: Path) -> dict[str, Path]:
    """The audio file of each recording."""
    audio = {}
    for path in _files(folder, _UNCOMPRESSED + _COMPRESSED):
        other = audio.setdefault(path.stem, path)
        if other != path:
            raise CorpusError(f"{path}: recording '{path.stem}' has another audio file, {other}")
    return audio


def _partition(
    root: Path, partitions: Mapping[str, Sequence[str]], names: Iterable[str]
) -> dict[str, str]:
    """The partition of each recording that is in one."""
    names = sorted(names)
    partition_of = {}
    for partition, entries in partitions.items():
        if isinstance(entries, str):
            raise ConfigError(f"partition '{partition}' is '{entries}'; give a list of names")
        for entry in entries:
            matches = [entry] if entry in names else [n for n in names if n.startswith(entry)]
            if not matches:
                there_are = f"from '{names[0]}' to '{names[-1]}'" if names else "none"
                raise CorpusError(
                    f"{root}: no recording is called '{entry}' or begins so, as partition "
                    f"'{partition}' has it; there are {there_are}"
                )
            for recording in matches:
                other = partition_of.setdefault(recording, partition)
                if other != partition:
                    raise CorpusError(
                        f"{root}: recording '{recording}' is in partitions '{other}' and "
                        f"'{partition}' ('{entry}'); keep it in one"
                    )
    return partition_of
