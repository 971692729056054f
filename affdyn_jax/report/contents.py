"""The report from top to bottom."""

from affdyn_jax.corpora.corpus import STANDIN_WORDS
from affdyn_jax.report.account import data_table, endings, settings, summary
from affdyn_jax.report.caveats import caveats
from affdyn_jax.report.document import Document, Paragraph, Section, Warnings
from affdyn_jax.report.drawing import style
from affdyn_jax.report.notation import counted
from affdyn_jax.report.partitions import scored_partition
from affdyn_jax.report.setup_kinds import setup_kinds
from affdyn_jax.report.sweep_figure import sweep_figure
from affdyn_jax.report.tables import (
    comparison_table,
    diverged_table,
    network_table,
    selection_table,
    systems_table,
)
from affdyn_jax.report.training_figure import training_figure
from affdyn_jax.report.trajectory_figure import trajectory_figure
from affdyn_jax.workdir import FinishedRun

_RECORDINGS_SHOWN = 3


def contents(run: FinishedRun) -> Document:
    """All that is to be told about a run.

    Raises:
        CorpusError: Predictions or gold standards cannot be read.
    """
    mark = STANDIN_WORDS if run.facts.is_standin else ""
    with style():
        return Document(
            f"Affect states and dynamics: {run.facts.corpus}, {run.facts.features}",
            mark,
            [
                _overview(run),
                _scores(run),
                _sweep(run, mark),
                _predictions(run, mark),
                _training(run, mark),
                Section("What was run", [data_table(run), settings(run)]),
            ],
        )


def _overview(run: FinishedRun) -> Section:
    warnings = caveats(run)
    return Section("Overview", [summary(run), *([Warnings(warnings)] if warnings else [])])


def _scores(run: FinishedRun) -> Section:
    tables = [selection_table(run), network_table(run)]
    if run.selection["test_ccc_low"].notna().any():
        tables.append(comparison_table(run))
    if run.systems is not None:
        tables.append(systems_table(run, run.systems))
    return Section(f"Scores on {scored_partition(run.facts)}", tables)


def _sweep(run: FinishedRun, mark: str) -> Section:
    figures = [sweep_figure(run, kind, mark) for kind in setup_kinds(run)]
    return Section("CCC against w", figures)


def _predictions(run: FinishedRun, mark: str) -> Section:
    partition = scored_partition(run.facts)
    recordings = run.facts.recordings[partition]
    shown = recordings[:_RECORDINGS_SHOWN]
    all_recordings = counted(len(recordings), f"{partition} recording")
    how_to_read = Paragraph(
        "For each task the lane with the best CCC on dev, over the gold standard; frames without "
        f"a gold standard are gaps. Shown in the corpus's order: {len(shown)} of {all_recordings}."
    )
    figures = [trajectory_figure(run, partition, recording, mark) for recording in shown]
    return Section(f"Predictions for {partition}", [how_to_read, *figures])


def _training(run: FinishedRun, mark: str) -> Section:
    diverged = [diverged_table(run.lanes)] if run.lanes["diverged"].any() else []
    return Section("Training", [endings(run), *diverged, training_figure(run, mark)])
