"""The results of a grid of runs, a row for each cell of Table 1: `table1.csv`."""

from collections.abc import Sequence
from pathlib import Path

import pandas as pd

from affdyn_jax.errors import RunError, reason
from affdyn_jax.method.tasks import MULTI, STATE
from affdyn_jax.report.partitions import scored_partition
from affdyn_jax.report.setup_kinds import setup_kind
from affdyn_jax.report.tables import has_asterisk
from affdyn_jax.system.standin_mark import STANDIN_WORDS
from affdyn_jax.workdir import files
from affdyn_jax.workdir.files import FinishedRun
from experiments.paper.paper_grid import HEADINGS, GridRun
from experiments.paper.paper_results import BEST_W, W0, W, paper_table

_FILE = "table1.csv"

_PLACE = ("corpus", "dimension", "quantity", "target", "setup", "features")
_SWITCHES = ("is_standin", "asterisk")
_NUMBERS = ("hidden_size", "seeds", "value", "p_value", "difference")
_TEXTS = (
    *("corpus", "partition", "dimension", "quantity", "target", "setup", "features", "model"),
    *("paper", "run"),
)
_COLUMNS = (
    *("corpus", "is_standin", "partition", "dimension", "quantity", "target", "setup"),
    *("features", "model", "hidden_size", "seeds", "value", "p_value", "asterisk"),
    *("paper", "difference", "run"),
)


def write_cells(
    folder: Path, runs: Sequence[GridRun], found: Sequence[FinishedRun]
) -> pd.DataFrame:
    """Write `table1.csv`, a row for each cell, and return it as `read_cells` does.

    `corpus`, `dimension`, `quantity` (`CCC best w`, `CCC w = 0`, `best w`), `target`, `setup`,
    `features` and `model` are the cell's place; `partition` is what it was scored on. `value` is
    the mean over `seeds` at the `hidden_size` that is best on dev. `p_value` and `asterisk` are of
    `CCC best w`. `paper` is the paper's figure as printed, where it has a corpus of this name, and
    `difference` the difference from it, where both are of test. `run` is the folder of the run.

    Args:
        folder: The experiment's workdir.
        runs: The runs, in the order of the table.
        found: What each run has left.

    Raises:
        RunError: The file cannot be written.
    """
    cells = pd.concat([_cells(*pair) for pair in zip(runs, found, strict=True)])
    files.write_table(folder, _FILE, _beside_paper(cells)[list(_COLUMNS)])
    return read_cells(folder)


def read_cells(folder: Path) -> pd.DataFrame:
    """The table of `write_cells`, with `paper` as text and `model` empty where there is only one.

    Raises:
        RunError: It is missing, or not as this version writes it.
    """
    path = folder / _FILE
    try:
        # A corpus, a dimension or a model may be called NA; only numbers and the paper's figures
        # may be missing, and are then empty.
        cells = pd.read_csv(
            path,
            dtype=dict.fromkeys(_TEXTS, str) | dict.fromkeys(_SWITCHES, bool),
            keep_default_na=False,
            na_values={column: [""] for column in (*_NUMBERS, "paper")},
        )
    except FileNotFoundError as error:
        raise RunError(
            f"{path}: missing; --workdir takes the folder of a finished experiments.paper.table1"
        ) from error
    except (OSError, ValueError) as error:
        raise RunError(f"{path}: cannot be read as a table ({reason(error)})") from error
    missing = [column for column in _COLUMNS if column not in cells]
    if missing:
        raise RunError(
            f"{path}:1: no column '{missing[0]}'; run the same experiments.paper.table1 command "
            "again"
        )
    return cells


def best_systems(folder: Path) -> pd.DataFrame:
    """The cells of the models that Table 2 and Figure 2 show: states, W2V2, multi, at best w.

    Raises:
        RunError: There are none, or no table.
    """
    cells = read_cells(folder)
    systems = cells[
        (cells["features"] == HEADINGS["w2v2"])
        & (cells["setup"] == setup_kind(MULTI))
        & (cells["target"] == STATE)
        & (cells["quantity"] == BEST_W)
    ]
    if systems.empty:
        raise RunError(
            f"{folder / _FILE}: has no multi-dimensional models of W2V2 features; run "
            "experiments.paper.table1 with --features=mfcc,mfb,w2v2"
        )
    return systems


def heading(features: str, model: str) -> str:
    """The heading of a column, `MFB` or `W2V2 base`."""
    return f"{features} {model}".rstrip()


def corpus_title(corpus_cells: pd.DataFrame) -> str:
    """A corpus's name with caveats about its scores, from its cells."""
    first = corpus_cells.iloc[0]
    title = first["corpus"] if first["partition"] == "test" else f"{first['corpus']}, dev"
    return f"{title} ({STANDIN_WORDS})" if first["is_standin"] else title


def paper_corpus(corpus: str) -> str:
    """The name that a corpus would have in the paper; of a stand-in, that of its original."""
    return corpus.removesuffix(" stand-in")


def _cells(run: GridRun, found: FinishedRun) -> pd.DataFrame:
    """The cells of one run, without the paper's."""
    partition = scored_partition(found.facts)
    sources = {BEST_W: f"{partition}_ccc", W0: f"{partition}_ccc_w0", W: "w"}
    chosen = found.selection[found.selection["chosen"]]
    order = found.facts.dimensions
    chosen = chosen.sort_values(
        "dimension", key=lambda names: names.map(order.index), kind="stable"
    )
    chosen = chosen.assign(asterisk=has_asterisk(chosen), setup=chosen["setup"].map(setup_kind))
    by_quantity = []
    for quantity, source in sources.items():
        cells = chosen.assign(quantity=quantity, value=chosen[source])
        if quantity != BEST_W:
            cells = cells.assign(p_value=float("nan"), asterisk=False)
        if quantity == W0:
            cells = cells.assign(seeds=cells["seeds_w0"])
        by_quantity.append(cells)
    return pd.concat(by_quantity).assign(
        corpus=found.facts.corpus,
        is_standin=found.facts.is_standin,
        partition=partition,
        features=run.features,
        model=run.model,
        run=run.folder.as_posix(),
    )


def _beside_paper(cells: pd.DataFrame) -> pd.DataFrame:
    """The cells, each with the paper's figure for its place."""
    paper = paper_table(1)[[*_PLACE, "printed", "value"]]
    paper = paper.rename(columns={"corpus": "name", "printed": "paper", "value": "paper_value"})
    place = ["name", *_PLACE[1:]]
    cells = cells.assign(name=cells["corpus"].map(paper_corpus))
    cells = cells.drop(columns="difference").merge(paper, how="left", on=place)
    on_test = cells["partition"] == "test"
    return cells.assign(difference=(cells["value"] - cells["paper_value"]).where(on_test))
