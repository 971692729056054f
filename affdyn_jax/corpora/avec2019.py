"""The layout of AVEC 2019's Cross-cultural Emotion Sub-challenge: SEWA, 10 Hz labels.

    <root>/audio/Train_DE_01.wav
    <root>/labels/Train_DE_01.csv      name;timestamp;arousal;valence;liking

A file's name is the recording's. The challenge withheld the labels of its test partition.
"""

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from affdyn_jax.corpora.corpus import STANDIN_MARK, Corpus, Recording
from affdyn_jax.corpora.ratings import read_gold_standard
from affdyn_jax.errors import ConfigError, CorpusError, MissingCorpusError

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
    features_folder: str | None = None,
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
        features_folder: Below the root; where there is no audio, its tables tell which
            recordings there are, since those whose labels were withheld have no other file.

    Raises:
        MissingCorpusError: A folder is missing.
        ConfigError: A partition is one string instead of several.
        CorpusError: A file is missing, an entry of a partition matches nothing, a
            recording is in two partitions or has two audio files, or what `read_trace` and
            `Corpus` refuse.
    """
    for folder in (labels_folder, audio_folder, features_folder):
        if folder is not None and not (root / folder).is_dir():
            missing = root / folder if root.is_dir() else root
            layout = expected_layout(root, dimensions, audio_folder, labels_folder)
            raise MissingCorpusError(
                f"{missing}: no such folder; the corpus is expected as {layout}"
            )
    labels = {path.stem: path for path in _files(root / labels_folder, (".csv",))}
    audio = {} if audio_folder is None else _audio_files(root / audio_folder)

    names = labels.keys() | audio.keys()
    if features_folder is not None:
        names |= {path.stem for path in _files(root / features_folder, (".csv",))}

    recordings = []
    for recording, partition in _partition(root, partitions, names).items():
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


def expected_layout(
    root: Path | str, dimensions: Sequence[str], audio_folder: str | None, labels_folder: str
) -> str:
    """The files that a corpus in this layout has, in words."""
    layout = f"{root}/{labels_folder}/<recording>.csv (name;timestamp;{';'.join(dimensions)})"
    if audio_folder is not None:
        layout += f" and {root}/{audio_folder}/<recording>.wav"
    return layout


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
                    f"'{partition}' has it; there are {there_are}; "
                    f"corpus.partitions.{partition}=() leaves it empty"
                )
            for recording in matches:
                other = partition_of.setdefault(recording, partition)
                if other != partition:
                    raise CorpusError(
                        f"{root}: recording '{recording}' is in partitions '{other}' and "
                        f"'{partition}' ('{entry}'); keep it in one"
                    )
    return partition_of
