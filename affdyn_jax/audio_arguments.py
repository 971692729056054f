"""The recordings that a command line names: audio files, folders of them, lists of them."""

from collections.abc import Sequence
from pathlib import Path

from affdyn_jax.corpora.folders import audio_by_recording
from affdyn_jax.corpora.manifest import read_audio_list
from affdyn_jax.errors import AudioError, CorpusError

# They would end a field of the tables that are written for the recording.
_NOT_IN_NAMES = ";'\""


def recordings_of(arguments: Sequence[str]) -> dict[str, Path]:
    """The audio file of each recording, in the order in which they are named.

    Args:
        arguments: Each an audio file, which is a recording of the file's name; a folder, of
            which all audio files are taken; or a list that ends in `.csv`, a manifest say (see
            `manifest.read_audio_list`).

    Raises:
        AudioError: Two recordings are called alike, or one cannot be called so in tables.
        CorpusError: A folder or a list holds none, or cannot be read.
    """
    recordings: dict[str, Path] = {}
    for argument in arguments:
        path = Path(argument)
        for name, audio in _named_by(path).items():
            other = recordings.setdefault(name, audio)
            if other != audio:
                raise AudioError(
                    f"{audio}: is called like {other}, and so would be what is written for it; "
                    "predict them one after the other, with an --out for each"
                )
            if not name.isprintable() or set(name) & set(_NOT_IN_NAMES):
                raise AudioError(
                    f"{audio}: {name!r} would not be read again from a table; rename it without "
                    "semicolons and quotes"
                )
    return recordings


def _named_by(path: Path) -> dict[str, Path]:
    if path.is_dir():
        audio = audio_by_recording(path)
    elif path.suffix.lower() == ".csv":
        audio = read_audio_list(path)
    else:
        return {path.stem: path}
    if not audio:
        raise CorpusError(f"{path}: holds no audio; name files, a folder of them, or a list")
    return audio
