"""The paper's Figure 2: CCC of states against w, for the models of `experiments.paper.table1`.

    python -m experiments.paper.figure2 --workdir=runs/table1

It reads what `experiments.paper.table1` left there and trains nothing. Writes `figure2.svg`,
`.pdf` and `.png` beside it, and prints the caption.
"""

import io
from pathlib import Path

import pandas as pd
from absl import flags
from matplotlib.figure import Figure
from matplotlib.ticker import MultipleLocator

from affdyn_jax import command_line
from affdyn_jax.method.tasks import MULTI, STATE, Task
from affdyn_jax.report.document.blocks import Picture
from affdyn_jax.report.figures.ccc_against_w import draw_curves
from affdyn_jax.report.figures.drawing import WIDTH, draw, style
from affdyn_jax.report.figures.seeds import Curve, limit_bars, seeds_in_words
from affdyn_jax.report.files import write_file
from affdyn_jax.report.notation import listed
from affdyn_jax.report.partitions import labelled_partitions
from affdyn_jax.system.standin_mark import STANDIN_WORDS
from affdyn_jax.system.stop_requests import interruptible
from affdyn_jax.workdir.files import FinishedRun, read_run
from experiments.paper.grid_results import best_systems

_PANEL_HEIGHT = 2.1  # inches


def figure2(folder: Path) -> Picture:
    """Write Figure 2 from the folder of a finished `experiments.paper.table1`.

    Raises:
        RunError: There is none, it has no W2V2 models, or the folder cannot be written.
    """
    systems = best_systems(folder)
    by_corpus = {
        corpus: [read_run(folder / run) for run in cells["run"].unique()]
        for corpus, cells in systems.groupby("corpus", sort=False)
    }
    dimensions = list(dict.fromkeys(systems["dimension"]))
    mark = STANDIN_WORDS if systems["is_standin"].any() else ""
    with style():
        figure, curves, peaks = _drawn(by_corpus, dimensions)
        picture = draw(
            figure,
            "figure2",
            _caption(by_corpus, curves),
            f"Line charts of CCC against w: {'; '.join(peaks)}.",
            mark,
        )
        pdf = io.BytesIO()
        figure.savefig(pdf, format="pdf", metadata={"CreationDate": None})
    files = {".svg": picture.svg, ".png": picture.png, ".pdf": pdf.getvalue()}
    for suffix, content in files.items():
        write_file(folder / f"figure2{suffix}", content, private=False)
    return picture


def _drawn(
    by_corpus: dict[str, list[FinishedRun]], dimensions: list[str]
) -> tuple[Figure, list[Curve], list[str]]:
    """A row of panels for each dimension, a column for each corpus; where their curves peak."""
    size = (WIDTH, _PANEL_HEIGHT * len(dimensions) + 0.6)
    figure = Figure(figsize=size, layout="constrained")
    # CCC varies more between corpora than with w, so each panel has its own scale.
    panels = figure.subplots(len(dimensions), len(by_corpus), sharex=True, squeeze=False)
    curves, peaks = [], []
    for dimension, row in zip(dimensions, panels, strict=True):
        row[0].set_ylabel(f"CCC, {dimension}")
        for (corpus, runs), axes in zip(by_corpus.items(), row, strict=True):
            lanes = pd.concat([run.lanes[run.lanes["setup"] == MULTI] for run in runs])
            partitions, task = labelled_partitions(runs[0].facts), Task(dimension, STATE)
            name = f"{dimension} of {corpus}"
            of_panel, peaks_of_task = draw_curves(axes, lanes, partitions, task, name)
            limit_bars(axes, of_panel)
            curves += of_panel
            peaks += peaks_of_task
    for corpus, top, bottom in zip(by_corpus, panels[0], panels[-1], strict=True):
        top.set_title(corpus)
        bottom.set_xlabel("w")
        bottom.xaxis.set_major_locator(MultipleLocator(0.2))
    labelled = max(panels[0], key=lambda axes: len(axes.get_legend_handles_labels()[1]))
    figure.legend(*labelled.get_legend_handles_labels(), loc="outside lower center", ncols=2)
    return figure, curves, peaks


def _caption(by_corpus: dict[str, list[FinishedRun]], curves: list[Curve]) -> str:
    several = [corpus for corpus, of_corpus in by_corpus.items() if len(of_corpus) > 1]
    models = f", of {listed(several)} also over its models of wav2vec 2.0" if several else ""
    return (
        "CCC of states against w, multi-dimensional models with W2V2 features, averaged over "
        f"hidden sizes and seeds{models}; {seeds_in_words(curves)}. w = 1, where no loss trains "
        "states, is left out, as in the paper's Figure 2."
    )


if __name__ == "__main__":
    _WORKDIR = flags.DEFINE_string(
        "workdir", "runs/table1", "The workdir of experiments.paper.table1."
    )

    def main() -> None:
        """Draw the figure of the folder of the command line."""
        with interruptible():
            picture = figure2(Path(_WORKDIR.value))
        print(picture.caption)

    command_line.start(main)
