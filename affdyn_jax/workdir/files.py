"""What a run leaves in its workdir: the names of the files, written and read in one place."""

import dataclasses
import json
import reprlib
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from affdyn_jax.corpora.avec_tables import read_trace, write_trace
from affdyn_jax.errors import RunError
from affdyn_jax.evaluation.lane_columns import has_fixed_w
from affdyn_jax.method.tasks import tasks_of
from affdyn_jax.system.standin_mark import STANDIN_MARK, write_standin_mark
from affdyn_jax.system.typed_json import read_as, read_json
from affdyn_jax.system.whole_files import write_whole
from affdyn_jax.training.lanes import SWEPT
from affdyn_jax.workdir.audio_links import AUDIO_LINKS
from affdyn_jax.workdir.folder_checks import (
    ANOTHER_WORKDIR,
    WAY_OUT,
    check_config,
    told_of,
    unfinished,
)
from affdyn_jax.workdir.layer_weights import LAYER_WEIGHTS, read_layer_weights
from affdyn_jax.workdir.run_facts import RunFacts, check_run
from affdyn_jax.workdir.run_tables import (
    HISTORY,
    LANES,
    POOLED,
    SELECTION,
    SUBSETS,
    SYSTEMS,
    WEIGHTINGS,
    read_history,
    read_lanes,
    read_pooled,
    read_selection,
    read_subsets,
    read_systems,
    read_weightings,
)
from affdyn_jax.workdir.standardisation_table import STANDARDISATION

# What a run writes and the next one in the same workdir replaces.
RESULTS = (
    *(LANES, HISTORY, POOLED, SELECTION, SUBSETS, WEIGHTINGS, SYSTEMS, LAYER_WEIGHTS),
    *(STANDARDISATION, AUDIO_LINKS),
    *("report.md", "report.html", STANDIN_MARK),
    *("layers.csv", "layers.md"),  # of `experiments.paper.layers`
)
RESULT_FOLDERS = ("predictions", "gold_standard", "checkpoints", "weights", "figures")

# What trackers leave, lines of JSON always; not what a run has found, so it binds no config.
EPOCHS = "epochs.jsonl"
TRACKING = "tracking"

# How many layers train at once, of a run over layers; it binds no config either.
ROUNDS = "rounds.json"

# After a shorter training no single epochs are timed: it would be over before the program for one
# lane is compiled.
WORTHWHILE_EPOCHS = 20

_LARGEST_VALUE = 1e9  # of a gold standard: ratings up to 10⁶, and their change per second

_PREDICTIONS = "predictions"
_GOLD_STANDARD = "gold_standard"


@dataclasses.dataclass(frozen=True)
class FinishedRun:
    """A run as its workdir tells it; a report needs no more than this.

    Attributes:
        workdir: The folder.
        config: The config it ran with.
        facts: What was run.
        lanes: `lanes.csv`, from `results.score_sweep`.
        history: `history.csv`, a row for each lane and epoch.
        pooled: `pooled.csv`, the lanes pooled over folds (see `pooling`); without folds `lanes`.
        selection: `selection.csv`, from `comparison.compare_with_w0`.
        subsets: `subsets.csv`, from `subsets.score_subsets`; None where there is one corpus and one
            language.
        weightings: `weightings.csv`, from `weightings.compare_weightings`; None where no rule
            moved w.
        systems: `systems.csv`, from `scores.system_scores`; None where the features are
            not other systems' predictions.
        layer_weights: `layer_weights.csv`, from `layer_weights.layer_weights`; None where no lanes
            hear a weighted sum of layers.
    """

    workdir: Path
    config: dict[str, Any] = dataclasses.field(repr=False)
    facts: RunFacts = dataclasses.field(repr=False)
    lanes: pd.DataFrame = dataclasses.field(repr=False)
    history: pd.DataFrame = dataclasses.field(repr=False)
    pooled: pd.DataFrame = dataclasses.field(repr=False)
    selection: pd.DataFrame = dataclasses.field(repr=False)
    subsets: pd.DataFrame | None = dataclasses.field(repr=False)
    weightings: pd.DataFrame | None = dataclasses.field(repr=False)
    systems: pd.DataFrame | None = dataclasses.field(repr=False)
    layer_weights: pd.DataFrame | None = dataclasses.field(default=None, repr=False)

    def predictions(self, partition: str, recording: str) -> pd.DataFrame:
        """Predictions of one recording; columns as `Task.column`, times (s) as index."""
        path = _trace(self.workdir, _PREDICTIONS, partition, recording)
        return _read_frames(path, recording, self.facts.predicting_lanes)

    def gold_standard(self, partition: str, recording: str) -> pd.DataFrame:
        """Gold standards of the same frames and columns, NaN where undefined."""
        path = _trace(self.workdir, _GOLD_STANDARD, partition, recording)
        return _read_frames(
            path, recording, [task.column for task in tasks_of(self.facts.dimensions)]
        )


def checkpoints_folder(workdir: Path, hidden_size: int, layers: Sequence[int] = ()) -> Path:
    """Where the training states of one hidden size are kept; of these layers, if of any."""
    of_layers = f"_layers_{layers[0]}_to_{layers[-1]}" if layers else ""
    return workdir / "checkpoints" / f"hidden_{hidden_size}{of_layers}"


