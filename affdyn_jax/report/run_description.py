"""The section "What was run": data, models, time and machine."""

from pathlib import PurePath
from typing import Any

import pandas as pd

from affdyn_jax.report.document.blocks import Facts, Folded, Paragraph, Table
from affdyn_jax.report.notation import UNDEFINED, ccc, counted, duration, listed, weight
from affdyn_jax.report.setup_kinds import setup_kind
from affdyn_jax.report.swept import in_words, patience, rules, swept_settings, value_in_words
from affdyn_jax.workdir.files import FinishedRun, RunFacts

_SMOOTHINGS = {"moving_average": "a moving average", "savitzky_golay": "a Savitzky-Golay filter"}


def summary(run: FinishedRun) -> Paragraph:
    """The run in two sentences."""
    facts, lanes = run.facts, run.lanes.drop_duplicates("lane")
    recordings = [
        f"{len(names)} for {'training' if partition == 'train' else partition}"
        for partition, names in facts.recordings.items()
    ]
    if facts.folds:
        recordings = [f"{len(facts.recordings['test'])} in {len(facts.folds)} folds"]
    moved = f" or moved by {counted(len(rules(run)), 'rule')}" if rules(run) else ""
    return Paragraph(
        f"{counted(len(lanes), 'model')} (lanes) were trained to predict the state and dynamics "
        f"of {listed(list(facts.dimensions))} from the {facts.features} features "
        f"of {facts.corpus}, at {counted(lanes['w'].nunique(), 'value')} of w, the weight of "
        f"dynamics in the loss{moved}. Recordings: {listed(recordings)}."
    )


def data_table(run: FinishedRun) -> Table:
    """Recordings and minutes of each partition, of folds those of all."""
    facts = run.facts
    partitions = {"all": "test"} if facts.folds else dict(zip(*2 * [facts.recordings], strict=True))
    return Table(
        "The corpus. Minutes are those of the frames on the grid.",
        corner=("Partition",),
        columns=[("recordings",), ("minutes",), ("gold standard",)],
        rows=[
            (
                (name,),
                [
                    f"{len(facts.recordings[partition])}",
                    f"{facts.frames[partition] / facts.frame_rate / 60:.1f}",
                    "yes" if partition in facts.labelled else "no",
                ],
            )
            for name, partition in partitions.items()
        ],
    )


def settings(run: FinishedRun) -> Facts:
    """Models, training, time and machine."""
    facts, training = run.facts, run.config["training"]
    lanes = run.lanes.drop_duplicates("lane")
    total = sum(facts.seconds.values())
    stages = [f"{stage} {duration(seconds)}" for stage, seconds in facts.seconds.items()]
    return Facts(
        [
            ("Features", f"{features_in_words(facts)}, {facts.frame_rate:g} Hz"),
            ("Ratings", f"from {facts.rating_range[0]:g} to {facts.rating_range[1]:g}"),
            ("Annotation delay", f"{facts.annotation_delay:g} s"),
            *_agreement(facts.agreement),
            *_smoothing(run.config),
            ("Setups", "; ".join(_sizes(lanes))),
            *_folds(facts),
            ("w", ", ".join(weight(w) for w in sorted(lanes["w"].dropna().unique()))),
            *([("Rules that move w", ", ".join(rules(run)))] if rules(run) else []),
            *(
                (in_words(setting).capitalize(), ", ".join(map(value_in_words, values)))
                for setting, values in swept_settings(run).items()
            ),
            ("Seeds", ", ".join(f"{seed}" for seed in sorted(lanes["seed"].unique()))),
            (
                "Training",
                f"at most {training['max_epochs']} epochs, patience {patience(run)} by dev "
                f"{training['monitor']}; the lanes trained {lanes['epochs'].min()} to "
                f"{lanes['epochs'].max()} epochs, {lanes['epochs'].median():g} in the median",
            ),
            ("Time", f"{duration(total)}: {', '.join(stages)}"),
            ("Hardware", facts.hardware),
            ("Versions", ", ".join(f"{name} {v}" for name, v in facts.versions.items())),
            *_commit(facts),
            ("Folder", run.workdir.resolve().name),
        ]
    )


def features_in_words(facts: RunFacts) -> str:
    """Their kind and how many there are: F, or F of each layer."""
    if not facts.layers:
        return f"{facts.features}, F = {facts.feature_count}"
    layers, of_each = len(facts.layers), facts.feature_count // len(facts.layers)
    return f"{facts.features}, {counted(layers, 'layer')} of F = {of_each}"


def whole_config(run: FinishedRun) -> Folded:
    """Every field of the config, by the name that it has as a flag."""
    fields = pd.json_normalize(run.config).iloc[0]
    return Folded(
        "The whole config",
        [Facts([(f"config.{name}", field_value(value)) for name, value in fields.items()])],
    )


def _agreement(agreement: dict[str, float]) -> list[tuple[str, str]]:
    """How far the raters agree, where the corpus came with their ratings."""
    if not agreement:
        return []
    of_dimensions = listed([f"{dimension} {ccc(value)}" for dimension, value in agreement.items()])
    return [("Raters' agreement", f"{of_dimensions} (CCC, mean of all pairs and recordings)")]


def _folds(facts: RunFacts) -> list[tuple[str, str]]:
    """How recordings were split and what belongs together, where either was asked for."""
    found = []
    if facts.folds:
        sizes = sorted({len(tested) for tested in facts.folds})
        size = f"{sizes[0]} to {sizes[-1]}" if len(sizes) > 1 else f"{sizes[0]}"
        found.append(
            (
                "Folds",
                f"{len(facts.folds)}, of {size} recordings each. A fold's recordings are tested by "
                "lanes that were trained, and chosen by dev, on the others. Scores on test are of "
                "all recordings together, scores on dev the mean over folds",
            )
        )
    if facts.groups:
        several = f"{len(facts.groups)} of several recordings"
        found.append(("Groups", f"{several}; intervals and tests take each as one"))
    return found


def _commit(facts: RunFacts) -> list[tuple[str, str]]:
    """The commit of the program, where it ran from a checkout."""
    if not facts.commit:
        return []
    changes = ", with uncommitted changes" if facts.has_uncommitted_changes else ""
    return [("Commit", f"{facts.commit}{changes}")]


def _smoothing(config: dict[str, Any]) -> list[tuple[str, str]]:
    """How the states were smoothed before their dynamics were taken, where they were."""
    dynamics = config.get("dynamics", {"smoothing": "none"})
    if dynamics["smoothing"] == "none":
        return []
    rule = _SMOOTHINGS.get(dynamics["smoothing"], dynamics["smoothing"])
    return [("Dynamics", f"of states that {rule} over {dynamics['window']:g} s has smoothed")]


def field_value(value: Any) -> str:
    """A field's value; of a path only the last part, so that no folder is made known."""
    if isinstance(value, list):
        return ", ".join(field_value(item) for item in value) or UNDEFINED
    if isinstance(value, str) and (PurePath(value).is_absolute() or value.startswith("~")):
        return f"…/{PurePath(value).name}"
    return f"{value}" if value != "" else UNDEFINED


def _sizes(lanes: pd.DataFrame) -> list[str]:
    """Each kind of setup with its hidden sizes."""
    by_kind = lanes.groupby(lanes["setup"].map(setup_kind))["hidden_size"].unique()
    return [f"{kind}, H = {', '.join(map(str, sizes))}" for kind, sizes in by_kind.items()]
