"""The files that hold a checkpoint's weights, in any form that transformers has written."""

import contextlib
import functools
import itertools
import re
import reprlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import ml_dtypes
import numpy as np
import safetensors

from affdyn_jax.errors import FeatureError
from affdyn_jax.features.encoders.json_files import ANOTHER_COPY, read_json
from affdyn_jax.features.encoders.torch_file import read_torch_file

_FLOATS = (np.float16, ml_dtypes.bfloat16, np.float32, np.float64)

_LANGUAGE = re.compile(r"[A-Za-z0-9_-]{1,40}")


class Stored(NamedTuple):
    """A tensor in a file.

    Attributes:
        path: The file.
        name: Of the tensor.
        read: What returns it as it is stored. Of safetensors only those that are asked for take
            memory: half of a Whisper is its decoder.
    """

    path: Path
    name: str
    read: Callable[[], np.ndarray]

    def float32(self) -> np.ndarray:
        """The tensor as float32, in C's order.

        Raises:
            FeatureError: It cannot be read, is of another kind than floats, or not finite.
        """
        tensor = self.read()
        if tensor.dtype not in _FLOATS:
            raise FeatureError(
                f"{self.path}: {self.name!r} is {tensor.dtype}, and weights are floats; use a "
                "checkpoint that is not quantized"
            )
        with np.errstate(over="ignore", invalid="ignore"):
            converted = np.asarray(tensor, np.float32, order="C")
        if not np.isfinite(converted).all():
            raise FeatureError(
                f"{self.path}: {self.name!r} holds infinities or NaN; {ANOTHER_COPY}"
            )
        return converted


def read_weights(folder: Path) -> tuple[Iterator[Stored], list[Path]]:
    """The tensors of a checkpoint, and the files that hold or list them.

    Of several forms in one folder the first is read: `model.safetensors`, several safetensors
    with an index, `pytorch_model.bin`, several of these with an index.

    Raises:
        FeatureError: There are none, or a file is damaged, not what its name says, or asks to run
            something.
    """
    for name in ("model.safetensors", "pytorch_model.bin"):
        whole, index = folder / name, folder / f"{name}.index.json"
        if whole.exists():
            return _tensors_of(whole), [whole]
        if index.exists():
            parts = _parts(index)
            return itertools.chain.from_iterable(map(_tensors_of, parts)), [index, *parts]
    raise FeatureError(
        f"{folder}: holds no weights (model.safetensors or pytorch_model.bin, whole or in parts "
        "with an index); copy them there"
    )


def read_adapters(folder: Path, language: str) -> tuple[Iterator[Stored], list[Path]]:
    """The same of the adapters of MMS for a language, e.g. of `adapter.deu.safetensors`.

    Raises:
        FeatureError: As of `read_weights`.
    """
    for name in adapter_files(language):
        if (folder / name).exists():
            return _tensors_of(folder / name), [folder / name]
    raise FeatureError(
        f"{folder}: has no adapters for {language!r} ({' or '.join(adapter_files(language))}); "
        "copy them there, or name another language as features.encoder.adapter"
    )


def adapter_files(language: str) -> list[str]:
    """Names that a file with the adapters for a language may have.

    Raises:
        FeatureError: No language is called so.
    """
    if not _LANGUAGE.fullmatch(language):
        raise FeatureError(
            f"features.encoder.adapter={reprlib.repr(language)} is no language as MMS calls them, "
            "e.g. deu or azj-script_latin"
        )
    return [f"adapter.{language}.safetensors", f"adapter.{language}.bin"]


def _tensors_of(path: Path) -> Iterator[Stored]:
    if path.suffix == ".safetensors":
        with _safetensors(path) as file:
            names = list(file.keys())
        for name in names:
            yield Stored(path, name, functools.partial(_read_safetensor, path, name))
    else:
        for name, tensor in read_torch_file(path).items():
            yield Stored(path, name, functools.partial(np.asarray, tensor))


def _parts(index: Path) -> list[Path]:
    names = read_json(index).get("weight_map")
    if not isinstance(names, dict) or not names:
        raise FeatureError(f"{index}: has no weight_map; {ANOTHER_COPY}")
    parts = []
    for name in sorted(set(map(str, names.values()))):
        if Path(name).name != name or name in ("", "..") or not name.isprintable():
            raise FeatureError(f"{index}: {name!r} is no file beside it; {ANOTHER_COPY}")
        parts.append(index.with_name(name))
    return parts


def _read_safetensor(path: Path, name: str) -> np.ndarray:
    with _safetensors(path) as file:
        return file.get_tensor(name)


@contextlib.contextmanager
def _safetensors(path: Path) -> Iterator[Any]:
    """The open file; what is wrong with it becomes a FeatureError."""
    try:
        with safetensors.safe_open(path, framework="numpy") as file:
            yield file
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
        raise FeatureError(f"{path}: cannot be read ({reason}); {ANOTHER_COPY}") from error
