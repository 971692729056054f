"""The pickle within a PyTorch file, followed without running anything that it names.

A pickle is a program: it may import and call anything that its author likes. Here its steps are
followed one by one. They may build descriptions of tensors, whose numbers are read later, and the
containers that hold them. Nothing is imported or called on behalf of the file.
"""

import itertools
import math
import pickletools
import reprlib
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

import ml_dtypes
import numpy as np

from affdyn_jax.errors import FeatureError

# A large model's weights take some 30 000; the bound keeps a crafted file from filling memory.
_MOST_STEPS = 1 << 20

# NumPy takes 64; with any number, and each of any length, their product would take forever.
_MOST_AXES = 100

# Of numbers in a storage: no disk holds more, and what is below can be an index and a length.
_LARGEST_COUNT = 1 << 48

# Bounds what a crafted value adds to a message: its length, and the time to write it down.
_quoting = reprlib.Repr()
_quoting.maxstring = 80
_quote = _quoting.repr


@dataclass(frozen=True)
class Storage:
    """A stretch of numbers in the file.

    Attributes:
        key: What the file calls it.
        dtype: Type of each number.
        count: How many there are.
    """

    key: str
    dtype: np.dtype
    count: int


@dataclass(frozen=True)
class Tensor:
    """A view of a storage, which holds all of it.

    Attributes:
        storage: Where the numbers are.
        offset: Place of the first one.
        shape: Size of each axis.
        strides: How many numbers lie between neighbours along each axis.
    """

    storage: Storage
    offset: int
    shape: tuple[int, ...]
    strides: tuple[int, ...]


def follow_pickle(pickle: BinaryIO, path: Path) -> Any:
    """What a pickle of `torch.save` describes.

    Args:
        pickle: Read from where the pickle begins to where it ends.
        path: The file that it belongs to, for messages.

    Returns:
        A `Tensor`, a number, a text, None, or a tuple, list or dictionary of such. State that
        the pickle adds to a dictionary (PyTorch's `_metadata`) is left out.

    Raises:
        FeatureError: The pickle is damaged or too long, or asks for anything but tensors.
    """
    try:
        # pickletools warns of backslashes that no name has.
        with warnings.catch_warnings(action="ignore", category=DeprecationWarning):
            return _follow(pickle)
    except _NotAllowedError as error:
        raise FeatureError(
            f"{path}: asks for {error}, which no weights need; it was not run: "
            "get the file from a source that you trust"
        ) from None
    # What pickletools and the steps below raise when a step does not fit what is there.
    except (IndexError, KeyError, TypeError, ValueError) as error:
        reason = " ".join(f"{type(error).__name__}: {error}".split())[:200]
        raise FeatureError(
            f"{path}: the pickle in it is damaged ({reason}); get the file again"
        ) from error


class _NotAllowedError(Exception):
    """The pickle asks for something other than tensors."""


def _follow(pickle: BinaryIO) -> Any:
    stack: list[Any] = []
    below_marks: list[list[Any]] = []
    memo: dict[int, Any] = {}
    for opcode, argument, _ in itertools.islice(pickletools.genops(pickle), _MOST_STEPS):
        match opcode.name:
            case "PROTO" | "FRAME":
                pass
            case "NONE" | "NEWTRUE" | "NEWFALSE":
                stack.append({"NONE": None, "NEWTRUE": True, "NEWFALSE": False}[opcode.name])
            case "BININT" | "BININT1" | "BININT2" | "LONG1" | "BINUNICODE" | "SHORT_BINUNICODE":
                stack.append(argument)
            case "EMPTY_TUPLE":
                stack.append(())
            case "EMPTY_LIST":
                stack.append([])
            case "EMPTY_DICT":
                stack.append({})
            case "MARK":
                below_marks.append(stack)
                stack = []
            case "TUPLE":
                items, stack = stack, below_marks.pop()
                stack.append(tuple(items))
            case "TUPLE1" | "TUPLE2" | "TUPLE3":
                length = int(opcode.name[-1])
                stack[-length:] = [tuple(stack[-length:])]
            case "APPEND":
                item = stack.pop()
                _expect(stack[-1], list).append(item)
            case "APPENDS":
                items, stack = stack, below_marks.pop()
                _expect(stack[-1], list).extend(items)
            case "SETITEM":
                key, value = stack[-2:]
                del stack[-2:]
                _set_items(stack[-1], [key, value])
            case "SETITEMS":
                items, stack = stack, below_marks.pop()
                _set_items(stack[-1], items)
            case "BINPUT" | "LONG_BINPUT":
                memo[argument] = stack[-1]
            case "MEMOIZE":
                memo[len(memo)] = stack[-1]
            case "BINGET" | "LONG_BINGET":
                stack.append(memo[argument])
            case "GLOBAL":
                stack.append(_global(argument))
            case "STACK_GLOBAL":
                module, name = stack[-2:]
                stack[-2:] = [_global(f"{_expect(module, str)} {_expect(name, str)}")]
            case "BINPERSID":
                stack.append(_storage(stack.pop()))
            case "REDUCE":
                arguments = _expect(stack.pop(), tuple)
                stack.append(_rebuild(stack.pop(), arguments))
            case "BUILD":
                stack.pop()
                _expect(stack[-1], dict)
            case "STOP":
                (described,) = stack
                return described
            case _:
                raise _NotAllowedError(f"the pickle step {opcode.name}")
    raise ValueError(f"it takes more than {_MOST_STEPS} steps")


