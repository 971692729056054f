"""The tables of scores that a run leaves: what each column holds, and that they fit together."""

import reprlib
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path

import pandas as pd

from affdyn_jax.errors import RunError
from affdyn_jax.evaluation.correlation_and_error import PEARSON_R, RMSE
from affdyn_jax.evaluation.lane_columns import TASK, has_fixed_w, model_columns, network_columns
from affdyn_jax.evaluation.pooling import without_fold
from affdyn_jax.evaluation.weightings import BEST, W0
from affdyn_jax.method.tasks import MULTI, TARGETS, tasks_of
from affdyn_jax.system.typed_tables import Column, Number, Switch, Text, Whole, read_table
from affdyn_jax.training.lanes import FIXED

LANES, HISTORY, POOLED = "lanes.csv", "history.csv", "pooled.csv"
SELECTION, WEIGHTINGS, SYSTEMS = "selection.csv", "weightings.csv", "systems.csv"
SUBSETS = "subsets.csv"

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
_W_IF_ANY = Number(0, 1)  # a rule has none

# Which runs of earlier versions do not have.
_MEASURES = {
    f"{partition}_{name}": values
    for partition in ("dev", "test")
    for name, values in ((PEARSON_R, _CCC), (RMSE, Number(0, 1e9)))
}

# Only where the run smoothed the states before it took their dynamics.
_UNSMOOTHED = {f"{partition}_ccc_unsmoothed": _CCC for partition in ("dev", "test")}

# Only where lanes differ in them.
_SWEPT = {
    "weighting": Text(),
    "learning_rate": Number(0, 1e38, may_lack=False),
    "patience": _EPOCHS,
    "weight_decay": Number(0, 1e6, may_lack=False),
    "dropout": Number(0, 1, may_lack=False),
    "low_pass": Text(),
    "layer": Whole(0, 10**4),
}
_FOLD = {"fold": Whole(0, 10**4)}


def read_lanes(workdir: Path, dimensions: Sequence[str]) -> pd.DataFrame:
    """`lanes.csv`, from `results.score_sweep`.

    Raises:
        FileNotFoundError: There is none.
        RunError: It is not as a run writes it.
    """
    path = workdir / LANES
    columns = _scores(dimensions) | {"best_epoch": _EPOCHS, "epochs": _EPOCHS}
    optional = _SWEPT | _FOLD | _UNSMOOTHED | _MEASURES
    lanes = _with_rows(path, read_table(path, columns | optional, _WAY_OUT, optional))
    _check_setups(path, lanes)
    _check_once(path, lanes, ("lane", *TASK))
    weighting = lanes.get("weighting", pd.Series(FIXED, lanes.index))
    for row in lanes[has_fixed_w(lanes) != (weighting == FIXED)].itertuples():
        raise RunError(
            f"{path}: lane {reprlib.repr(row.lane)} with w {row.w:g}, though a rule or none moves "
            f"it; {_WAY_OUT}"
        )
    return lanes


def read_pooled(workdir: Path, dimensions: Sequence[str], lanes: pd.DataFrame) -> pd.DataFrame:
    """`pooled.csv`, from `pooling.over_folds`.

    Raises:
        FileNotFoundError: There is none.
        RunError: It is not as a run writes it, or not of these lanes.
    """
    path = workdir / POOLED
    columns, optional = _scores(dimensions) | _swept(lanes), _UNSMOOTHED | _MEASURES
    pooled = read_table(path, columns | optional, _WAY_OUT, optional)
    _check_once(path, pooled, ("lane", *TASK))
    of_lane = ("lane", *model_columns(lanes), "seed", *TASK)
    _check_among(path, pooled, lanes.assign(lane=without_fold(lanes["lane"])), of_lane)
    return _with_rows(path, pooled)


def read_history(workdir: Path, dimensions: Sequence[str], lanes: pd.DataFrame) -> pd.DataFrame:
    """`history.csv`, a row for each lane and epoch.

    Raises:
        FileNotFoundError: There is none.
        RunError: It is not as a run writes it, or not of these lanes.
    """
    path = workdir / HISTORY
    columns = _lane(dimensions) | {"epoch": _EPOCHS, "train_loss": _LOSS, "dev_loss": _LOSS}
    columns |= {f"dev_ccc_{task.column}": _CCC for task in tasks_of(dimensions)} | _swept(lanes)
    if "weighting" in columns:
        columns |= {"epoch_w": _W}
    history = _with_rows(path, read_table(path, columns, _WAY_OUT))
    _check_among(path, history, lanes, ("lane", *model_columns(lanes)))
    _check_once(path, history, ("lane", "epoch"))
    return history


