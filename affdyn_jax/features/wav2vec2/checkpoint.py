"""A wav2vec 2.0 checkpoint in a folder or on the hub, whatever form its weights are kept in."""

import contextlib
import hashlib
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import ml_dtypes
import numpy as np
import safetensors

from affdyn_jax.errors import FeatureError
from affdyn_jax.features.wav2vec2.hub import download
from affdyn_jax.features.wav2vec2.torch_file import read_torch_file

# What transformers' task models (ForCTC, ForPreTraining, ForSequenceClassification, …) put
# around the encoder, and what the encoder itself needs for training only.
_PREFIX = "wav2vec2."
_NOT_OF_THE_ENCODER = (
    "masked_spec_embed",
    "quantizer.",
    "project_q.",
    "project_hid.",
    "lm_head.",
    "projector.",
    "classifier.",
    "layer_weights",
)

# Weight norm's magnitude and direction, as PyTorch named them before 2.0. Shapes are the same.
_OLD_NAMES = {
    ".weight_g": ".parametrizations.weight.original0",
    ".weight_v": ".parametrizations.weight.original1",
}


_FLOATS = (np.float16, ml_dtypes.bfloat16, np.float32, np.float64)

# The index of a model in hundreds of parts takes some 100 kB.
_LARGEST_JSON = 8 << 20

_ANOTHER_COPY = "get the checkpoint again"


@dataclass(frozen=True)
class Checkpoint:
    """What a checkpoint's files hold.

    Attributes:
        config: `config.json`.
        preprocessor: `preprocessor_config.json`.
        tensors: The encoder's weights, float32, named as in the state dict of transformers'
            `Wav2Vec2Model` with PyTorch 2: no prefix, no heads, and weight norm as
            `parametrizations.weight.original0` (magnitude) and `original1` (direction).
        identity: SHA-256 over the files' names and content, as 64 hexadecimal digits.
    """

    config: dict[str, Any]
    preprocessor: dict[str, Any]
    tensors: dict[str, np.ndarray]
    identity: str


def read_checkpoint(model: str, revision: str | None = None) -> Checkpoint:
    """Read a checkpoint in any form in which transformers has written them.

    Of several forms in one folder the first serves: `model.safetensors`, several safetensors
    with an index, `pytorch_model.bin`, several of these with an index. Numbers of float16,
    bfloat16 and float64 become float32.

    Args:
        model: A folder, or else a name on the hub (`hub.download`).
        revision: Commit, tag or branch on the hub; a folder has none, and it is not looked at.

    Raises:
        FeatureError: There is no such folder or model, or a file of it is missing, damaged,
            not what its name says, or asks to run something.
    """
    # "~name" of a user whom this machine does not know is no folder either.
    with contextlib.suppress(RuntimeError):
        model = str(Path(model).expanduser())
    folder = Path(model)
    if not folder.is_dir():
        folder = download(model, revision)
    config_path, preprocessor_path = folder / "config.json", folder / "preprocessor_config.json"
    config, preprocessor = _read_json(config_path), _read_json(preprocessor_path)
    parts, read_part, index = _weight_files(folder)
    tensors: dict[str, np.ndarray] = {}
    for part in parts:
        for stored_name, tensor in read_part(part):
            name = _encoder_name(stored_name)
            if name is None:
                continue
            if name in tensors:
                raise FeatureError(f"{part}: {stored_name!r} is there twice; {_ANOTHER_COPY}")
            tensors[name] = _float32(tensor, stored_name, part)
    return Checkpoint(
        config, preprocessor, tensors, _identity([config_path, preprocessor_path, *index, *parts])
    )


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
    tensors = read_torch_file(path)
    for name in list(tensors):
        # Let go one by one, since conversion to float32 may need twice the memory.
        yield name, tensors.pop(name)


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


def _encoder_name(stored_name: str) -> str | None:
    """Name by PyTorch 2 and without a task's prefix; None for what is not of the encoder."""
    name = stored_name.removeprefix(_PREFIX)
    if name.startswith(_NOT_OF_THE_ENCODER):
        return None
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
            "preprocessor_config.json and weights in one folder"
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
