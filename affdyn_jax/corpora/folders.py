"""The folders of a corpus: which files they hold for each recording, and what is missing."""

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from affdyn_jax.errors import CorpusError, MissingCorpusError

NO_ROOT = "ROOT"  # stands in messages for a root that is not set

# The usual suffixes of formats that libsndfile reads; other files in an audio folder are ignored.
_COMPRESSED = (".flac", ".ogg", ".oga", ".opus", ".mp3")
_UNCOMPRESSED = (".wav", ".aif", ".aiff", ".au", ".caf", ".rf64", ".w64")

# Of files of precomputed features.
FEATURE_SUFFIXES = (".csv", ".arff", ".npy", ".parquet", ".h5", ".hdf5")


def check_folders(root: str, folders: Iterable[str], layout: str) -> None:
    """Refuse a corpus of which a folder is missing.

    Args:
        root: The corpus's folder; empty where none is set.
        folders: The folders that it needs, below the root.
        layout: The files that the corpus is expected to have, in words.

    Raises:
        MissingCorpusError: One is missing, or the root itself.
    """
    if not root:
        raise MissingCorpusError(
            f"corpus.root is not set; give --config.corpus.root={NO_ROOT}, which holds {layout}"
        )
    for folder in map(Path(root).joinpath, folders):
        if not folder.is_dir():
            missing = folder if Path(root).is_dir() else root
            raise MissingCorpusError(
                f"{missing}: no such folder; the corpus is expected as {layout}"
            )


def files_by_recording(folder: Path, suffix: str) -> dict[str, Path]:
    """The folder's files of one kind, by the recordings that they are named after.

    Raises:
        CorpusError: The folder cannot be listed.
    """
    return {path.stem: path for path in _files(folder, (suffix,))}


def audio_by_recording(folder: Path) -> dict[str, Path]:
    """The audio file of each recording, in any format that can be read.

    Raises:
        CorpusError: A recording has two, or the folder cannot be listed.
    """
    return _one_of_each(folder, _UNCOMPRESSED + _COMPRESSED, "audio file")


def features_by_recording(folder: Path) -> dict[str, Path]:
    """The file of precomputed features of each recording, in any format that can be read.

    Raises:
        CorpusError: A recording has two, or the folder cannot be listed.
    """
    return _one_of_each(folder, FEATURE_SUFFIXES, "file of features")


def audio_of(folder: Path, audio: Mapping[str, Path], recording: str, partition: str) -> Path:
    """A recording's file among those of the folder.

    Raises:
        CorpusError: It has none.
    """
    if recording not in audio:
        raise CorpusError(
            f"{folder / recording}.wav: no such file, nor one in {', '.join(_COMPRESSED)}; "
            f"recording '{recording}' of '{partition}' needs its audio"
        )
    return audio[recording]


def _one_of_each(folder: Path, suffixes: Sequence[str], what: str) -> dict[str, Path]:
    """The file of each recording, which may have one only."""
    file_of = {}
    for path in _files(folder, suffixes):
        other = file_of.setdefault(path.stem, path)
        if other != path:
            raise CorpusError(f"{path}: recording '{path.stem}' has another {what}, {other}")
    return file_of


def _files(folder: Path, suffixes: Sequence[str]) -> list[Path]:
    """The folder's files of these kinds in the order of their names, without hidden ones."""
    try:
        files = sorted(folder.iterdir())
    except OSError as error:
        raise CorpusError(f"{folder}: cannot be listed: {error.strerror}") from error
    return [f for f in files if f.suffix.lower() in suffixes and not f.name.startswith(".")]
