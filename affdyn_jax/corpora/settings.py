"""Settings of a corpus: where it is, and how its ratings are read (§4.1)."""

import dataclasses
from typing import Annotated, Literal

from pydantic import Field

from affdyn_jax.corpora.rating_types import Delay, Dimensions, RatingRange
from affdyn_jax.corpora.standin.settings import StandIn
from affdyn_jax.system.field_types import Names, OneLine, PathText, Several, SeveralNames

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
class CorpusSettings:
    """The corpus: where it is, and how its ratings are read (§4.1)."""

    name: Annotated[OneLine, Field(description="As in tables and figures.")] = "corpus"
    layout: Annotated[
        Literal["avec2019", "avec2016", "recola", "msp_conversation", "manifest", "standin"],
        Field(
            description="How its files lie: SEWA as in AVEC 2019, RECOLA as in AVEC 2016 or as "
            "released, MSP-Conversation, any files that a table in CSV names, or a corpus that is "
            "generated."
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
    dimensions: Annotated[
        Dimensions, SeveralNames, Field(description="What is predicted, as the files name it.")
    ] = ("arousal", "valence")
    rating_range: Annotated[
        RatingRange,
        Several,
        Field(description="The lowest and the highest rating of the scale, e.g. 1,9."),
    ] = (-1.0, 1.0)
    gaps: Annotated[
        Literal["refuse", "mask"],
        Field(
            description="What becomes of frames without a rating, where ratings begin late, end "
            "early or have blank cells: the corpus is refused, or they count in no loss and no "
            "score."
        ),
    ] = "refuse"
    rater_columns: Annotated[
        OneLine,
        Field(
            description="Which columns of a manifest's tables are raters, whose gold standard is "
            "made: '*' for all, or what their names are like, e.g. '{dimension}_*'; empty: a table "
            "has one column for each dimension."
        ),
    ] = ""
    annotation_delay: Annotated[
        Delay,
        Field(
            description="Seconds by which raters lag behind what they rate; 0: no compensation. "
            "AVEC 2019's baseline compensated 2.0."
        ),
    ] = 0.0
    gold_standard: Annotated[
        Literal["centred", "mean", "ewe"],
        Field(
            description="How several raters' traces become one, in layouts recola, "
            "msp_conversation and manifest: the mean of traces centred by their agreement, as "
            "RECOLA's owners do for AVEC 2016; the plain mean; or the evaluator weighted estimator."
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

    @property
    def masks_gaps(self) -> bool:
        """Whether frames without a rating are left out, rather than refused."""
        return self.gaps == "mask"
