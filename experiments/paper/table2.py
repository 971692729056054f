"""The paper's Table 2: the best models of `experiments.paper.table1` beside the published systems.

    python -m experiments.paper.table2 --workdir=runs/table1

It reads what `experiments.paper.table1` left there and trains nothing. Writes `table2.md`,
`table2.tex` and `table2.csv` beside it.
"""

from pathlib import Path

import pandas as pd
from absl import flags

from affdyn_jax import command_line
from affdyn_jax.report.document.blocks import Document, Section, Table
from affdyn_jax.report.document.markdown import markdown
from affdyn_jax.report.tables import score_cells
from affdyn_jax.system.standin_mark import STANDIN_WORDS
from affdyn_jax.system.stop_requests import interruptible
from affdyn_jax.workdir.files import write_table, write_text
from experiments.paper.grid_results import best_systems, corpus_title, heading, paper_corpus
from experiments.paper.latex import latex
from experiments.paper.paper_results import paper_table

_CAPTION = (
    "CCC of affect states, with W2V2 features and the multi-dimensional model at best w (this "
    "program), beside the paper's Table 2 with its own results. The published systems were scored "
    "by their authors on their own splits. The best of each corpus is in bold."
)


def table2(folder: Path) -> None:
    """Write Table 2 from the folder of a finished `experiments.paper.table1`.

    Raises:
        RunError: There is none, it has no W2V2 models, or the folder cannot be written.
    """
    ours = best_systems(folder)
    scores = pd.concat(
        [beside_published(of_corpus) for _, of_corpus in ours.groupby("corpus", sort=False)]
    )
    mark = STANDIN_WORDS if ours["is_standin"].any() else ""
    table = _table(scores)
    write_table(folder, "table2.csv", scores)
    write_text(
        folder / "table2.md",
        markdown(Document("Table 2", mark, [Section("CCC beside published systems", [table])])),
    )
    write_text(folder / "table2.tex", latex(table, "tab:table2", mark))


def beside_published(ours: pd.DataFrame) -> pd.DataFrame:
    """Scores on one corpus, `corpus`, `method`, `dimension`, `ccc`: published, then ours."""
    title = corpus_title(ours)
    published = paper_table(2)
    published = published[published["corpus"] == paper_corpus(ours.iloc[0]["corpus"])]
    names = [heading(*names) for names in ours[["features", "model"]].itertuples(index=False)]
    by_method = [
        published.assign(
            ccc=published["value"],
            method=published["method"].str.replace("Ours", "Zhang et al. 2025"),
        ),
        ours.assign(
            ccc=ours["value"], method=[f"affdyn_jax, {name} + MTL-GRU (best w)" for name in names]
        ),
    ]
    scores = pd.concat(by_method)[["method", "dimension", "ccc"]]
    return scores.assign(corpus=title)[["corpus", "method", "dimension", "ccc"]]


def _table(scores: pd.DataFrame) -> Table:
    dimensions = list(dict.fromkeys(scores["dimension"]))
    rows = []
    for corpus, of_corpus in scores.groupby("corpus", sort=False):
        best = of_corpus.groupby("dimension")["ccc"].max().reindex(dimensions)
        for method, of_method in of_corpus.groupby("method", sort=False):
            ccc_d = of_method.set_index("dimension")["ccc"].reindex(dimensions)
            rows.append(((corpus, method), score_cells(ccc_d, best)))
    return Table(
        _CAPTION,
        corner=("Corpus", "Method, features + model"),
        columns=[(dimension.capitalize(),) for dimension in dimensions],
        rows=rows,
    )


if __name__ == "__main__":
    _WORKDIR = flags.DEFINE_string(
        "workdir", "runs/table1", "The workdir of experiments.paper.table1."
    )

    def main() -> None:
        """Write the table of the folder of the command line."""
        with interruptible():
            table2(Path(_WORKDIR.value))
        print(Path(_WORKDIR.value) / "table2.md")

    command_line.start(main)
