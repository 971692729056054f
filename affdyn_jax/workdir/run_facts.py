"""What was run, as `run.json` keeps it: checked when it is read, since it may be anybody's."""

import dataclasses
import reprlib
from collections.abc import Collection
from typing import Annotated

from pydantic import Field, FiniteFloat

from affdyn_jax.corpora.partitions import PARTITIONS
from affdyn_jax.corpora.rating_types import Delay, Dimensions, FrameRate, RatingRange
from affdyn_jax.dataset.subsets import DIVISIONS
from affdyn_jax.method.tasks import tasks_of
from affdyn_jax.system.field_types import OneLine
from affdyn_jax.system.file_names import fault_of

_Count = Annotated[int, Field(ge=1, le=2**63 - 1)]
_Seconds = Annotated[float, Field(ge=0, le=1e9)]  # 30 years at most
_Commit = Annotated[str, Field(pattern=r"^([0-9a-f]{40}|[0-9a-f]{64}|)$")]


@dataclasses.dataclass(frozen=True)
class CorpusFacts:
    """One of several corpora.

    Attributes:
        recordings: Names of its recordings.
        languages: Those that are spoken in it, as far as its files or the config say so.
        rating_range: The lowest and the highest rating of its own scale.
        agreement: As of `RunFacts`.
    """

    recordings: Annotated[list[str], Field(min_length=1)]
    languages: list[str]
    rating_range: RatingRange
    agreement: dict[str, FiniteFloat]


@dataclasses.dataclass(frozen=True)
class RunFacts:
    """What was run, as `run.json` keeps it.

    Attributes:
        corpus: The corpus's name.
        is_standin: Whether everything in the run was made from generated data.
        features: The kind of features.
        feature_count: F.
        dimensions: The D dimensions.
        frame_rate: Of predictions and gold standards, in Hz.
        annotation_delay: Seconds by which predictions and gold standards lag behind the
            audio that they were made from.
        recordings: Names of each partition's recordings.
        frames: How many frames each partition has, on the grid.
        labelled: Partitions that have gold standards.
        constant: For each partition and column of the gold standards, the recordings in which
            it never changes, where there are any.
        predicting_lanes: For each column of the predictions, in their order, the lane that
            made it (see `selection.best_lanes`).
        seconds: Wall time of each stage, in the order in which they ran.
        hardware: The devices that trained.
        versions: Of Python and the packages that decide the numbers.
        packages: Versions of Python and of all packages that were there for the run (see
            `machine.all_versions`).
        commit: Of the source files that ran, where git keeps them.
        has_uncommitted_changes: Whether they differed from that commit.
        encoder_revision: Of the encoder's checkpoint, where it is from the hub: the commit; of
            earlier versions, what `features.encoder.revision` named.
        agreement: Of the raters in each dimension (see `Corpus.agreement`); empty where the
            gold standard was published without their ratings.
        training_seconds: Wall time of the training of each hidden size's lanes together.
        epoch_seconds_together: Of an epoch of all lanes of each hidden size that trained for
            `WORTHWHILE_EPOCHS` or more, as `trained_lanes.EpochSeconds` has it. Earlier versions
            did not keep it.
        epoch_seconds_alone: The same, of a single lane.
        epoch_seconds_spread: How far the rounds in which both were timed disagree.
        epoch_core_share: For what part of the time the cores computed that lanes were shared out
            over; only where lanes train on cores.
        arithmetic_changes: In what the arithmetic was another one after an interruption than
            before (see `arithmetic`).
        rating_range: The lowest and the highest rating of the corpus's scale, on which the
            predictions and gold standards are.
        folds: Of a cross-validation, the recordings that each fold tests; each partition then has
            all of them.
        groups: Recordings that belong together, by the name of their group; a recording in none is
            a group of its own.
        unrated: The share of each partition's frames that has no rating of a dimension, where gaps
            were masked and there are any.
        doubts: What speaks against the ratings of a dimension, in words (see `doubtful_ratings`).
        corpora: Several corpora by their names.
        subsets: The recordings of each corpus and each language, by `corpus` or `language` and the
            name, where there are several (see `dataset.subsets`).
        layers: Numbers of the encoder's layers whose features are side by side in
            `standardisation.csv`, of which each has an equal part; empty where features have none.
    """

    corpus: str
    is_standin: bool
    features: str
    feature_count: _Count
    dimensions: Dimensions
    frame_rate: FrameRate
    annotation_delay: Delay
    recordings: dict[str, Annotated[list[str], Field(min_length=1)]]
    frames: dict[str, _Count]
    labelled: list[str]
    constant: dict[str, dict[str, list[str]]]
    predicting_lanes: dict[str, str]
    seconds: dict[str, _Seconds]
    hardware: str
    versions: dict[str, str]
    packages: dict[str, str] = dataclasses.field(default_factory=dict)
    commit: _Commit = ""
    has_uncommitted_changes: bool = False
    encoder_revision: OneLine = ""
    agreement: dict[str, FiniteFloat] = dataclasses.field(default_factory=dict)
    training_seconds: dict[str, _Seconds] = dataclasses.field(default_factory=dict)
    epoch_seconds_together: dict[str, _Seconds] = dataclasses.field(default_factory=dict)
    epoch_seconds_alone: dict[str, _Seconds] = dataclasses.field(default_factory=dict)
    epoch_seconds_spread: dict[str, _Seconds] = dataclasses.field(default_factory=dict)
    epoch_core_share: dict[str, _Seconds] = dataclasses.field(default_factory=dict)
    arithmetic_changes: list[str] = dataclasses.field(default_factory=list)
    rating_range: RatingRange = (-1.0, 1.0)
    folds: list[Annotated[list[str], Field(min_length=1)]] = dataclasses.field(default_factory=list)
    groups: dict[str, Annotated[list[str], Field(min_length=2)]] = dataclasses.field(
        default_factory=dict
    )
    unrated: dict[str, dict[str, Annotated[float, Field(ge=0, le=1)]]] = dataclasses.field(
        default_factory=dict
    )
    doubts: list[OneLine] = dataclasses.field(default_factory=list)
    corpora: dict[str, CorpusFacts] = dataclasses.field(default_factory=dict)
    subsets: dict[str, dict[str, Annotated[list[str], Field(min_length=1)]]] = dataclasses.field(
        default_factory=dict
    )
    layers: list[Annotated[int, Field(ge=0, le=10**4)]] = dataclasses.field(default_factory=list)

    def group_count(self, partition: str) -> int:
        """How many groups a partition's recordings are in."""
        grouped = [set(names) & set(self.recordings[partition]) for names in self.groups.values()]
        return len(self.recordings[partition]) - sum(len(names) - 1 for names in grouped if names)


