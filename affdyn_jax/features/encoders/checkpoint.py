"""A checkpoint, in a folder or on the hub, in any form that weights are kept in."""

import contextlib
import hashlib
import json
import logging
import reprlib
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import ml_dtypes
import numpy as np
import safetensors

from affdyn_jax.errors import FeatureError
from affdyn_jax.features.encoders.families import family_of
from affdyn_jax.features.encoders.family import Family
from affdyn_jax.features.encoders.hub import download
from affdyn_jax.features.encoders.torch_file import read_torch_file

# Weight norm's magnitude and direction, as PyTorch named them before 2.0. Shapes are the same.
_OLD_NAMES = {
    ".weight_g": ".parametrizations.weight.original0",
    ".weight_v": ".parametrizations.weight.original1",
}


_FLOATS = (np.float16, ml_dtypes.bfloat16, np.float32, np.float64)

# The index of a model in hundreds of parts takes some 100 kB.
_LARGEST_JSON = 8 << 20

_ANOTHER_COPY = "get the checkpoint again"

# Bounds what crafted names of what is left out add to a message.
_quoting = reprlib.Repr()
_quoting.maxstring = 40
_SHOWN = 6

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Checkpoint:
    """What a checkpoint's files hold.

    Attributes:
        config: `config.json`.
        preprocessor: The feature extractor's settings (see `_read_preprocessor`).
        tensors: The encoder's weights, float32, named as in the state dict of transformers'
            base model with PyTorch 2: no prefix, no heads, and weight norm as
            `parametrizations.weight.original0` (magnitude) and `original1` (direction).
        identity: SHA-256 over the files' names and content, as 64 hexadecimal digits.
    """

    config: dict[str, Any]
    preprocessor: dict[str, Any]
    tensors: dict[str, np.ndarray]
    identity: str


def read_checkpoint(model: str, revision: str | None = None) -> Checkpoint:
    """Read a checkpoint in any form in which transformers has written them.

    Of several forms in one folder the first is read: `model.safetensors`, several safetensors
    with an index, `pytorch_model.bin`, several of these with an index. Numbers of float16,
    bfloat16 and float64 become float32. Where names have the prefix of transformers' task models,
    weights without it are left out, and a log line names them.

    Args:
        model: A folder, or else a name on the hub (`hub.download`).
        revision: Commit, tag or branch on the hub; ignored for a folder.

    Raises:
        FeatureError: There is no such folder or model, it holds a network that is not known, or
            a file of it is missing, damaged, not what its name says, or asks to run something.
    """
    # "~name" of a user whom this machine does not know is no folder either.
    with contextlib.suppress(RuntimeError):
        model = str(Path(model).expanduser())
    folder = Path(model)
    if not folder.is_dir():
        folder = download(model, revision)
    config_path = folder / "config.json"
    config = _read_json(config_path)
    family = family_of(config, str(config_path))
    preprocessor_path, preprocessor = _read_preprocessor(folder)
    parts, read_part, index = _weight_files(folder)
    stored = deque(_Stored(part, *named) for part in parts for named in read_part(part))
    tensors = _encoder_weights(stored, family, model)
    return Checkpoint(
        config, preprocessor, tensors, _identity([config_path, preprocessor_path, *index, *parts])
    )


def _read_preprocessor(folder: Path) -> tuple[Path, dict[str, Any]]:
    """The feature extractor's settings, and the file that holds them.

    Those within a processor's come first, as in transformers, whose version 5 writes no other file
    when a whole processor is saved.
    """
    path = folder / "processor_config.json"
    if path.exists():
        settings = _read_json(path).get("feature_extractor")
        if isinstance(settings, dict):
            return path, settings
        if settings is not None:
            raise FeatureError(
                f"{path}: feature_extractor is a JSON {type(settings).__name__}, not an object; "
                f"{_ANOTHER_COPY}"
            )
    path = folder / "preprocessor_config.json"
    return path, _read_json(path)


_PartReader = Callable[[Path], Iterator[tuple[str, np.ndarray]]]


def _weight_files(folder: Path) -> tuple[list[Path], _PartReader, list[Path]]:
    """The files with weights, how to read one of them, and the index that lists them, if any."""
    forms: list[tuple[str, _PartReader]] = [
        ("model.safetensors", _read_safetensors),
        ("pytorch_model.bin", _read_pickle),
    ]
    for name, read_part in forms:
        whole, index = folder / name, folder / f"{name}.index.json"
        if whole.exists():
            return [whole], read_part, []
        if index.exists():
            return _parts(index), read_part, [index]
    raise FeatureError(
        f"{folder}: holds no weights (model.safetensors or pytorch_model.bin, whole or in parts "
        "with an index); copy them there"
    )