def _expect(value: Any, kind: type) -> Any:
    if not isinstance(value, kind):
        raise ValueError(f"a {type(value).__name__} where a {kind.__name__} must be")
    return value


def _set_items(target: Any, items: list[Any]) -> None:
    keys, values = items[::2], items[1::2]
    for key in keys:
        # Hashing crafted nested tuples could take forever.
        _expect(key, str)
    _expect(target, dict).update(zip(keys, values, strict=True))


def _global(name: str) -> Callable[[tuple[Any, ...]], Any] | np.dtype:
    try:
        return _GLOBALS[name]
    except KeyError:
        raise _NotAllowedError(_quote(name.replace(" ", "."))) from None


def _storage(persistent_id: Any) -> Storage:
    match persistent_id:
        # The stream format has a sixth place, for views of storages: long out of use.
        case ("storage", np.dtype() as dtype, str() as key, str(), count) | (
            "storage",
            np.dtype() as dtype,
            str() as key,
            str(),
            count,
            None,
        ) if _is_count(count) and count <= _LARGEST_COUNT:
            return Storage(key, dtype, count)
    raise ValueError(f"no storage is described by {_quote(persistent_id)}")


def _is_count(value: Any) -> bool:
    """Whether it is a whole number from 0; True and False, ints in Python, are not."""
    return type(value) is int and value >= 0


def _rebuild(function: Any, arguments: tuple[Any, ...]) -> Any:
    # Storage types stand for themselves only; they are never called.
    if function not in (_empty_dict, _tensor, _parameter):
        raise ValueError(f"a {type(function).__name__} is called")
    return function(arguments)


def _empty_dict(arguments: tuple[Any, ...]) -> dict[str, Any]:
    if arguments:
        raise ValueError("an OrderedDict does not begin empty")
    return {}


def _tensor(arguments: tuple[Any, ...]) -> Tensor:
    # Behind the strides: whether it has a gradient, hooks, and in newer files metadata.
    match arguments:
        case (Storage() as storage, offset, tuple() as shape, tuple() as strides, *_):
            pass
        case _:
            raise ValueError(f"no tensor is described by {_quote(arguments)}")
    view = f"offset {_quote(offset)}, shape {_quote(shape)}, strides {_quote(strides)}"
    if not (
        len(shape) == len(strides) <= _MOST_AXES and all(map(_is_count, (offset, *shape, *strides)))
    ):
        raise ValueError(f"no tensor has {view}")
    last = offset + sum(
        (size - 1) * stride for size, stride in zip(shape, strides, strict=True) if size
    )
    count = math.prod(shape)
    # Fewer numbers than places (strides of 0) would let a small file claim any amount of memory.
    if count > storage.count or (count and last >= storage.count):
        raise ValueError(f"{view} reach beyond a storage of {_quote(storage.count)}")
    return Tensor(storage, offset, shape, strides)


def _parameter(arguments: tuple[Any, ...]) -> Tensor:
    match arguments:
        case (Tensor() as tensor, bool(), _):
            return tensor
    raise ValueError(f"no parameter is described by {_quote(arguments)}")


# All that a pickle may name, by module and name, and what stands for it here.
_GLOBALS: dict[str, Callable[[tuple[Any, ...]], Any] | np.dtype] = {
    "collections OrderedDict": _empty_dict,
    "torch._utils _rebuild_tensor_v2": _tensor,
    "torch._utils _rebuild_parameter": _parameter,
    "torch DoubleStorage": np.dtype("<f8"),
    "torch FloatStorage": np.dtype("<f4"),
    "torch HalfStorage": np.dtype("<f2"),
    "torch BFloat16Storage": np.dtype(ml_dtypes.bfloat16),
    "torch LongStorage": np.dtype("<i8"),
    "torch IntStorage": np.dtype("<i4"),
    "torch ShortStorage": np.dtype("<i2"),
    "torch CharStorage": np.dtype("i1"),
    "torch ByteStorage": np.dtype("u1"),
}
