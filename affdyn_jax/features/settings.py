"""Settings of features: of which kind they are, and how they are made (§3.2)."""

import dataclasses
from collections.abc import Mapping
from typing import Annotated, Literal

from pydantic import Field

from affdyn_jax.method.grid import FRAME_RATES
from affdyn_jax.system.field_types import Names, OneLine, PathText, Several


@dataclasses.dataclass(frozen=True)
class CheckpointSettings:
    """wav2vec 2.0, used as it is, without fine-tuning (§3.2)."""

    model: Annotated[PathText, Field(description="a folder, or a name on the Hugging Face hub")] = (
        ""
    )
    models: Annotated[
        Mapping[str, PathText],
        Field(description="several by their labels, for experiments.paper.table1"),
    ] = dataclasses.field(default_factory=dict)
    revision: Annotated[OneLine, Field(description="commit on the hub; none: the newest")] = ""
    window: Annotated[
        float,
        Field(ge=0.1, le=600, description="s encoded at once; memory grows with its square"),
    ] = 30.0
    overlap: Annotated[float, Field(ge=0, description="s that neighbouring windows share")] = 2.0
    cut: Annotated[bool, Field(description="cut windows without overlap instead")] = False
    dtype: Annotated[Literal["float32", "bfloat16"], Field(description="of the computation")] = (
        "float32"
    )


@dataclasses.dataclass(frozen=True)
class FeatureSettings:
    """What is predicted from."""

    name: Annotated[
        Literal["mfb", "mfcc", "w2v2", "precomputed"],
        Field(description="mel filter banks, cepstral functionals, wav2vec 2.0, or tables (§3.2)"),
    ] = "mfb"
    frame_rate: Annotated[
        float,
        Field(
            ge=FRAME_RATES[0],
            le=FRAME_RATES[1],
            description="Hz, that of features, ratings and predictions (§3.2)",
        ),
    ] = 4.0
    layer: Annotated[
        tuple[int, ...],
        Several,
        Field(description="of w2v2; none: the last hidden state; several: their mean"),
    ] = ()
    folders: Annotated[
        Names, Field(description="of precomputed features, within the corpus's root")
    ] = ()
    are_predictions: Annotated[
        bool, Field(description="precomputed features are predictions, and are scored themselves")
    ] = False
    cache: Annotated[
        PathText, Field(description="where features are kept; none: in the user's cache folder")
    ] = ""
    workers: Annotated[
        int, Field(ge=0, le=1024, description="recordings extracted at once; 0: one per processor")
    ] = 0
    w2v2: CheckpointSettings = dataclasses.field(default_factory=CheckpointSettings)

    @property
    def are_precomputed(self) -> bool:
        """Whether the features lie in tables, rather than being made from audio."""
        return self.name == "precomputed"

    @property
    def tables(self) -> str | None:
        """A folder of precomputed features within the corpus's root, if they are."""
        return self.folders[0] if self.are_precomputed else None