def tracking_folder(workdir: Path) -> Path:
    """Where trackers keep what they have of the run."""
    return workdir / TRACKING


def weights_folder(workdir: Path, hidden_size: int) -> Path:
    """Where the weights of one hidden size are kept."""
    return workdir / "weights" / f"hidden_{hidden_size}"


def mark_standin(workdir: Path) -> None:
    """Say in the workdir that all in it was made from generated data."""
    write_standin_mark(
        workdir,
        "everything in this folder was made from a generated corpus.\n"
        "No one spoke, felt or rated any of it; the scores say nothing about people.",
        ANOTHER_WORKDIR,
    )


def write_facts(workdir: Path, facts: RunFacts) -> None:
    """Write `run.json`, the last file of a run: where it is, the run is finished."""
    content = json.dumps(dataclasses.asdict(facts), indent=2, ensure_ascii=False)
    write_text(workdir / "run.json", content)


def write_table(workdir: Path, name: str, table: pd.DataFrame) -> None:
    """Write one of the tables, with six decimals, settings exactly, NaN as an empty field."""
    settings = table[[name for name in SWEPT if name in table]].select_dtypes(float)
    exact = {name: [f"{value:.15g}" for value in settings[name]] for name in settings}
    content = table.assign(**exact).to_csv(index=False, float_format="%.6f", lineterminator="\n")
    write_text(workdir / name, content)


def write_predictions(
    workdir: Path,
    partition: str,
    recording: str,
    times_t: np.ndarray,
    columns: Mapping[str, np.ndarray],
) -> None:
    """Write one recording's predictions, times in seconds and columns of shape (T,)."""
    write_trace(_trace(workdir, _PREDICTIONS, partition, recording), recording, times_t, columns)


def write_gold_standard(
    workdir: Path,
    partition: str,
    recording: str,
    times_t: np.ndarray,
    columns: Mapping[str, np.ndarray],
) -> None:
    """Write one recording's gold standards, NaN where undefined, as the predictions are."""
    write_trace(_trace(workdir, _GOLD_STANDARD, partition, recording), recording, times_t, columns)


def read_run(workdir: Path) -> FinishedRun:
    """Read a finished run.

    Raises:
        RunError: The folder holds no finished run, or a file of it cannot be read.
    """
    if not workdir.is_dir():
        raise RunError(f"{workdir}: no such folder; --run takes the workdir of a run")
    try:
        with told_of(workdir / "run.json", WAY_OUT):
            facts = read_as(RunFacts, read_json(workdir / "run.json"))
            check_run(facts)
        lanes = read_lanes(workdir, facts.dimensions)
        history = read_history(workdir, facts.dimensions, lanes)
        pooled = read_pooled(workdir, facts.dimensions, lanes) if "fold" in lanes else lanes
        selection = read_selection(workdir, facts.dimensions, pooled)
        subsets = weightings = layer_weights = None
        if facts.layers and "layer" not in lanes:
            layer_weights = read_layer_weights(workdir, lanes, facts.layers)
        if facts.subsets:
            subsets = read_subsets(workdir, facts.dimensions, selection, facts.subsets)
        if not has_fixed_w(lanes).all():
            weightings = read_weightings(workdir, facts.dimensions, pooled)
        with told_of(workdir / "config.json", WAY_OUT):
            config = read_json(workdir / "config.json")
            check_config(config)
    except FileNotFoundError as error:
        raise unfinished(Path(error.filename)) from error
    missing = set(facts.predicting_lanes.values()) - set(pooled["lane"])
    if missing:
        table = POOLED if "fold" in lanes else LANES
        raise RunError(
            f"{workdir / table}: no lane {reprlib.repr(min(missing))}, which run.json names; "
            f"{WAY_OUT}"
        )
    heard = set() if "layer" not in lanes else set(lanes["layer"])
    if heard - set(facts.layers):
        raise RunError(
            f"{workdir / LANES}: layer {min(heard - set(facts.layers))}, which run.json does not "
            f"name; {WAY_OUT}"
        )
    has_systems = (workdir / SYSTEMS).exists()
    return FinishedRun(
        workdir=workdir,
        config=config,
        facts=facts,
        lanes=lanes,
        history=history,
        pooled=pooled,
        selection=selection,
        subsets=subsets,
        weightings=weightings,
        systems=read_systems(workdir, facts.dimensions) if has_systems else None,
        layer_weights=layer_weights,
    )


def write_text(path: Path, content: str) -> None:
    """Write a file of a run, whole or not at all.

    Raises:
        RunError: It cannot be written.
    """
    write_whole(path, (content.rstrip("\n") + "\n").encode(), ANOTHER_WORKDIR)


def _trace(workdir: Path, kind: str, partition: str, recording: str) -> Path:
    return workdir / kind / partition / f"{recording}.csv"


def _read_frames(path: Path, recording: str, expected: Collection[str]) -> pd.DataFrame:
    times_t, values_tc, columns = read_trace(path, recording, blank_is_nan=True)
    for column in expected:
        if column not in columns:
            raise RunError(f"{path}:1: no column '{column}'; {WAY_OUT}")
    if (np.abs(values_tc) > _LARGEST_VALUE).any():
        raise RunError(f"{path}: values beyond {_LARGEST_VALUE:g}; {WAY_OUT}")
    return pd.DataFrame(values_tc, index=pd.Index(times_t, name="time"), columns=list(columns))
