"""CCC on dev against the layer of an encoder, for states and dynamics: which one hears emotion?

    affdyn train sewa_hu … --config.features.name=encoder --config.features.encoder.model=… \
        --config.features.encoder.layers=all --workdir=runs/layers
    python -m experiments.paper.layers --run=runs/layers

It reads what the first command has left and trains nothing. The run's folder gets `layers.csv`,
`layers.md` and `figures/layers.svg` and `.png`.
"""

from pathlib import Path

from absl import flags

from affdyn_jax import command_line
from affdyn_jax.report.document.blocks import Document, Paragraph, Section, Strong, Table
from affdyn_jax.report.document.markdown import markdown
from affdyn_jax.report.files import write_file
from affdyn_jax.report.notation import ccc, ccc_with_interval, counted, task_name, weight
from affdyn_jax.system.standin_mark import STANDIN_WORDS
from affdyn_jax.system.stop_requests import interruptible
from affdyn_jax.workdir.files import FinishedRun, read_run, write_table, write_text
from experiments.paper.layers_figure import layers_figure
from experiments.paper.layers_scores import LayerScores, scores_of_layers


def layers(folder: Path) -> None:
    """Write the table and the figure of a finished run over layers.

    Raises:
        RunError: There is none, it has no layers, or the folder cannot be written.
    """
    run = read_run(folder)
    found = scores_of_layers(run)
    mark = STANDIN_WORDS if run.facts.is_standin else ""
    write_table(folder, "layers.csv", found.best)
    picture = layers_figure(found, mark)
    for suffix, content in ((".svg", picture.svg), (".png", picture.png)):
        write_file(folder / "figures" / f"{picture.name}{suffix}", content, private=False)
    sections = [Section("CCC against the layer", [Paragraph(_told(run, found)), picture])]
    sections.append(Section("Each layer", [_table(found)]))
    title = f"Layers of an encoder, {run.facts.corpus}"
    write_text(folder / "layers.md", markdown(Document(title, mark, sections)))


def _told(run: FinishedRun, found: LayerScores) -> str:
    best = "; ".join(
        f"{task_name(task)} layer {row['layer']} ({ccc(row['dev_ccc'])})"
        for task, row in found.best_layers()
    )
    return (
        f"{counted(len(found.numbers), 'layer')} of {run.facts.corpus}, "
        f"{counted(run.lanes['lane'].nunique(), 'lane')}. Layer 0 is what enters the first one, "
        "the last one what leaves it. In models where a norm follows that, a run without layers "
        f"has what leaves the norm, which is not among these. Best on dev: {best}. As the highest "
        "of many, these scores are somewhat too high."
    )


def _table(found: LayerScores) -> Table:
    best = {task: row["layer"] for task, row in found.best_layers()}
    rows = []
    for number in found.numbers:
        cells = []
        for task in found.tasks:
            row = found.row(task, number)
            if row is None:
                cells.append("")
                continue
            cell = f"{ccc_with_interval(row['dev_ccc'], row['dev_ccc_ci'])} ({weight(row['w'])})"
            cells.append(Strong(cell) if best[task] == number else cell)
        rows.append(((f"{number}",), cells))
    return Table(
        "CCC on dev of each layer, at the setup, hidden size and w (in brackets) that are best on "
        "dev with it, mean over seeds. In bold: the best layer. layers.csv also has their CCC on "
        "test.",
        corner=("Layer",),
        columns=[(task_name(task),) for task in found.tasks],
        rows=rows,
    )


if __name__ == "__main__":
    _RUN = flags.DEFINE_string("run", None, "The workdir of a run over layers.", required=True)

    def main() -> None:
        """Draw the layers of the run of the command line."""
        with interruptible():
            layers(Path(_RUN.value))
        print(Path(_RUN.value) / "layers.md")

    command_line.start(main)
