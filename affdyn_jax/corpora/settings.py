"""Settings of a corpus: where it is, and how its ratings are read (§4.1)."""

import dataclasses
from collections.abc import Mapping
from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from affdyn_jax.corpora.rating_types import Delay, Dimensions, RatingRange
from affdyn_jax.corpora.standin.settings import StandIn
from affdyn_jax.system.field_types import Names, OneLine, PathText, Several, SeveralNames
from affdyn_jax.system.file_names import fault_of

_OfPartition = Annotated[
    Names,
    Field(description="Its recordings by their names, or by how their names begin."),
]


@dataclasses.dataclass(frozen=True)
class PartitionSettings:
    """The recordings of each partition; a manifest and a stand-in bring their own."""

    train: _OfPartition = ("Train_",)
    dev: _OfPartition = ("Devel_",)
    test: _OfPartition = ("Test_",)


@dataclasses.dataclass(frozen=True)
class CorpusSource:
    """Where a corpus is, and how its files are read."""

    name: Annotated[OneLine, Field(description="As in tables and figures.")] = "corpus"
    layout: Annotated[
        Literal["avec2019", "avec2016", "recola", "manifest", "standin"],
        Field(
            description="How its files lie: SEWA as in AVEC 2019, RECOLA as in AVEC 2016 or as "
            "released, any files that a table in CSV names, or a corpus that is generated."
        ),
    ] = "avec2019"
    root: Annotated[
        PathText,
        Field(
            description="Its folder; of a manifest, the CSV file. A stand-in is generated there, "
            "by default in the user's cache folder."
        ),
    ] = ""
    help: Annotated[
        OneLine, Field(description="Where to get the corpus; said when the root is missing.")
    ] = ""
    rating_range: Annotated[
        RatingRange,
        Several,
        Field(description="The lowest and the highest rating of the scale, e.g. 1,9."),
    ] = (-1.0, 1.0)
    rater_columns: Annotated[
        OneLine,
        Field(
            description="Which columns of a manifest's tables are raters, whose gold standard is "
            "made: '*' for all, or what their names are like, e.g. '{dimension}_*'; empty: a table "
            "has one column for each dimension."
        ),
    ] = ""
    language: Annotated[
        OneLine,
        Field(
            description="What is spoken in it, e.g. German; a manifest's own column 'language' "
            "goes first. Where there are several languages, each has its scores."
        ),
    ] = ""
    gold_standard: Annotated[
        Literal["centred", "mean", "ewe"],
        Field(
            description="How several raters' traces become one, in layouts recola and manifest: "
            "the mean of traces centred by their agreement, as RECOLA's owners do for AVEC 2016; "
            "the plain mean; or the evaluator weighted estimator."
        ),
    ] = "centred"
    audio_folder: Annotated[
        PathText, Field(description="Where the audio lies in the root, in layout avec2019.")
    ] = "audio"
    labels_folder: Annotated[
        PathText, Field(description="Where the ratings lie in the root, in layout avec2019.")
    ] = "labels"
    groups: Annotated[
        tuple[Names, ...],
        Several,
        Field(
            description="Recordings that belong together, e.g. of one speaker or conversation, by "
            "their names or by how their names begin: 'P16,P17','P18,P19'. No fold parts them, "
            "and tests take each group as one. A recording in none is a group of its own."
        ),
    ] = ()
    partitions: PartitionSettings = dataclasses.field(default_factory=PartitionSettings)
    standin: StandIn = dataclasses.field(default_factory=StandIn)


@dataclasses.dataclass(frozen=True)
class CorpusSettings(CorpusSource):
    """The corpus: where it is, and how its ratings are read (§4.1)."""

    dimensions: Annotated[
        Dimensions, SeveralNames, Field(description="What is predicted, as the files name it.")
    ] = ("arousal", "valence")
    gaps: Annotated[
        Literal["refuse", "mask"],
        Field(
            description="What becomes of frames without a rating, where ratings begin late, end "
            "early or have blank cells: the corpus is refused, or they count in no loss and no "
            "score."
        ),
    ] = "refuse"
    annotation_delay: Annotated[
        Delay,
        Field(
            description="Seconds by which raters lag behind what they rate; 0: no compensation. "
            "AVEC 2019's baseline compensated 2.0."
        ),
    ] = 0.0

    @property
    def masks_gaps(self) -> bool:
        """Whether frames without a rating are left out, rather than refused."""
        return self.gaps == "mask"


def _beginning_of_names(prefix: str) -> str:
    if fault := fault_of(f"{prefix}x"):
        raise ValueError(f"begins names of recordings, but {fault}")
    return prefix


@dataclasses.dataclass(frozen=True)
class OneOfSeveral(CorpusSource):
    """One of several corpora; a partition that it does not give may be empty."""

    prefix: Annotated[
        OneLine,
        AfterValidator(_beginning_of_names),
        Field(description="Put before its recordings' names, where another corpus has the same."),
    ] = ""

    def as_if_alone(self, of_all: CorpusSettings) -> CorpusSettings:
        """What its reader has to know: its own fields, and what is common to all corpora."""
        own = {f.name: getattr(self, f.name) for f in dataclasses.fields(CorpusSource)}
        return dataclasses.replace(of_all, **own)


# What `corpus` says of several corpora, too: what all are called, and the scale of all results.
_OF_ALL_TOO = ("name", "rating_range")


def check_several(of_all: CorpusSettings, corpora: Mapping[str, OneOfSeveral]) -> None:
    """Refuse several corpora that cannot be told apart, and fields that none of them would have.

    Raises:
        ValueError: There are such; the message begins with the field.
    """
    if not corpora:
        return
    for field in dataclasses.fields(CorpusSource):
        value, default = getattr(of_all, field.name), getattr(CorpusSource(), field.name)
        if field.name not in _OF_ALL_TOO and value != default:
            raise ValueError(
                f"corpus.{field.name} is set, but the config has several corpora; set "
                + " or ".join(f"corpora.{key}.{field.name}" for key in corpora)
            )
    key_of = {}
    for key, corpus in corpora.items():
        other = key_of.setdefault(corpus.name, key)
        if other != key or not corpus.name:
            raise ValueError(
                f"corpora.{key}.name={corpus.name!r} does not tell it apart from the others; give "
                "each a name of its own"
            )
