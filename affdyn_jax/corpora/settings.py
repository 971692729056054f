"""Settings of a corpus: where it is, and how its ratings are read (§4.1)."""

import dataclasses
from typing import Annotated, Literal

from pydantic import Field, FiniteFloat

from affdyn_jax.corpora.standin.generation import StandIn
from affdyn_jax.system.field_types import Names, OneLine, PathText, Several


@dataclasses.dataclass(frozen=True)
class PartitionSettings:
    """The recordings of each partition; a manifest and a stand-in bring their own."""

    train: Annotated[Names, Field(description="recordings, or the beginnings of their names")] = (
        "Train_",
    )
    dev: Annotated[Names, Field(description="recordings, or the beginnings of their names")] = (
        "Devel_",
    )
    test: Annotated[Names, Field(description="recordings, or the beginnings of their names")] = (
        "Test_",
    )


@dataclasses.dataclass(frozen=True)
class CorpusSettings:
    """The corpus."""

    name: Annotated[OneLine, Field(description="as in tables and figures")] = "corpus"
    layout: Annotated[
        Literal["avec2019", "avec2016", "recola", "manifest", "standin"],
        Field(description="how its files lie; standin generates some"),
    ] = "avec2019"
    root: Annotated[PathText, Field(description="its folder; of a manifest, the CSV file")] = ""
    help: Annotated[OneLine, Field(description="said where the root is missing")] = ""
    dimensions: Annotated[Names, Field(description="predicted, as its files name them")] = (
        "arousal",
        "valence",
    )
    rating_range: Annotated[
        tuple[FiniteFloat, ...],
        Several,
        Field(description="lowest and highest of the ratings' scale, e.g. 1, 9"),
    ] = (-1.0, 1.0)
    annotation_delay: Annotated[
        FiniteFloat,
        Field(description="s by which raters lag behind; AVEC 2019's baseline compensated 2.0"),
    ] = 0.0
    gold_standard: Annotated[
        Literal["centred", "mean", "ewe"],
        Field(
            description="of layout recola, which brings several raters: how one trace is made of "
            "them; centred, as RECOLA's owners did for AVEC 2016"
        ),
    ] = "centred"
    audio_folder: Annotated[PathText, Field(description="of layout avec2019, within the root")] = (
        "audio"
    )
    labels_folder: Annotated[PathText, Field(description="of layout avec2019, within the root")] = (
        "labels"
    )
    partitions: PartitionSettings = dataclasses.field(default_factory=PartitionSettings)
    standin: StandIn = dataclasses.field(default_factory=StandIn)
