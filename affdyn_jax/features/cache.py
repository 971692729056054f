"""Features on disk, found by what they were made from, never by a name."""

import contextlib
import dataclasses
import errno
import functools
import hashlib
import io
import json
import logging
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import librosa
import numpy as np
import numpy.lib.format as npy

from affdyn_jax.errors import FeatureError, reason
from affdyn_jax.features.audio import SAMPLE_RATE, open_audio
from affdyn_jax.system.whole_files import replacing

# Counted up when reading or pooling changes the numbers of every extractor.
_VERSION = 1

# Errors of a folder that cannot be written, however much room there is.
_NOT_WRITABLE = (errno.EACCES, errno.EPERM, errno.EROFS, errno.ENOTDIR, errno.EEXIST)

_SEAL_LENGTH = hashlib.sha256().digest_size

FULL_PRECISION, HALF_PRECISION = "float32", "float16"

_BLOCK = 2**20  # bytes

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
    return describe_by_content(content_of(audio), identity, frame_rate)


def content_of(audio: Path) -> str:
    """The SHA-256 of an audio file, as of `describe`."""
    with open_audio(audio) as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def describe_by_content(
    content: str, identity: Any, frame_rate: float, kept_as: str = FULL_PRECISION
) -> str:
    """As `describe`, of audio whose `content_of` is known.

    Args:
        content: From `content_of`.
        identity: As of `describe`.
        frame_rate: The same.
        kept_as: The dtype on disk, `float32` or `float16`.
    """
    made_from = {
        "audio_sha256": content,
        "extractor": _described(identity),
        "sample_rate": SAMPLE_RATE,
        "frame_rate": frame_rate,
        "librosa": librosa.__version__,
        "version": _VERSION,
    }
    if kept_as != FULL_PRECISION:
        made_from["kept_as"] = kept_as
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
    return np.load(io.BytesIO(array), allow_pickle=False).astype(np.float32, copy=False)


def entry_bytes(folder: Path, description: str) -> int:
    """Bytes of an entry on disk, intact or not; 0 where there is none."""
    path = _entry(folder, description)
    return path.stat().st_size if path.is_file() else 0


@contextlib.contextmanager
def growing(
    folder: Path, description: str, feature_count: int, kept_as: str
) -> Iterator[Callable[[np.ndarray], None]]:
    """An entry that is written piece by piece: a function that takes the next rows, (T, F).

    It is kept when the block succeeds, and is the entry that `store` would make of all rows.

    Args:
        folder: As of `store`.
        description: The same.
        feature_count: F.
        kept_as: The dtype on disk.

    Raises:
        OSError: The folder cannot be written, or the disk is full.
    """
    count = 0

    def header() -> bytes:
        # NumPy leaves room for as many rows as a file may ever have.
        fields = {"descr": np.dtype(kept_as).str, "fortran_order": False}
        written = io.BytesIO()
        npy.write_array_header_1_0(written, {**fields, "shape": (count, feature_count)})
        return written.getvalue()

    with (
        replacing(_entry(folder, description), private=True) as temporary,
        temporary.open("w+b") as file,
    ):
        file.write(header())

        def add(rows_tf: np.ndarray) -> None:
            nonlocal count
            count += len(rows_tf)
            file.write(np.ascontiguousarray(rows_tf, kept_as).data)

        yield add
        file.seek(0)
        file.write(header())
        file.seek(0)
        seal = hashlib.sha256(description.encode())
        while block := file.read(_BLOCK):
            seal.update(block)
        file.write(seal.digest())


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