def _parts(index: Path) -> list[Path]:
    names = _read_json(index).get("weight_map")
    if not isinstance(names, dict) or not names:
        raise FeatureError(f"{index}: has no weight_map; {_ANOTHER_COPY}")
    parts = []
    for name in sorted(set(map(str, names.values()))):
        if Path(name).name != name or name in ("", "..") or not name.isprintable():
            raise FeatureError(f"{index}: {name!r} is no file beside it; {_ANOTHER_COPY}")
        parts.append(index.with_name(name))
    return parts


def _read_pickle(path: Path) -> Iterator[tuple[str, np.ndarray]]:
    yield from read_torch_file(path).items()


def _read_safetensors(path: Path) -> Iterator[tuple[str, np.ndarray]]:
    try:
        with safetensors.safe_open(path, framework="numpy") as file:
            for name in file.keys():  # noqa: SIM118 - no dictionary, and not to be iterated
                yield name, file.get_tensor(name)
    # Types that NumPy lacks, such as float8, end in AttributeError or TypeError, shapes that it
    # does not take in ValueError.
    except (
        AttributeError,
        OSError,
        TypeError,
        ValueError,
        safetensors.SafetensorError,
    ) as error:
        reason = " ".join(str(error).split())
        raise FeatureError(f"{path}: cannot be read ({reason}); {_ANOTHER_COPY}") from error


class _Stored(NamedTuple):
    """A tensor as a file has it."""

    path: Path
    name: str
    tensor: np.ndarray


def _encoder_weights(stored: deque[_Stored], family: Family, source: str) -> dict[str, np.ndarray]:
    """The encoder's weights by PyTorch 2's names; takes them out of `stored`.

    Where some names have a prefix, only these belong to the encoder.
    """
    prefixes = (p for p in family.prefixes if any(item.name.startswith(p) for item in stored))
    prefix = next(prefixes, "")
    outside = {item.name.partition(".")[0] for item in stored if not item.name.startswith(prefix)}
    if outside:
        shown = ", ".join(map(_quoting.repr, sorted(outside)[:_SHOWN]))
        more = f" and {len(outside) - _SHOWN} more" if len(outside) > _SHOWN else ""
        log.info("%s: weights outside of %r are left out: %s%s", source, prefix, shown, more)
    tensors: dict[str, np.ndarray] = {}
    while stored:
        # Released one by one, since conversion to float32 may need twice the memory.
        path, stored_name, tensor = stored.popleft()
        name = _name_by_pytorch_2(stored_name.removeprefix(prefix))
        if not stored_name.startswith(prefix) or name.startswith(family.outside):
            continue
        if name in tensors:
            raise FeatureError(f"{path}: {stored_name!r} is there twice; {_ANOTHER_COPY}")
        tensors[name] = _float32(tensor, stored_name, path)
    return tensors


def _name_by_pytorch_2(name: str) -> str:
    for old, new in _OLD_NAMES.items():
        if name.endswith(old):
            return name.removesuffix(old) + new
    return name


def _float32(tensor: np.ndarray, name: str, path: Path) -> np.ndarray:
    if tensor.dtype not in _FLOATS:
        raise FeatureError(
            f"{path}: {name!r} is {tensor.dtype}, and weights are floats; use a checkpoint that "
            "is not quantized"
        )
    with np.errstate(over="ignore", invalid="ignore"):
        converted = np.asarray(tensor, np.float32, order="C")
    if not np.isfinite(converted).all():
        raise FeatureError(f"{path}: {name!r} holds infinities or NaN; {_ANOTHER_COPY}")
    return converted


def _read_json(path: Path) -> dict[str, Any]:
    try:
        # A pipe would be waited for.
        if path.exists() and not (path.is_file() or path.is_dir()):
            raise FeatureError(f"{path}: is no regular file; {_ANOTHER_COPY}")
        with path.open("rb") as file:
            text = file.read(_LARGEST_JSON + 1)
        if len(text) > _LARGEST_JSON:
            raise FeatureError(f"{path}: is longer than any such file; {_ANOTHER_COPY}")
        content = json.loads(text.decode())
    except OSError as error:
        raise FeatureError(
            f"{path}: cannot be read ({error.strerror}); a checkpoint needs config.json, "
            "preprocessor_config.json or processor_config.json, and weights in one folder"
        ) from error
    # JSON nested too deep ends in a RecursionError; other damage in a ValueError.
    except (RecursionError, ValueError) as error:
        raise FeatureError(f"{path}: is not JSON ({error}); {_ANOTHER_COPY}") from error
    if not isinstance(content, dict):
        raise FeatureError(f"{path}: is a JSON {type(content).__name__}, not an object")
    return content


def _identity(paths: list[Path]) -> str:
    total = hashlib.sha256()
    for path in paths:
        with path.open("rb") as file:
            content = hashlib.file_digest(file, "sha256").hexdigest()
        total.update(f"{path.name} {content}\n".encode())
    return total.hexdigest()
