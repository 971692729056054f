"""Features on disk, found by what they were made from, never by a name."""

import dataclasses
import errno
import functools
import hashlib
import io
import json
import logging
import threading
from pathlib import Path
from typing import Any

import librosa
import numpy as np

from affdyn_jax.errors import FeatureError, reason
from affdyn_jax.features.audio import SAMPLE_RATE, open_audio
from affdyn_jax.system.whole_files import replacing

# Counted up when reading or pooling changes the numbers of every extractor.
_VERSION = 1

# Errors of a folder that cannot be written, however much room there is.
_NOT_WRITABLE = (errno.EACCES, errno.EPERM, errno.EROFS, errno.ENOTDIR, errno.EEXIST)

_SEAL_LENGTH = hashlib.sha256().digest_size

_one_tells = threading.Lock()

log = logging.getLogger(__name__)


def describe(audio: Path, identity: Any, frame_rate: float) -> str:
    """All that an entry's numbers depend on, as one line of JSON.

    Args:
        audio: Takes part by the SHA-256 of its content.
        identity: Of the extractor (see `Extractor.identity`).
        frame_rate: Frames per second of the grid.

    Raises:
        AudioError: The audio cannot be opened or is empty.
    """
    with open_audio(audio) as file:
        content = hashlib.file_digest(file, "sha256").hexdigest()
    made_from = {
        "audio_sha256": content,
        "extractor": _described(identity),
        "sample_rate": SAMPLE_RATE,
        "frame_rate": frame_rate,
        "librosa": librosa.__version__,
        "version": _VERSION,
    }
    return json.dumps(made_from, sort_keys=True)


def load(folder: Path, description: str) -> np.ndarray | None:
    """The features of exactly this description, shape (T, F), float32; None where none are kept.

    A damaged entry counts as none, with a warning.
    """
    path = _entry(folder, description)
    try:
        content = path.read_bytes()
    except (FileNotFoundError, NotADirectoryError, PermissionError):
        return None
    except OSError as error:
        log.warning("%s: made again (%s)", path, error.strerror)
        return None
    array, seal = content[:-_SEAL_LENGTH], content[-_SEAL_LENGTH:]
    if seal != _seal(description, array):
        log.warning("%s: made again, the entry is damaged", path)
        return None
    return np.load(io.BytesIO(array), allow_pickle=False)


def store(folder: Path, description: str, features_tf: np.ndarray) -> None:
    """Keep features, whole or not at all, readable by the user alone.

    An entry is a `.npy` file, which `numpy.load` reads, followed by a checksum. Where the folder
    cannot be written nothing is kept, with one warning for all recordings.

    Raises:
        FeatureError: The disk is full, or fails.
    """
    path = _entry(folder, description)
    array = io.BytesIO()
    np.save(array, features_tf, allow_pickle=False)
    try:
        with replacing(path, private=True) as temporary:
            temporary.write_bytes(array.getvalue() + _seal(description, array.getvalue()))
    except OSError as error:
        if error.errno in _NOT_WRITABLE:
            with _one_tells:
                _tell(folder, reason(error))
            return
        raise FeatureError(
            f"{path}: features cannot be kept ({error.strerror}); name another cache folder"
        ) from error


@functools.cache
def _tell(folder: Path, why: str) -> None:
    """Warn once for each folder: the reason is the same for all recordings."""
    log.warning(
        "%s: features are computed and not kept (%s); name a folder that you may write to as "
        "features.cache",
        folder,
        why,
    )


def _seal(description: str, array: bytes) -> bytes:
    """A checksum that reveals damaged arrays and those of another description."""
    return hashlib.sha256(description.encode() + array).digest()


def _entry(folder: Path, description: str) -> Path:
    return folder / f"{hashlib.sha256(description.encode()).hexdigest()}.npy"


def _described(identity: Any) -> dict[str, Any]:
    """Class, version and fields, also of dataclasses among the fields."""
    fields = {}
    for field in dataclasses.fields(identity):
        value = getattr(identity, field.name)
        fields[field.name] = _described(value) if dataclasses.is_dataclass(value) else value
    name = getattr(identity, "cached_as", type(identity).__name__)
    return {"class": name, "version": identity.version, "fields": fields}
