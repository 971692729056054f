"""Training states on disk, from which an interrupted run is resumed."""

import logging
import shutil
from collections.abc import Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Any, NamedTuple

import jax
import numpy as np
from flax import nnx

from affdyn_jax.dataset.examples import checksum
from affdyn_jax.errors import DamageError, RunError
from affdyn_jax.system.array_folders import read_arrays, remove_half_written, write_arrays
from affdyn_jax.system.checksums import read_seal
from affdyn_jax.system.processes import from_first, is_first, wait_for_all
from affdyn_jax.training.arithmetic import differences, number_kinds
from affdyn_jax.training.loop import TrainingState, empty_history
from affdyn_jax.training.repetitions import Repetition, TrainingData

_KEPT = 2

log = logging.getLogger(__name__)


class Interrupted(NamedTuple):
    """A point from which training continues.

    Attributes:
        state: The newest intact one, or the one before the first epoch.
        seconds: Wall time spent on it.
    """

    state: TrainingState
    seconds: float


class Checkpoints:
    """The training states of one hidden size, in a folder for each epoch that was kept.

    Each is written in the background and appears under its name once it is whole and sealed. The
    last two are kept. Of several processes, only the first one reads and writes.

    As a context, it ends when the last one has been written.

    Args:
        folder: Where they lie; made if missing.
        start: The state before the first epoch.
        data: What the lanes are trained on. A state trained on other data is refused.
        arithmetic: From `arithmetic.arithmetic`. `changes` lists where a state was trained with
            another one.

    Raises:
        RunError: The folder cannot be written.
    """

    def __init__(
        self,
        folder: Path,
        start: TrainingState,
        data: TrainingData,
        arithmetic: Mapping[str, str],
    ):
        self._folder = folder.absolute()
        self._start = start
        self._made_from = _made_from(start, data)
        self._weight_names = _weight_names(start)
        self._arithmetic = dict(arithmetic)
        self.changes: list[str] = []
        self._writer = ThreadPoolExecutor(max_workers=1, thread_name_prefix="checkpoints")
        self._written: Future | None = None
        if is_first():
            _make_ready(self._folder)

    def __enter__(self):
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        try:
            self._finish_writing()
        except RunError as error:
            if kind is None:
                raise
            log.error("%s", error)  # beside the reason for leaving
        finally:
            self._writer.shutdown()

    def latest(self) -> Interrupted:
        """The newest intact state; damaged ones are reported and deleted.

        Raises:
            RunError: The states come from other data, or a damaged one cannot be deleted.
        """
        found = self._read_latest() if is_first() else None
        wait_for_all()
        epoch = from_first(np.array(found.state.epoch if found else 0, np.int32))
        if epoch == 0:
            return Interrupted(self._start, 0.0)
        if found is None:
            found = Interrupted(_like(self._start, int(epoch)), 0.0)
        state, seconds = from_first((found.state, np.array(found.seconds, np.float32)))
        return Interrupted(jax.tree.map(np.asarray, state), float(seconds))

    def save(self, state: TrainingState, seconds: float) -> None:
        """Keep a state; it is copied before this returns, and written while training continues.

        Args:
            state: After at least one epoch more than the last one that was kept.
            seconds: Wall time spent on it.

        Raises:
            RunError: It cannot be written, or the one before could not.
        """
        if not is_first():
            return
        self._finish_writing()
        self._written = self._writer.submit(self._write, state.epoch, _packed(state), seconds)

    def _write(self, epoch: int, arrays: dict[str, np.ndarray], seconds: float) -> None:
        """Write one state, then delete all but the last two."""
        facts = {
            "weights": self._weight_names,
            "made_from": self._made_from,
            "number_kinds": number_kinds(),
            "arithmetic": self._arithmetic,
            "changes": self.changes,
            "seconds": seconds,
        }
        write_arrays(self._folder / str(epoch), arrays, facts)
        for earlier in _kept_epochs(self._folder)[:-_KEPT]:
            shutil.rmtree(self._folder / str(earlier))

    def _finish_writing(self) -> None:
        if self._written is None:
            return
        written, self._written = self._written, None
        try:
            written.result()
        except OSError as error:
            raise RunError(
                f"{self._folder}: an old checkpoint cannot be deleted ({error.strerror}); check "
                "the folder's permissions"
            ) from error

    def _read_latest(self) -> Interrupted | None:
        for epoch in reversed(_kept_epochs(self._folder)):
            path = self._folder / str(epoch)
            try:
                facts = read_seal(path)
            except DamageError as error:
                log.warning("%s; using the checkpoint before it", error)
                _delete(path)
                continue
            self._check(path, facts)
            like = _like(self._start, epoch)
            arrays = read_arrays(path)
            return Interrupted(_unpacked(arrays, like), facts["seconds"])
        return None

    def _check(self, path: Path, facts: Mapping[str, Any]) -> None:
        """Refuse a state of another training; warn of one that other arithmetic has trained."""
        if facts.get("weights") != self._weight_names:
            raise RunError(
                f"{path}: this checkpoint is of an earlier version of affdyn_jax; begin anew with "
                "--resume=false"
            )
        other_kinds = differences(facts["number_kinds"], number_kinds())
        if other_kinds:
            raise RunError(
                f"{path}: this checkpoint cannot be continued with {', '.join(other_kinds)}; set "
                "that as it was, or begin anew with --resume=false"
            )
        now = differences(facts["arithmetic"], self._arithmetic)
        if facts["made_from"] != self._made_from:
            otherwise = f", or come out otherwise here ({', '.join(now)})" if now else ""
            raise RunError(
                f"{path}: this checkpoint was trained on other data; the corpus or its features "
                f"have changed since{otherwise}, so begin anew with --resume=false"
            )
        if now:
            log.warning(
                "%s: continuing with other arithmetic (%s); the last digits may not be those of a "
                "run that was never interrupted",
                path,
                ", ".join(now),
            )
        self.changes = list(dict.fromkeys([*facts["changes"], *now]))


