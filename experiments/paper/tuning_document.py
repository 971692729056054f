"""What `experiments.paper.tuning` found, for readers: `tuning.md`, its figure, and a table."""

import dataclasses
from collections.abc import Sequence
from pathlib import Path

import pandas as pd

from affdyn_jax.method.low_pass_kinds import NONE
from affdyn_jax.method.tasks import TARGETS
from affdyn_jax.report.document.blocks import Document, Paragraph, Section, Strong, Table
from affdyn_jax.report.document.markdown import markdown
from affdyn_jax.report.files import write_file
from affdyn_jax.report.notation import CONFIDENCE, ccc, ccc_with_interval, counted, listed
from affdyn_jax.system.standin_mark import STANDIN_WORDS
from affdyn_jax.training.settings import TrainingSettings
from affdyn_jax.workdir.files import FinishedRun, read_run, write_table, write_text
from experiments.paper.tuning_figure import tuning_figure
from experiments.paper.tuning_scores import HIDDEN_SIZE, Tuning, in_words, tuning_of


def write_tuning(folder: Path, settings: Sequence[str]) -> None:
    """Write `tuning.csv`, the figure and `tuning.md` of a finished run.

    Args:
        folder: Its workdir.
        settings: The columns of `lanes.csv` that lanes differ in.

    Raises:
        RunError: There is no finished run, or the folder cannot be written.
    """
    run = read_run(folder)
    mark = STANDIN_WORDS if run.facts.is_standin else ""
    found = tuning_of(run.lanes, settings)
    # As text: tables keep six decimals, of which small learning rates need more.
    as_text = dict.fromkeys(settings, str)
    write_table(folder, "tuning.csv", found.combinations.astype(as_text))
    picture = tuning_figure(found, mark)
    for suffix, content in ((".svg", picture.svg), (".png", picture.png)):
        write_file(folder / "figures" / f"{picture.name}{suffix}", content, private=False)
    sections = [
        Section("How to read it", [Paragraph(_how_to_read(run, found)), picture]),
        *(
            Section(
                f"{kind.capitalize()} models",
                [Paragraph(_outcome(found, kind)), _table(found, kind)],
            )
            for kind in found.kinds
        ),
    ]
    write_text(folder / "tuning.md", markdown(Document("Tuning with w = 0.5", mark, sections)))


def _how_to_read(run: FinishedRun, found: Tuning) -> str:
    tried = listed(
        [f"{in_words(setting)} ({listed(found.values(setting))})" for setting in found.varied]
    )
    seeds = counted(run.lanes["seed"].nunique(), "seed")
    patience = (
        " A longer patience trains the same lanes for longer, so it never makes their dev loss "
        "worse; what it costs are epochs."
        if "patience" in found.varied
        else ""
    )
    return (
        f"{counted(run.lanes['lane'].nunique(), 'lane')} of {run.facts.corpus} with "
        f"{run.facts.features} features: every combination of {tried}, {seeds}. CCC on dev, "
        "averaged over dimensions. The best combination has the highest mean of states and "
        "dynamics; as the highest of many, this mean is somewhat too high. ± is half the width of "
        f"a {CONFIDENCE} confidence interval over seeds.{patience} tuning.csv has all combinations."
    )


def _outcome(found: Tuning, kind: str) -> str:
    """The best combination, and the paper's settings (§4.2) where they are among them."""
    best = found.best(kind)
    text = f"Best: {_named(found, best)}; {_scores(best)}."
    paper = found.row(kind, paper_settings(found.settings))
    if paper is None:
        return text
    if paper.name == best.name:
        return f"{text} These are the paper's settings."
    return f"{text} With the paper's settings: {_named(found, paper)}; {_scores(paper)}."


def paper_settings(settings: Sequence[str]) -> dict[str, float | str]:
    """The paper's values of these settings, which are the defaults.

    The hidden size is left out, since the paper reports several (§3.3).
    """
    defaults = dataclasses.asdict(TrainingSettings()) | {"low_pass": NONE}
    return {name: defaults[name] for name in settings if name != HIDDEN_SIZE}


def _named(found: Tuning, row: pd.Series) -> str:
    return listed([f"{in_words(name)} {found.label(row[name])}" for name in found.varied])


def _scores(row: pd.Series) -> str:
    return f"states {ccc(row['state'])}, dynamics {ccc(row['dynamics'])}"


def _table(found: Tuning, kind: str) -> Table:
    best = found.best(kind)
    rows = []
    for setting in found.varied:
        for _, row in found.along(kind, setting).iterrows():
            cells = [
                *(ccc_with_interval(row[c], row[f"{c}_ci"]) for c in TARGETS),
                ccc(row["mean"]),
                f"{row['seeds']}",
                f"{row['epochs']:.0f}",
            ]
            is_best = row.name == best.name
            names = (in_words(setting).capitalize(), found.label(row[setting]))
            rows.append((names, [Strong(cell) for cell in cells] if is_best else cells))
    return Table(
        "Each value of a setting, with the best combination's values of the others. In bold: the "
        "best combination. Epochs: how many lanes trained on average.",
        corner=("Setting", "Value"),
        columns=[("States",), ("Dynamics",), ("Mean",), ("Seeds",), ("Epochs",)],
        rows=rows,
    )
