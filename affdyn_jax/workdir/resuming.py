"""A run's folder made ready: for a new run, or for one that is resumed."""

import dataclasses
import json
import shutil
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Annotated, Any

from pydantic import Field

from affdyn_jax.errors import RunError, reason
from affdyn_jax.system.array_folders import remove_half_written
from affdyn_jax.system.standin_mark import STANDIN_MARK
from affdyn_jax.system.typed_json import leaves, read_as, read_json
from affdyn_jax.system.whole_files import remove_leftovers
from affdyn_jax.workdir.files import (
    EPOCHS,
    RESULT_FOLDERS,
    RESULTS,
    ROUNDS,
    TRACKING,
    write_text,
)
from affdyn_jax.workdir.folder_checks import told_of

_FIELDS_NAMED = 3  # of those that differ from an earlier run's

_WAY_OUT = "begin anew with --resume=false, or name another --workdir"


@dataclasses.dataclass(frozen=True)
class _Rounds:
    """What `rounds.json` holds."""

    layers_at_once: Annotated[int, Field(ge=1, le=10**4)]


def begin(
    workdir: Path,
    config: Mapping[str, Any],
    resume: bool,
    defaults: Mapping[str, Any],
    by_new_names: Callable[[Any], Any] = lambda fields: fields,
) -> None:
    """Make a folder ready for a run, a new one or one that is resumed.

    Args:
        workdir: The folder, which no other process writes into (see `folder_lock`).
        config: The run's. A folder that was begun with another one is refused once it holds a
            checkpoint or a result; until then it takes any config.
        resume: Whether to continue with what is there, rather than to clear it.
        defaults: What a config holds in fields that an earlier version did not have.
        by_new_names: Of a config of an earlier version, the fields as they are called now.

    Raises:
        RunError: The folder belongs to a run with another config, or cannot be written.
    """
    path = workdir / "config.json"
    content = json.dumps(config, indent=2, ensure_ascii=False, sort_keys=True)
    try:
        remove_leftovers(workdir)
        if path.exists():
            for folder in workdir.glob("checkpoints/*/"):
                remove_half_written(folder)
            if resume and _holds_work(workdir):
                earlier = by_new_names(begun_with(workdir))
                _check_same(workdir, earlier, *json.loads(json.dumps([config, defaults])))
                return
            _clear(workdir)
    except OSError as error:
        raise RunError(
            f"{workdir}: an earlier run's files cannot be removed ({error.strerror}); name "
            "another --workdir"
        ) from error
    write_text(path, content)


def begun_with(workdir: Path) -> Any:
    """The config that a folder was begun with, as its file has it; None where there is none.

    Raises:
        RunError: The file cannot be read.
    """
    path = workdir / "config.json"
    try:
        return json.loads(path.read_text("utf-8"))
    except (FileNotFoundError, NotADirectoryError):
        return None
    except (OSError, RecursionError, ValueError) as error:
        raise RunError(f"{path}: cannot be read ({reason(error)}); {_WAY_OUT}") from error


def earlier_layers_at_once(workdir: Path) -> int:
    """How many layers train at once in the run that was begun there; 0 where it keeps none.

    Raises:
        RunError: The file cannot be read.
    """
    path = workdir / ROUNDS
    try:
        with told_of(path, _WAY_OUT):
            return read_as(_Rounds, read_json(path)).layers_at_once
    except FileNotFoundError:
        return 0


def keep_layers_at_once(workdir: Path, layers_at_once: int) -> None:
    """Keep how many layers train at once: their lanes have their checkpoints together.

    Raises:
        RunError: The file cannot be written.
    """
    write_text(workdir / ROUNDS, json.dumps(dataclasses.asdict(_Rounds(layers_at_once))))


def reopen(workdir: Path, is_standin: bool) -> None:
    """Remove the marks that say of results that they are complete, before these are rewritten.

    Args:
        workdir: The folder; it is marked as finished no longer.
        is_standin: Whether the corpus was generated; else no earlier run's mark says so either.

    Raises:
        RunError: The folder cannot be written.
    """
    try:
        (workdir / "run.json").unlink(missing_ok=True)
        if not is_standin:
            (workdir / STANDIN_MARK).unlink(missing_ok=True)
    except OSError as error:
        raise RunError(f"{workdir}: cannot be written ({error.strerror})") from error


def _holds_work(workdir: Path) -> bool:
    """Whether training has left anything there, a checkpoint or a result."""
    results = [workdir / name for name in ("run.json", *RESULTS) if name != STANDIN_MARK]
    kept = [path for folder in RESULT_FOLDERS for path in (workdir / folder).rglob("*")]
    # A link leads to where something is kept.
    return any(path.exists() for path in results) or any(
        path.is_symlink() or not path.is_dir() for path in kept
    )


def _clear(workdir: Path) -> None:
    """Remove what an earlier run left.

    `run.json` goes first, without which no run is finished, and `config.json` last: a folder
    without it is not known to be a run's, and nothing there is removed.
    """
    for name in ("run.json", *RESULTS, EPOCHS, ROUNDS):
        (workdir / name).unlink(missing_ok=True)
    for name in (*RESULT_FOLDERS, TRACKING):
        if (workdir / name).is_dir():
            shutil.rmtree(workdir / name)
    (workdir / "config.json").unlink()


def _check_same(
    workdir: Path, earlier: Any, config: Mapping[str, Any], defaults: Mapping[str, Any]
) -> None:
    """Refuse a folder that was begun with another config.

    Raises:
        RunError: It was; the message names the fields.
    """
    there, here = dict(leaves(defaults)) | dict(leaves(earlier)), dict(leaves(config))
    missing = object()
    changed = [
        name
        for name in sorted(there.keys() | here.keys())
        if there.get(name, missing) != here.get(name, missing)
        and not name.startswith("tracking.")  # who follows a run changes nothing in it
    ]
    if changed:
        differences = [
            f"{name}={json.dumps(here.get(name), ensure_ascii=False)} instead of "
            f"{json.dumps(there.get(name), ensure_ascii=False)}"
            for name in changed[:_FIELDS_NAMED]
        ]
        others = f" and {len(changed) - _FIELDS_NAMED} more" if changed[_FIELDS_NAMED:] else ""
        raise RunError(
            f"{workdir}: holds a run with another config ({', '.join(differences)}{others}); "
            "name another --workdir, or begin anew here with --resume=false"
        )
