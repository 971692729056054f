"""The recordings that a command line names: files, folders of them, lists of them."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from affdyn_jax.corpora.folders import audio_by_recording
from affdyn_jax.corpora.listed_files import read_audio_list
from affdyn_jax.errors import AudioError, CorpusError
from affdyn_jax.system.file_names import fault_of, in_one_line, one_file


def audio_named_by(path: Path) -> dict[str, Path]:
    """The audio file of each recording that a path names.

    Args:
        path: An audio file, whose name is the recording's; a folder, of which all audio files are
            taken; or a list that ends in `.csv`, e.g. a manifest (see
            `listed_files.read_audio_list`).

    Raises:
        CorpusError: A folder or a list holds none, or cannot be read.
    """
    if path.is_dir():
        audio = audio_by_recording(path)
    elif path.suffix.lower() == ".csv":
        audio = read_audio_list(path)
    else:
        return {path.stem: path}
    if not audio:
        raise CorpusError(f"{path}: holds no audio; name files, a folder of them, or a list")
    return audio


def recordings_of(
    arguments: Sequence[str],
    named_by: Callable[[Path], Mapping[str, Path]] = audio_named_by,
) -> dict[str, Path]:
    """The file of each recording, in the order in which they are named.

    Args:
        arguments: Paths, each of which names recordings.
        named_by: Which recordings these are, with the file of each.

    Raises:
        AudioError: Two recordings have the same name, or one that files cannot have.
        CorpusError: As of `named_by`.
    """
    recordings: dict[str, Path] = {}
    for argument in arguments:
        for name, file in named_by(Path(argument)).items():
            if fault := fault_of(name):
                raise AudioError(
                    f"{in_one_line(file)}: {name!r} {fault}, so no results could be written for "
                    "it; rename it"
                )
            other = recordings.setdefault(name, file)
            if other != file:
                raise _called_alike(file, other)
    if pair := one_file(recordings):
        raise _called_alike(*(recordings[name] for name in reversed(pair)))
    return recordings


def _called_alike(file: Path, other: Path) -> AudioError:
    return AudioError(
        f"{in_one_line(file)}: is called like {in_one_line(other)}, and so would be the files "
        "written for it; predict them one after the other, with an --out for each"
    )
