"""Table 1 for readers: in the paper's layout, and beside the paper's figures."""

import itertools
from collections import defaultdict
from collections.abc import Iterator, Sequence
from pathlib import Path

import pandas as pd

from affdyn_jax.corpora.partitions import PARTITIONS
from affdyn_jax.method.tasks import TARGETS
from affdyn_jax.report.caveats import caveats
from affdyn_jax.report.document.blocks import Document, Section, Table, Warnings
from affdyn_jax.report.document.markdown import markdown
from affdyn_jax.report.notation import UNDEFINED, ccc, duration, listed, weight
from affdyn_jax.report.tables import (
    about_asterisks,
    best_of_targets,
    how_to_read,
    score_cells,
    with_asterisks,
)
from affdyn_jax.system.standin_mark import STANDIN_WORDS
from affdyn_jax.workdir.files import FinishedRun, write_text
from experiments.paper.grid_results import corpus_title, heading
from experiments.paper.latex import latex
from experiments.paper.paper_results import BEST_W, W0, W

_ON_PAPER = (
    "Below each figure the paper's and the difference from it. The paper has one column of "
    "W2V2 for French and does not say which of its two models it shows, so that column stands "
    "beside either; it does not say how many seeds its figures are of."
)


def write_table1(folder: Path, cells: pd.DataFrame, found: Sequence[FinishedRun]) -> None:
    """Write `table1.md` and `table1.tex`, with the paper's figures `table1_beside_paper.tex`.

    Args:
        folder: The experiment's workdir.
        cells: From `grid_results.read_cells`.
        found: The runs that they come from.

    Raises:
        RunError: They cannot be written.
    """
    mark = STANDIN_WORDS if cells["is_standin"].any() else ""
    of_paper = cells[cells["paper"].notna()]
    plain, beside_paper = tables(cells, beside_paper=False), tables(of_paper, beside_paper=True)
    warnings = _warnings(found)
    sections = [
        *([Section("Before reading it", [Warnings(warnings)])] if warnings else []),
        Section("CCC, as in the paper", plain),
        *([Section("The paper's figures beside it", beside_paper)] if beside_paper else []),
        Section("What was run", [_runs_table(cells, found)]),
    ]
    write_text(folder / "table1.md", markdown(Document("Table 1", mark, sections)))
    for name, of_file in (("table1", plain), ("table1_beside_paper", beside_paper)):
        if of_file:
            floats = [latex(t, f"tab:{name}-{n}", mark) for n, t in enumerate(of_file, start=1)]
            write_text(folder / f"{name}.tex", "\n".join(floats))


def tables(cells: pd.DataFrame, *, beside_paper: bool) -> list[Table]:
    """One table for each series of corpora that have the same columns.

    Args:
        cells: From `grid_results.read_cells`.
        beside_paper: Whether each figure has the paper's below it, and the difference.
    """
    corpora = [corpus_cells for _, corpus_cells in cells.groupby("corpus", sort=False)]
    found = []
    for columns, group in itertools.groupby(corpora, key=_columns):
        group = list(group)
        partitions = listed(list(dict.fromkeys(corpus.iloc[0]["partition"] for corpus in group)))
        is_tested = any(corpus["p_value"].notna().any() for corpus in group)
        caption = [
            f"CCC on {partitions} {how_to_read()}",
            *([about_asterisks()] if is_tested else []),
        ]
        if beside_paper:
            caption.append(_ON_PAPER)
        found.append(
            Table(
                " ".join(caption),
                corner=("Corpus", "", ""),
                columns=[
                    (f"Affect {target.capitalize()}", setup.capitalize(), heading(features, model))
                    for target, setup, features, model in columns
                ],
                rows=[row for corpus in group for row in _rows(corpus, columns, beside_paper)],
            )
        )
    return found


def _columns(corpus: pd.DataFrame) -> list[tuple[str, str, str, str]]:
    """Target, setup, features and model of each column that a corpus fills, in Table 1's order."""
    setups = sorted(corpus["setup"].unique())  # mono before multi
    features = corpus[["features", "model"]].drop_duplicates()
    return [
        (target, setup, *names)
        for target in TARGETS
        for setup in setups
        for names in features.itertuples(index=False, name=None)
    ]


def _rows(
    corpus: pd.DataFrame, columns: Sequence[tuple[str, str, str, str]], beside_paper: bool
) -> Iterator[tuple[tuple[str, str, str], list[str]]]:
    """The rows of one corpus: three for each dimension, or nine with the paper's figures."""
    for dimension, of_dimension in corpus.groupby("dimension", sort=False):
        by_quantity = {
            quantity: cells.set_index(["target", "setup", "features", "model"]).reindex(columns)
            for quantity, cells in of_dimension.groupby("quantity")
        }
        at_best_w, at_w0, w = (by_quantity[quantity] for quantity in (BEST_W, W0, W))
        best = best_of_targets(at_best_w["value"], at_w0["value"])
        shown = {
            BEST_W: with_asterisks(score_cells(at_best_w["value"], best), at_best_w["asterisk"]),
            W0: score_cells(at_w0["value"], best),
            W: [weight(value) for value in w["value"]],
        }
        place = (corpus_title(corpus), dimension.capitalize())
        for quantity, cells in shown.items():
            yield (*place, quantity), cells
            if beside_paper:
                of_paper = by_quantity[quantity]
                yield (*place, "paper"), list(of_paper["paper"].fillna(UNDEFINED))
                number = weight if quantity == W else ccc
                yield (
                    (*place, "difference"),
                    [_signed(number(value)) for value in of_paper["difference"]],
                )


def _signed(number: str) -> str:
    return number if number[0] in f"-{UNDEFINED}" else f"+{number}"


def _warnings(found: Sequence[FinishedRun]) -> list[str]:
    """Caveats about the scores, each with the corpora that it is true of."""
    of_corpora = defaultdict(dict)
    for run in found:
        for caveat in caveats(run):
            of_corpora[caveat][run.facts.corpus] = None
    return [f"{listed(list(corpora))}: {caveat}" for caveat, corpora in of_corpora.items()]


def _runs_table(cells: pd.DataFrame, found: Sequence[FinishedRun]) -> Table:
    """The runs behind the cells: how large each was, and how long it took."""
    folders = cells["run"].unique()
    rows = []
    for folder, run in zip(folders, found, strict=True):
        lanes = run.lanes.drop_duplicates("lane")
        rows.append(
            (
                (folder,),
                [
                    f"{run.facts.feature_count}",
                    *(f"{len(run.facts.recordings.get(p, []))}" for p in PARTITIONS),
                    f"{len(lanes)}",
                    f"{lanes['diverged'].sum()}",
                    f"{lanes['epochs'].sum()}",
                    duration(run.facts.seconds["training"]),
                ],
            )
        )
    hardware = listed(list(dict.fromkeys(run.facts.hardware for run in found)))
    return Table(
        "The runs, each with its own report in its folder: F features, recordings of each "
        f"partition, lanes and the epochs of all of them. Trained on {hardware}.",
        corner=("Run",),
        columns=[
            ("F",),
            *((partition,) for partition in PARTITIONS),
            *(("lanes",), ("diverged",), ("epochs",), ("training",)),
        ],
        rows=rows,
    )
