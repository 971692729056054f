"""Files of PyTorch's `torch.save` to arrays, without PyTorch and without running the file."""

import io
import mmap
import struct
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from affdyn_jax.errors import FeatureError
from affdyn_jax.features.encoders.torch_pickle import Storage, Tensor, follow_pickle

_ZIP_START = b"PK\x03\x04"
# Two pickles: PyTorch's magic number, and 1001, the version of the stream format.
_STREAM_START = b"\x80\x02\x8a\x0al\xfc\x9cF\xf9 j\xa8P\x19.\x80\x02M\xe9\x03."

# What zipfile raises, besides its own exception, when a file is not what it says.
_ZIP_DAMAGE = (
    zipfile.BadZipFile,
    EOFError,
    KeyError,
    OSError,
    OverflowError,
    RuntimeError,
    ValueError,
    struct.error,
)


def read_torch_file(path: Path) -> dict[str, np.ndarray]:
    """Tensors of a state dict that `torch.save` wrote, in its zip or its older stream format.

    The pickle in the file is followed, never run (`torch_pickle`). Checksums are verified
    where there are any, which is in the zip format. The numbers take as much memory as the
    file is long, and no claim of a crafted file makes that more.

    Args:
        path: The file, often called `pytorch_model.bin`.

    Returns:
        Tensors by name, in the file's order and dtype (bfloat16 as `ml_dtypes` has it), not
        to be written to. Tensors that share memory in the file share it here.

    Raises:
        FeatureError: The file cannot be opened, is no state dict of `torch.save`, is cut
            short or damaged, or asks for anything but tensors.
    """
    try:
        with path.open("rb") as file:
            start = file.read(len(_STREAM_START))
        if start.startswith(_ZIP_START):
            state, numbers = _read_zip(path)
        elif start == _STREAM_START:
            state, numbers = _read_stream(path)
        else:
            raise FeatureError(
                f"{path}: begins with {start[:12]!r}, as neither of torch.save's formats does; "
                "get the file again"
            )
    except OSError as error:
        raise FeatureError(
            f"{path}: cannot be read ({error.strerror or error}); "
            "check the path and the file's permissions"
        ) from error
    return {name: _view(tensor, numbers, name, path) for name, tensor in state.items()}


def _read_zip(path: Path) -> tuple[dict[str, Tensor], dict[str, bytes]]:
    """State and storages from an archive of `data.pkl` and a file for each storage."""
    try:
        with zipfile.ZipFile(path) as archive:
            _refuse_bombs(archive, path)
            (pickle_name,) = (n for n in archive.namelist() if n.endswith("/data.pkl"))
            folder = pickle_name.removesuffix("data.pkl")
            # Archives of PyTorch before 2.1 do not tell, and are little-endian.
            order = f"{folder}byteorder"
            if order in archive.namelist() and archive.read(order) != b"little":
                raise _damaged(path, "numbers are big-endian; save it on a usual machine")
            state = _state(follow_pickle(io.BytesIO(archive.read(pickle_name)), path), path)
            numbers = {}
            for key, storage in _storages(state, path).items():
                numbers[key] = archive.read(f"{folder}data/{key}")
                _check_length(storage, len(numbers[key]), path)
    except _ZIP_DAMAGE as error:
        raise _damaged(path, f"the archive does not open: {error}") from error
    return state, numbers


def _refuse_bombs(archive: zipfile.ZipFile, path: Path) -> None:
    """Refuse compressed files, which PyTorch does not write, and claims beyond the archive."""
    for entry in archive.infolist():
        if entry.compress_type != zipfile.ZIP_STORED:
            raise _damaged(path, f"{entry.filename!r} is compressed, as torch.save never does")
    claimed = sum(entry.file_size for entry in archive.infolist())
    if claimed > path.stat().st_size:
        raise _damaged(path, f"claims {claimed} bytes and is {path.stat().st_size} long")


def _read_stream(path: Path) -> tuple[dict[str, Tensor], dict[str, bytes]]:
    """State and storages from pickles one after the other and the storages behind them."""
    # A claimed length beyond the end costs nothing in a mapped file.
    with (
        path.open("rb") as file,
        mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as content,
    ):
        content.seek(len(_STREAM_START))
        match follow_pickle(content, path):
            case {"little_endian": True}:
                pass
            case _:
                raise _damaged(path, "numbers are big-endian; save it on a usual machine")
        state = _state(follow_pickle(content, path), path)
        storages = _storages(state, path)
        keys = follow_pickle(content, path)
        # Also sees to it that no key comes twice.
        if (
            not isinstance(keys, list)
            or not all(isinstance(key, str) for key in keys)
            or sorted(keys) != sorted(storages)
        ):
            raise _damaged(path, "its storages are not those of its tensors")
        numbers = {}
        for key in keys:
            storage = storages[key]
            count = int.from_bytes(content.read(8), "little")
            if count != storage.count:
                raise _damaged(path, f"storage {key!r} has {count} numbers, not {storage.count}")
            numbers[key] = content.read(storage.count * storage.dtype.itemsize)
            _check_length(storage, len(numbers[key]), path)
    return state, numbers


def _state(described: Any, path: Path) -> dict[str, Tensor]:
    if not isinstance(described, dict) or not described:
        raise FeatureError(
            f"{path}: holds a {type(described).__name__}, and not weights by name; "
            "use a checkpoint that transformers has written"
        )
    for name, value in described.items():
        if not isinstance(value, Tensor):
            raise FeatureError(
                f"{path}: {name!r} is a {type(value).__name__} and not a tensor; "
                "use a checkpoint that transformers has written"
            )
    return described


def _storages(state: Mapping[str, Tensor], path: Path) -> dict[str, Storage]:
    """Storages by key; tensors that claim far more than these hold are refused."""
    storages: dict[str, Storage] = {}
    for name, tensor in state.items():
        storage = tensor.storage
        if storages.setdefault(storage.key, storage) != storage:
            raise _damaged(path, f"{name!r} sees storage {storage.key!r} as of another kind")
    held = sum(storage.count for storage in storages.values())
    claimed = sum(np.prod(tensor.shape, dtype=object) for tensor in state.values())
    # Tied weights count twice; a storage seen a thousand times would fill the caller's memory.
    if claimed > 2 * held:
        raise _damaged(path, f"its tensors claim {claimed} numbers of {held}")
    return storages


def _check_length(storage: Storage, length: int, path: Path) -> None:
    promised = storage.count * storage.dtype.itemsize
    if length != promised:
        raise _damaged(path, f"storage {storage.key!r} has {length} bytes, not {promised}")


def _view(tensor: Tensor, numbers: Mapping[str, bytes], name: str, path: Path) -> np.ndarray:
    size = tensor.storage.dtype.itemsize
    try:
        return np.ndarray(
            tensor.shape,
            tensor.storage.dtype,
            numbers[tensor.storage.key],
            tensor.offset * size,
            tuple(stride * size for stride in tensor.strides),
        )
    # Of what follow_pickle lets through: too many axes, or sizes that no address reaches.
    except (OverflowError, ValueError) as error:
        raise _damaged(path, f"{name!r}: {error}") from error


def _damaged(path: Path, reason: str) -> FeatureError:
    return FeatureError(f"{path}: {' '.join(reason.split())}; get the file again")