def check_run(facts: RunFacts) -> None:
    """Refuse what no run writes and what would lead out of its folder.

    Raises:
        ValueError: There is such; the message names the field.
    """
    _check_recordings(facts)
    _check_layers(facts)
    columns = [task.column for task in tasks_of(facts.dimensions)]
    for partition, by_column in facts.constant.items():
        _check_among(f"constant.{partition}", by_column, columns)
    for partition, by_dimension in facts.unrated.items():
        _check_among(f"unrated.{partition}", by_dimension, facts.dimensions)
    _check_among("predicting_lanes", facts.predicting_lanes, columns)
    if not facts.predicting_lanes:
        raise ValueError("'predicting_lanes' names no lane")


def _check_recordings(facts: RunFacts) -> None:
    """Refuse partitions that are none, and recordings that no files of the run are named after."""
    _check_among("recordings", facts.recordings, PARTITIONS)
    for partition, names in facts.recordings.items():
        for name in names:
            if fault := fault_of(name):
                raise ValueError(
                    f"'recordings.{partition}' has {reprlib.repr(name)}, which {fault}"
                )
    names = [name for of_partition in facts.recordings.values() for name in of_partition]
    if facts.folds:
        names = facts.recordings.get("test", [])
        if any(sorted(of_partition) != sorted(names) for of_partition in facts.recordings.values()):
            raise ValueError("'folds' is not empty, but 'recordings' differ by partition")
        if sorted(name for tested in facts.folds for name in tested) != sorted(names):
            raise ValueError("'folds' do not test each recording once")
    if len(set(names)) < len(names):
        raise ValueError("'recordings' has a name twice")
    grouped = [name for of_group in facts.groups.values() for name in of_group]
    if len(set(grouped)) < len(grouped):
        raise ValueError("'groups' has a name twice")
    _check_among("groups", grouped, names)
    _check_among("subsets", facts.subsets, DIVISIONS)
    divisions = {f"subsets.{division}": subsets for division, subsets in facts.subsets.items()}
    divisions["corpora"] = {name: corpus.recordings for name, corpus in facts.corpora.items()}
    for field, recordings in divisions.items():
        of_all = [name for of_one in recordings.values() for name in of_one]
        _check_among(field, of_all, names)
        if len(set(of_all)) < len(of_all):
            raise ValueError(f"'{field}' has a recording twice")
    for field in ("labelled", "constant", "frames", "unrated"):
        _check_among(field, getattr(facts, field), facts.recordings)
    if "dev" not in facts.labelled:
        raise ValueError("'labelled' lacks dev, which chooses among the lanes")
    for partition in facts.recordings:
        if partition not in facts.frames:
            raise ValueError(f"'frames.{partition}' is missing")


def _check_layers(facts: RunFacts) -> None:
    if len(set(facts.layers)) < len(facts.layers):
        raise ValueError("'layers' has a number twice")
    if facts.layers and facts.feature_count % len(facts.layers):
        raise ValueError(
            f"'feature_count' is {facts.feature_count}, which {len(facts.layers)} layers cannot "
            "have in equal parts"
        )


def _check_among(field: str, found: Collection[str], known: Collection[str]) -> None:
    for name in found:
        if name not in known:
            raise ValueError(
                f"'{field}' has {reprlib.repr(name)}, which is none of {reprlib.repr(list(known))}"
            )