def _make_ready(folder: Path) -> None:
    """Make the folder, and delete what a killed process has left half written."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        remove_half_written(folder)
    except OSError as error:
        raise RunError(
            f"{folder}: cannot be written ({error.strerror}); name another --workdir"
        ) from error


def _kept_epochs(folder: Path) -> list[int]:
    """The epochs whose states lie there, ascending; half-written ones have other names."""
    return sorted(int(path.name) for path in folder.iterdir() if path.name.isdecimal())


def _delete(path: Path) -> None:
    try:
        shutil.rmtree(path)
    except OSError as error:
        raise RunError(
            f"{path}: the damaged checkpoint cannot be deleted ({error.strerror}); delete it by "
            "hand"
        ) from error


def _made_from(start: TrainingState, data: TrainingData) -> str:
    """A checksum of all that training depends on besides its arithmetic.

    Of the initial weights only shapes are included: their last digits depend on the arithmetic.
    """
    lanes = start.lane_states
    shapes = " ".join(f"{leaf.dtype.str} {leaf.shape}" for leaf in jax.tree.leaves(lanes))
    kinds = np.frombuffer(shapes.encode(), np.uint8)
    rows = [array for repetition in data.repetitions for array in _rows(repetition)]
    return checksum((kinds, *lanes.settings, *rows, *data.train, *data.dev))


def _rows(repetition: Repetition) -> tuple[np.ndarray, ...]:
    """What a repetition trains on and chooses epochs by, and its standardisation.

    The first layer is not told, so that checkpoints of features without layers keep their checksum.
    """
    split = repetition.split
    standardisation = split.standardisation
    layer = (np.int32(split.layer),) if split.layer else ()
    scaling = standardisation.mean_f, standardisation.deviation_f
    return split.train_n, split.dev_n, *scaling, *layer


def _weight_names(state: TrainingState) -> list[str]:
    """What the network's arrays are called; other ones cannot take their place."""
    weights = nnx.to_pure_dict(state.lane_states.weights)
    return [jax.tree_util.keystr(path) for path, _ in jax.tree_util.tree_leaves_with_path(weights)]


def _like(start: TrainingState, epoch: int) -> TrainingState:
    """A state of the same lanes after so many epochs, its values still to be filled in."""
    _, lane_count, task_count = start.history.dev_ccc_k.shape
    return start._replace(history=empty_history(epoch, lane_count, task_count))


def _packed(state: TrainingState) -> dict[str, np.ndarray]:
    """All arrays of one dtype as one: orbax's time grows with the number of arrays."""
    leaves = jax.tree.leaves(state)
    return {
        dtype.name: np.concatenate([leaf.ravel() for leaf in leaves if leaf.dtype == dtype])
        for dtype in sorted({leaf.dtype for leaf in leaves}, key=str)
    }


def _unpacked(arrays: dict[str, np.ndarray], like: TrainingState) -> TrainingState:
    """The state whose arrays were packed; `like` has its structure and shapes."""
    taken = dict.fromkeys(arrays, 0)

    def take(leaf: np.ndarray) -> np.ndarray:
        name, start = leaf.dtype.name, taken[leaf.dtype.name]
        taken[name] = start + leaf.size
        return np.array(arrays[name][start : start + leaf.size]).reshape(leaf.shape)

    return jax.tree.map(take, like)
