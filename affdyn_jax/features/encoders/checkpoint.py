"""A checkpoint, in a folder or on the hub, in any form that weights are kept in."""

import contextlib
import hashlib
import logging
import reprlib
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from affdyn_jax.errors import FeatureError
from affdyn_jax.features.encoders.families import family_of
from affdyn_jax.features.encoders.family import Family
from affdyn_jax.features.encoders.front_end import FrontEnd
from affdyn_jax.features.encoders.hub import download, download_settings
from affdyn_jax.features.encoders.json_files import ANOTHER_COPY, read_json
from affdyn_jax.features.encoders.weight_files import (
    Stored,
    adapter_files,
    read_adapters,
    read_weights,
)

# Weight norm's magnitude and direction, as PyTorch named them before 2.0. Shapes are the same.
_OLD_NAMES = {
    ".weight_g": ".parametrizations.weight.original0",
    ".weight_v": ".parametrizations.weight.original1",
}

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
        head: Weights of `Family.head`, float32, by their names in the file.
        identity: SHA-256 over the files' names and content, as 64 hexadecimal digits.
    """

    config: dict[str, Any]
    preprocessor: dict[str, Any]
    tensors: dict[str, np.ndarray]
    identity: str
    head: dict[str, np.ndarray] = field(default_factory=dict)


def read_checkpoint(
    model: str,
    revision: str | None = None,
    adapter: str = "",
    check: Callable[[FrontEnd], None] = lambda _: None,
) -> Checkpoint:
    """Read a checkpoint in any form in which transformers has written them.

    Numbers of float16, bfloat16 and float64 become float32. Where names have the prefix of
    transformers' task models, weights without it are left out, and a log line names them. What can
    be refused by its settings is refused before weights, which are gigabytes, are fetched or read.

    Args:
        model: A folder, or else a name on the hub (`hub.download`).
        revision: Commit, tag or branch on the hub; ignored for a folder.
        adapter: Of MMS, the language whose adapters take the place of those among the weights.
        check: Raises where the front end does not suit.

    Raises:
        FeatureError: There is no such folder or model, it holds a network that is not known, or
            a file of it is missing, damaged, not what its name says, or asks to run something.
    """
    adapters = adapter_files(adapter) if adapter else []
    local = folder_of(model)
    folder = local or download_settings(model, revision)
    config_path = folder / "config.json"
    config = read_json(config_path)
    family = family_of(config, str(config_path))
    preprocessor_path, preprocessor = _read_preprocessor(folder, family)
    settings = family.settings.from_config(config, str(config_path))
    check(family.front_end(settings, preprocessor, model))
    if local is None:
        download(model, revision, adapters)
    paths = [config_path, *([preprocessor_path] if preprocessor_path.exists() else [])]
    weights, weight_paths = read_weights(folder)
    stored = deque(weights)
    head = {item.name: item.float32() for item in stored if item.name.startswith(family.head)}
    tensors = _encoder_weights(stored, family, model)
    if adapter:
        weights, adapter_paths = read_adapters(folder, adapter)
        tensors |= _encoder_weights(deque(weights), family, model)
        weight_paths += adapter_paths
    return Checkpoint(config, preprocessor, tensors, _identity(paths + weight_paths), head)


def folder_of(model: str) -> Path | None:
    """The folder that a checkpoint's name means; None of a name on the hub."""
    folder = Path(model)
    # "~name" of a user whom this machine does not know is no folder either.
    with contextlib.suppress(RuntimeError):
        folder = folder.expanduser()
    return folder if folder.is_dir() else None


def _read_preprocessor(folder: Path, family: Family) -> tuple[Path, dict[str, Any]]:
    """The feature extractor's settings, and the file that holds them.

    Those within a processor's come first, as in transformers, whose version 5 writes no other file
    when a whole processor is saved.
    """
    path = folder / "processor_config.json"
    if path.exists():
        settings = read_json(path).get("feature_extractor")
        if isinstance(settings, dict):
            return path, settings
        if settings is not None:
            raise FeatureError(
                f"{path}: feature_extractor is a JSON {type(settings).__name__}, not an object; "
                f"{ANOTHER_COPY}"
            )
    path = folder / "preprocessor_config.json"
    if not (family.has_preprocessor or path.exists()):
        return path, {}
    return path, read_json(path)


def _encoder_weights(stored: deque[Stored], family: Family, source: str) -> dict[str, np.ndarray]:
    """The encoder's weights by PyTorch 2's names; takes them out of `stored`.

    Where some names have a prefix, only these belong to the encoder.
    """
    prefixes = (p for p in family.prefixes if any(item.name.startswith(p) for item in stored))
    prefix = next(prefixes, "")
    outside = {
        _part_beside(prefix, item.name) for item in stored if not item.name.startswith(prefix)
    }
    if outside:
        shown = ", ".join(map(_quoting.repr, sorted(outside)[:_SHOWN]))
        more = f" and {len(outside) - _SHOWN} more" if len(outside) > _SHOWN else ""
        log.info("%s: weights outside of %r are left out: %s%s", source, prefix, shown, more)
    tensors: dict[str, np.ndarray] = {}
    while stored:
        # Released one by one, since conversion to float32 may need twice the memory.
        item = stored.popleft()
        name = _name_by_pytorch_2(item.name.removeprefix(prefix))
        if not item.name.startswith(prefix) or name.startswith(family.outside):
            continue
        if name in tensors:
            raise FeatureError(f"{item.path}: {item.name!r} is there twice; {ANOTHER_COPY}")
        tensors[name] = item.float32()
    return tensors


def _part_beside(prefix: str, name: str) -> str:
    """How a name begins, as far as it takes to tell it from a prefix."""
    parts, inside = name.split("."), prefix.split(".")
    shared = 0
    while shared < len(parts) - 1 and parts[shared] == inside[shared]:
        shared += 1
    return ".".join(parts[: shared + 1])


def _name_by_pytorch_2(name: str) -> str:
    for old, new in _OLD_NAMES.items():
        if name.endswith(old):
            return name.removesuffix(old) + new
    return name


def _identity(paths: list[Path]) -> str:
    total = hashlib.sha256()
    for path in paths:
        with path.open("rb") as file:
            content = hashlib.file_digest(file, "sha256").hexdigest()
        total.update(f"{path.name} {content}\n".encode())
    return total.hexdigest()