def read_selection(workdir: Path, dimensions: Sequence[str], lanes: pd.DataFrame) -> pd.DataFrame:
    """`selection.csv`, from `comparison.compare_with_w0`.

    Raises:
        FileNotFoundError: There is none.
        RunError: It is not as a run writes it, or not of these lanes.
    """
    path = workdir / SELECTION
    network = network_columns(lanes)
    columns = _network(dimensions, lanes) | {"w": _W, "chosen": Switch()}
    columns |= {"seeds": Whole(1, 10**6), "seeds_w0": Number(0, 10**6)}
    for partition in ("dev", "test"):
        for at in ("", "_w0"):
            columns |= {f"{partition}_ccc{at}": _CCC, f"{partition}_ccc_ci{at}": _HALF_INTERVAL}
    columns |= {f"test_ccc_{bound}{at}": _CCC for bound in ("low", "high") for at in ("", "_w0")}
    columns |= _difference("") | _UNSMOOTHED
    selection = _with_rows(path, read_table(path, columns, _WAY_OUT, optional=_UNSMOOTHED))
    _check_setups(path, selection)
    _check_once(path, selection, (*network, *TASK))
    _check_once(path, selection[selection["chosen"]], ("setup", *TASK, "chosen"))
    _check_among(path, selection, lanes[~lanes["diverged"]], (*network, *TASK, "w"))
    return selection


def read_weightings(workdir: Path, dimensions: Sequence[str], lanes: pd.DataFrame) -> pd.DataFrame:
    """`weightings.csv`, from `weightings.compare_weightings`; it may have no rows.

    Raises:
        FileNotFoundError: There is none.
        RunError: It is not as a run writes it, or not of these lanes.
    """
    path = workdir / WEIGHTINGS
    of_rule = (*network_columns(lanes), "weighting", *TASK)
    columns = _network(dimensions, lanes) | {"weighting": Text(), "seeds": Whole(1, 10**6)}
    for partition in ("dev", "test"):
        columns |= {f"{partition}_ccc{at}": _CCC for at in ("", BEST, W0)}
        columns |= {f"{partition}_ccc_ci": _HALF_INTERVAL}
    columns |= {"test_ccc_low": _CCC, "test_ccc_high": _CCC, f"w{BEST}": _W_IF_ANY}
    columns |= _difference(BEST) | _difference(W0)
    weightings = read_table(path, columns, _WAY_OUT)
    _check_once(path, weightings, of_rule)
    _check_among(path, weightings, lanes[~lanes["diverged"]], of_rule)
    return weightings


def read_subsets(
    workdir: Path,
    dimensions: Sequence[str],
    selection: pd.DataFrame,
    subsets: Mapping[str, Collection[str]],
) -> pd.DataFrame:
    """`subsets.csv`, from `subsets.score_subsets`.

    Args:
        workdir: The run's folder.
        dimensions: Of the run.
        selection: Its `selection.csv`.
        subsets: The names of the subsets of each division.

    Raises:
        FileNotFoundError: There is none.
        RunError: It is not as a run writes it, or not of this choice of w.
    """
    path = workdir / SUBSETS
    columns = {
        "division": Text(tuple(subsets)),
        "subset": Text(sum(map(tuple, subsets.values()), ())),
    }
    columns |= _network(dimensions, selection) | {"w": _W, "chosen": Switch()}
    for partition in ("dev", "test"):
        for at in ("", W0):
            columns |= {f"{partition}_ccc{part}{at}": _CCC for part in ("", "_low", "_high")}
    table = _with_rows(path, read_table(path, columns, _WAY_OUT))
    of_row = (*network_columns(selection), *TASK)
    _check_once(path, table, ("division", "subset", *of_row))
    _check_among(path, table, selection, (*of_row, "w", "chosen"))
    return table


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
        "w": _W_IF_ANY,
        "seed": Whole(0, 2**32 - 1),
    }


def _scores(dimensions: Sequence[str]) -> dict[str, Column]:
    """A lane's columns, and those of its scores on a task."""
    columns = _lane(dimensions) | _task(dimensions) | {"diverged": Switch()}
    for partition in ("dev", "test"):
        columns |= {f"{partition}_ccc": _CCC, f"{partition}_ccc_per_recording": _CCC}
    return columns


def _swept(lanes: pd.DataFrame) -> dict[str, Column]:
    """The columns of the settings that these lanes differ in."""
    return {name: column for name, column in _SWEPT.items() if name in lanes}


def _network(dimensions: Sequence[str], lanes: pd.DataFrame) -> dict[str, Column]:
    """The columns of a network and a task."""
    columns = {"setup": _setup(dimensions), "hidden_size": _HIDDEN_SIZE} | _swept(lanes)
    return {name: columns[name] for name in network_columns(lanes)} | _task(dimensions)


def _difference(at: str) -> dict[str, Column]:
    """The columns of `models_on_test.DIFFERENCE`."""
    columns = {f"difference{bound}{at}": _DIFFERENCE for bound in ("", "_low", "_high")}
    return columns | {f"{p}{at}": _PROBABILITY for p in ("p_value", "p_value_over_frames")}


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
    without_nan = {"w": -1.0}  # which equals nothing
    known = set(lanes[list(columns)].fillna(without_nan).itertuples(index=False, name=None))
    for row in table[list(columns)].fillna(without_nan).itertuples(index=False):
        if tuple(row) not in known:
            raise RunError(f"{path}: a row of {_words(row)}, of which {LANES} has none; {_WAY_OUT}")


def _words(row: tuple) -> str:
    return ", ".join(f"{column} {reprlib.repr(value)}" for column, value in row._asdict().items())
