"""Seals of folders: checksums of all files, so that damage is found before anything is read."""

import hashlib
import json
from pathlib import Path
from typing import Any

from affdyn_jax.errors import DamageError
from affdyn_jax.system.whole_files import replacing

_NAME = "seal.json"


def write_seal(folder: Path, facts: dict[str, Any]) -> None:
    """Seal a folder that is complete.

    Args:
        folder: Its files do not change any more.
        facts: What else is to be known of it, in JSON's types.

    Raises:
        OSError: The folder cannot be written.
    """
    files = {path.relative_to(folder).as_posix(): _checksum(path) for path in _files(folder)}
    sealed = {"facts": facts, "files": files}
    with replacing(folder / _NAME) as temporary:
        temporary.write_text(json.dumps(sealed | {"seal": _seal(sealed)}, indent=1) + "\n", "utf-8")


def read_seal(folder: Path) -> dict[str, Any]:
    """The facts of a sealed folder whose files have not changed.

    Raises:
        DamageError: A file has changed, or the folder is not sealed.
    """
    path = folder / _NAME
    try:
        sealed = json.loads(path.read_text("utf-8"))
        seal = sealed.pop("seal") if isinstance(sealed, dict) else None
    except FileNotFoundError as error:
        raise DamageError(f"{path}: missing, so what lies there is not whole") from error
    except (OSError, ValueError, KeyError, RecursionError) as error:
        raise DamageError(f"{path}: the seal is damaged") from error
    if seal != _seal(sealed):
        raise DamageError(f"{path}: the seal is damaged")
    expected = sealed["files"]
    there = {path.relative_to(folder).as_posix(): path for path in _files(folder)}
    for name in sorted(expected.keys() | there.keys()):
        if name not in there:
            raise DamageError(f"{folder / name}: the file is missing")
        if name not in expected:
            raise DamageError(f"{folder / name}: the file does not belong there")
        if _checksum(there[name]) != expected[name]:
            raise DamageError(f"{folder / name}: the file is not as it was written")
    return sealed["facts"]


def _files(folder: Path) -> list[Path]:
    """All files but the seal."""
    return [path for path in folder.rglob("*") if path.is_file() and path.name != _NAME]


def _checksum(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _seal(sealed: dict[str, Any]) -> str:
    return hashlib.sha256(json.dumps(sealed, sort_keys=True).encode()).hexdigest()
