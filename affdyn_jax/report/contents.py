"""The report from top to bottom."""

from affdyn_jax.report.caveats import caveats
from affdyn_jax.report.cost import cost
from affdyn_jax.report.document.blocks import Document, Section, Warnings
from affdyn_jax.report.figures.ccc_against_setting import setting_figure
from affdyn_jax.report.figures.ccc_against_w import sweep_figure
from affdyn_jax.report.figures.drawing import style
from affdyn_jax.report.figures.learning_curves import training_figure
from affdyn_jax.report.figures.trajectories import trajectories
from affdyn_jax.report.figures.w_by_epoch import w_figure
from affdyn_jax.report.lane_endings import diverged_table, endings, endings_table
from affdyn_jax.report.layer_weights import layer_weights_table
from affdyn_jax.report.partitions import scored_partition
from affdyn_jax.report.result import result
from affdyn_jax.report.run_description import data_table, settings, summary, whole_config
from affdyn_jax.report.setup_kinds import setup_kinds
from affdyn_jax.report.subsets import corpora_table, subset_tables
from affdyn_jax.report.swept import swept_settings
from affdyn_jax.report.tables import comparison_table, network_table, selection_table, systems_table
from affdyn_jax.report.weightings import verdict, weightings_table
from affdyn_jax.system.standin_mark import STANDIN_WORDS
from affdyn_jax.workdir.files import FinishedRun


def contents(run: FinishedRun) -> Document:
    """The whole report of a run.

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
                *_settings(run, mark),
                *_weightings(run, mark),
                *_layer_weights(run),
                *_predictions(run, mark),
                _training(run, mark),
                Section("Cost", cost(run)),
                _what_was_run(run),
            ],
        )


def _overview(run: FinishedRun) -> Section:
    warnings = caveats(run)
    return Section(
        "Overview", [result(run), *([Warnings(warnings)] if warnings else []), summary(run)]
    )


def _scores(run: FinishedRun) -> Section:
    tables = [selection_table(run), network_table(run)]
    if run.selection["test_ccc_low"].notna().any():
        tables.append(comparison_table(run))
    tables += subset_tables(run)
    if run.systems is not None:
        tables.append(systems_table(run, run.systems))
    return Section(f"Scores on {scored_partition(run.facts)}", tables)


def _sweep(run: FinishedRun, mark: str) -> Section:
    figures = [sweep_figure(run, kind, mark) for kind in setup_kinds(run)]
    return Section("CCC against w", figures)


def _settings(run: FinishedRun, mark: str) -> list[Section]:
    """A figure for each setting of which there are several values."""
    several = [name for name, values in swept_settings(run).items() if len(values) > 1]
    if not several:
        return []
    return [Section("CCC against settings", [setting_figure(run, name, mark) for name in several])]


def _weightings(run: FinishedRun, mark: str) -> list[Section]:
    """Rules beside fixed w, where there are any."""
    if run.weightings is None:
        return []
    table = weightings_table(run, run.weightings)
    blocks = [verdict(run, run.weightings), table, w_figure(run.history, mark)]
    return [Section("Rules that move w", blocks)]


def _layer_weights(run: FinishedRun) -> list[Section]:
    """What the layers weigh of which a sum was heard, if any was."""
    if run.layer_weights is None:
        return []
    return [Section("Weights of layers", [layer_weights_table(run)])]


def _predictions(run: FinishedRun, mark: str) -> list[Section]:
    """Predictions for test, after those for dev where test has no gold standards."""
    scored = scored_partition(run.facts)
    return [
        Section(f"Predictions for {partition}", [trajectories(run, partition, mark)])
        for partition in run.facts.recordings
        if partition in (scored, "test")
    ]


def _what_was_run(run: FinishedRun) -> Section:
    corpora = [corpora_table(run.facts)] if run.facts.corpora else []
    return Section("What was run", [data_table(run), *corpora, settings(run), whole_config(run)])


def _training(run: FinishedRun, mark: str) -> Section:
    diverged = [diverged_table(run.lanes)] if run.lanes["diverged"].any() else []
    return Section(
        "Training", [endings(run), *diverged, training_figure(run, mark), endings_table(run)]
    )
