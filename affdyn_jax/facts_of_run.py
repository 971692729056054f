"""What was run, as `run.json` keeps it: of each stage what readers of its results have to know."""

import dataclasses
from collections.abc import Sequence
from typing import Any

from affdyn_jax.corpora.corpus import Corpus
from affdyn_jax.dataset.dataset import Dataset
from affdyn_jax.system.machine import all_versions, hardware, versions
from affdyn_jax.system.source_code import PACKAGE, checkout_of
from affdyn_jax.training.trained_lanes import TrainedLanes
from affdyn_jax.workdir.results import Found
from affdyn_jax.workdir.run_facts import CorpusFacts, RunFacts


def facts_of(
    corpus: Corpus,
    feature_kind: str,
    dataset: Dataset,
    sweep: Sequence[TrainedLanes],
    found: Found,
    seconds: dict[str, float],
) -> RunFacts:
    """What was run, for `run.json`.

    Args:
        corpus: What was trained on.
        feature_kind: As `features.name` has it.
        dataset: Both as arrays.
        sweep: All trained lanes.
        found: From `write_results`.
        seconds: Wall time of each stage.
    """
    changes = [change for group in sweep for change in group.changes]
    epochs = {str(g.hidden_size): g.epoch_seconds for g in sweep if g.epoch_seconds}
    return RunFacts(
        corpus=corpus.name,
        is_standin=corpus.is_standin,
        features=feature_kind,
        feature_count=len(dataset.feature_names),
        dimensions=dataset.dimensions,
        frame_rate=dataset.frame_rate,
        annotation_delay=dataset.annotation_delay,
        recordings={partition: list(names) for partition, names in dataset.names.items()},
        frames={p: int(examples.frames_n.sum()) for p, examples in dataset.examples.items()},
        labelled=sorted(dataset.labelled),
        constant=dataset.constant,
        predicting_lanes=found.predicting_lanes,
        seconds=seconds,
        hardware=hardware(),
        versions=versions(),
        agreement={} if corpus.members else corpus.agreement,
        training_seconds={str(g.hidden_size): round(g.seconds, 2) for g in sweep},
        epoch_seconds_together={size: round(e.together, 6) for size, e in epochs.items()},
        epoch_seconds_alone={size: round(e.alone, 6) for size, e in epochs.items()},
        epoch_seconds_spread={size: round(e.spread, 3) for size, e in epochs.items()},
        epoch_core_share={
            size: round(e.core_share, 3) for size, e in epochs.items() if e.core_share is not None
        },
        arithmetic_changes=list(dict.fromkeys(changes)),
        rating_range=(dataset.rating_scale.low, dataset.rating_scale.high),
        folds=_folds(dataset),
        groups=_groups(dataset),
        unrated=dataset.unrated,
        doubts=found.doubts,
        corpora={member.name: _corpus_facts(corpus, member, dataset) for member in corpus.members},
        subsets={
            division: {name: list(recordings) for name, recordings in subsets.items()}
            for division, subsets in dataset.subsets.items()
        },
        layers=list(dataset.layers or dataset.summed_layers),
    )


def _corpus_facts(corpus: Corpus, member: Corpus, dataset: Dataset) -> CorpusFacts:
    """What is said of one of the corpora that were joined."""
    used = {name for names in dataset.names.values() for name in names}
    recordings = [r for r in corpus.recordings if r.origin.corpus is member and r.name in used]
    return CorpusFacts(
        recordings=[recording.name for recording in recordings],
        languages=sorted({recording.language for recording in recordings} - {""}),
        rating_range=(member.rating_scale.low, member.rating_scale.high),
        agreement=member.agreement,
    )


def code() -> dict[str, Any]:
    """The fields of `RunFacts` that say which code runs."""
    facts: dict[str, Any] = {"packages": all_versions()}
    if checkout := checkout_of(PACKAGE):
        facts |= dataclasses.asdict(checkout)
    return facts


def _folds(dataset: Dataset) -> list[list[str]]:
    """The recordings that each fold tests; nothing without folds."""
    if not dataset.has_folds:
        return []
    return [[dataset.names["test"][n] for n in split.test_n] for split in dataset.folds]


def _groups(dataset: Dataset) -> dict[str, list[str]]:
    """The recordings of each group that has several."""
    recordings = {}
    for partition, names in dataset.names.items():
        for group, name in zip(dataset.groups[partition], names, strict=True):
            recordings.setdefault(group, {})[name] = None
    return {group: list(names) for group, names in recordings.items() if len(names) > 1}
