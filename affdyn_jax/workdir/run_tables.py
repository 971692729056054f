"""The tables of scores that a run leaves: what each column holds, and that they fit together."""

import reprlib
from collections.abc import Sequence
from pathlib import Path

import pandas as pd

from affdyn_jax.errors import RunError
from affdyn_jax.method.tasks import MULTI, TARGETS, tasks_of
from affdyn_jax.system.typed_tables import Column, Number, Switch, Text, Whole, read_table

LANES, HISTORY, SELECTION, SYSTEMS = "lanes.csv", "history.csv", "selection.csv", "systems.csv"

_WAY_OUT = (
    "the file is not as this version writes it, so run the same affdyn_jax.main command again"
)

_CCC = Number(-1, 1)
_DIFFERENCE = Number(-2, 2)
_HALF_INTERVAL = Number(0, 100)  # of two seeds it may be wider than all scores
_LOSS = Number(-1e-6, 2 + 1e-6)  # Eq. 3, and what float32 adds
_PROBABILITY = Number(0, 1)
_EPOCHS = Whole(0, 10**6)
_HIDDEN_SIZE = Whole(1, 2**16)
_W = Number(0, 1, may_lack=False)

# Only where the run smoothed the states before it took their dynamics.
_UNSMOOTHED = {f"{partition}_ccc_unsmoothed": _CCC for partition in ("dev", "test")}

# Of a network whose scores are compared.
_NETWORK = ("setup", "hidden_size", "dimension", "target")


def read_lanes(workdir: Path, dimensions: Sequence[str]) -> pd.DataFrame:
    """`lanes.csv`, from `results.score_sweep`.

    Raises:
        FileNotFoundError: There is none.
        RunError: It is not as a run writes it.
    """
    path = workdir / LANES
    columns = _lane(dimensions) | _task(dimensions)
    for partition in ("dev", "test"):
        columns |= {f"{partition}_ccc": _CCC, f"{partition}_ccc_per_recording": _CCC}
    columns |= {"best_epoch": _EPOCHS, "epochs": _EPOCHS, "diverged": Switch()}
    columns |= _UNSMOOTHED
    lanes = _with_rows(path, read_table(path, columns, _WAY_OUT, optional=_UNSMOOTHED))
    _check_setups(path, lanes)
    _check_once(path, lanes, ("lane", "dimension", "target"))
    return lanes


def read_history(workdir: Path, dimensions: Sequence[str], lanes: pd.DataFrame) -> pd.DataFrame:
    """`history.csv`, a row for each lane and epoch.

    Raises:
        FileNotFoundError: There is none.
        RunError: It is not as a run writes it, or not of these lanes.
    """
    path = workdir / HISTORY
    columns = _lane(dimensions) | {"epoch": _EPOCHS, "train_loss": _LOSS, "dev_loss": _LOSS}
    columns |= {f"dev_ccc_{task.column}": _CCC for task in tasks_of(dimensions)}
    history = _with_rows(path, read_table(path, columns, _WAY_OUT))
    _check_among(path, history, lanes, ("lane", "setup", "hidden_size", "w"))
    _check_once(path, history, ("lane", "epoch"))
    return history


def read_selection(workdir: Path, dimensions: Sequence[str], lanes: pd.DataFrame) -> pd.DataFrame:
    """`selection.csv`, from `comparison.compare_with_w0`.

    Raises:
        FileNotFoundError: There is none.
        RunError: It is not as a run writes it, or not of these lanes.
    """
    path = workdir / SELECTION
    columns = {"setup": _setup(dimensions), "hidden_size": _HIDDEN_SIZE, "w": _W}
    columns |= _task(dimensions)
    columns |= {"chosen": Switch(), "seeds": Whole(1, 10**6), "seeds_w0": Number(0, 10**6)}
    for partition in ("dev", "test"):
        for at in ("", "_w0"):
            columns |= {f"{partition}_ccc{at}": _CCC, f"{partition}_ccc_ci{at}": _HALF_INTERVAL}
    columns |= {f"test_ccc_{bound}{at}": _CCC for bound in ("low", "high") for at in ("", "_w0")}
    columns |= {f"difference{bound}": _DIFFERENCE for bound in ("", "_low", "_high")}
    columns |= {"p_value": _PROBABILITY, "p_value_over_frames": _PROBABILITY} | _UNSMOOTHED
    selection = _with_rows(path, read_table(path, columns, _WAY_OUT, optional=_UNSMOOTHED))
    _check_setups(path, selection)
    _check_once(path, selection, _NETWORK)
    _check_once(path, selection[selection["chosen"]], ("setup", "dimension", "target", "chosen"))
    _check_among(path, selection, lanes[~lanes["diverged"]], (*_NETWORK, "w"))
    return selection


def read_systems(workdir: Path, dimensions: Sequence[str]) -> pd.DataFrame:
    """`systems.csv`, from `scores.system_scores`; it may have no rows.

    Raises:
        FileNotFoundError: There is none.
        RunError: It is not as a run writes it.
    """
    columns = {"system": Text(), "dimension": Text(dimensions), "dev_ccc": _CCC, "test_ccc": _CCC}
    return read_table(workdir / SYSTEMS, columns, _WAY_OUT)


def _lane(dimensions: Sequence[str]) -> dict[str, Column]:
    return {
        "lane": Text(),
        "setup": _setup(dimensions),
        "hidden_size": _HIDDEN_SIZE,
        "w": _W,
        "seed": Whole(0, 2**32 - 1),
    }


def _setup(dimensions: Sequence[str]) -> Text:
    return Text((*dimensions, MULTI))


def _task(dimensions: Sequence[str]) -> dict[str, Column]:
    return {"dimension": Text(dimensions), "target": Text(TARGETS)}


def _with_rows(path: Path, table: pd.DataFrame) -> pd.DataFrame:
    if table.empty:
        raise RunError(f"{path}:1: no rows follow this line; {_WAY_OUT}")
    return table


def _check_setups(path: Path, table: pd.DataFrame) -> None:
    """Refuse a row whose dimension its setup does not train."""
    strange = table[(table["setup"] != MULTI) & (table["setup"] != table["dimension"])]
    for row in strange.itertuples():
        raise RunError(
            f"{path}: setup {reprlib.repr(row.setup)} with dimension "
            f"{reprlib.repr(row.dimension)}, which it does not train; {_WAY_OUT}"
        )


def _check_once(path: Path, table: pd.DataFrame, columns: Sequence[str]) -> None:
    """Refuse two rows that are of one thing."""
    twice = table.loc[table.duplicated(list(columns)), list(columns)]
    for row in twice.itertuples(index=False):
        raise RunError(f"{path}: two rows of {_words(row)}; {_WAY_OUT}")


def _check_among(
    path: Path, table: pd.DataFrame, lanes: pd.DataFrame, columns: Sequence[str]
) -> None:
    """Refuse a row of something that `lanes.csv` has no sound lane of."""
    known = set(lanes[list(columns)].itertuples(index=False, name=None))
    for row in table[list(columns)].itertuples(index=False):
        if tuple(row) not in known:
            raise RunError(f"{path}: a row of {_words(row)}, of which {LANES} has none; {_WAY_OUT}")


def _words(row: tuple) -> str:
    return ", ".join(f"{column} {reprlib.repr(value)}" for column, value in row._asdict().items())
