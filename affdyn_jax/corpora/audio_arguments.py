"""The recordings that a command line names: audio files, folders of them, lists of them."""

from collections.abc import Sequence
from pathlib import Path

from affdyn_jax.corpora.folders import audio_by_recording
from affdyn_jax.corpora.listed_files import read_audio_list
from affdyn_jax.errors import AudioError, CorpusError
from affdyn_jax.system.file_names import fault_of, in_one_line, one_file


def recordings_of(arguments: Sequence[str]) -> dict[str, Path]:
    """The audio file of each recording, in the order in which they are named.

    Args:
        arguments: Each an audio file, whose name is the recording's; a folder, of which all
            audio files are taken; or a list that ends in `.csv`, e.g. a manifest (see
            `listed_files.read_audio_list`).

    Raises:
        AudioError: Two recordings have the same name, or one that files cannot have.
        CorpusError: A folder or a list holds none, or cannot be read.
    """
    recordings: dict[str, Path] = {}
    for argument in arguments:
        path = Path(argument)
        for name, audio in _named_by(path).items():
            if fault := fault_of(name):
                raise AudioError(
                    f"{in_one_line(audio)}: {name!r} {fault}, so no results could be written for "
                    "it; rename it"
                )
            other = recordings.setdefault(name, audio)
            if other != audio:
                raise _called_alike(audio, other)
    if pair := one_file(recordings):
        raise _called_alike(*(recordings[name] for name in reversed(pair)))
    return recordings


def _called_alike(audio: Path, other: Path) -> AudioError:
    return AudioError(
        f"{in_one_line(audio)}: is called like {in_one_line(other)}, and so would be the files "
        "written for it; predict them one after the other, with an --out for each"
    )


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
