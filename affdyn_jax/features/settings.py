"""Settings of features: of which kind they are, and how they are made (§3.2)."""

import dataclasses
from collections.abc import Mapping
from typing import Annotated, Literal, Self

from pydantic import Field

from affdyn_jax.corpora.rating_types import FrameRate
from affdyn_jax.features.encoders.windows import Geometry
from affdyn_jax.system.field_types import (
    Distinct,
    Label,
    Names,
    OneLine,
    PathText,
    Several,
    SeveralOrWord,
)


@dataclasses.dataclass(frozen=True)
class EncoderSettings:
    """A speech encoder as it was published, without fine-tuning (§3.2)."""

    model: Annotated[
        PathText,
        Field(
            description="A folder with a checkpoint, or its name on the Hugging Face hub. The "
            "paper's French models (footnote 3) are LeBenchmark/wav2vec2-FR-3K-base and -large."
        ),
    ] = ""
    models: Annotated[
        Mapping[Label, PathText],
        Field(description="Several by their labels, for experiments.paper.table1."),
    ] = dataclasses.field(default_factory=dict)
    revision: Annotated[
        OneLine, Field(description="Commit of the model on the hub; by default the newest.")
    ] = ""
    adapter: Annotated[
        OneLine,
        Field(
            description="Of MMS: the language whose adapters are used, e.g. deu; by default those "
            "among the weights."
        ),
    ] = ""
    emotion_head: Annotated[
        bool,
        Field(
            description="Whether three more features are what the checkpoint's own head makes of "
            "the last hidden state: arousal, dominance and valence of each frame."
        ),
    ] = False
    window: Annotated[
        float,
        Field(
            ge=0.1,
            le=600,
            description="Seconds encoded together; memory grows with their square.",
        ),
    ] = 30.0
    overlap: Annotated[
        float, Field(ge=0, le=600, description="Seconds that neighbouring windows share.")
    ] = 2.0
    cut: Annotated[
        bool,
        Field(
            description="Whether to cut the audio into windows without overlap instead, which "
            "loses a frame at each cut."
        ),
    ] = False
    dtype: Annotated[
        Literal["float32", "bfloat16"], Field(description="Precision of the computation.")
    ] = "float32"
    layers: Annotated[
        Annotated[tuple[Annotated[int, Field(ge=0, le=10**4)], ...], Distinct] | Literal["all"],
        SeveralOrWord,
        Field(
            description="To sweep over: `all`, or numbers, of which 0 is what enters the first "
            "layer. All are made in one pass, and each layer trains lanes of its own."
        ),
    ] = ()
    kept_as: Annotated[
        Literal["float32", "float16"],
        Field(description="Precision of `layers` in the cache."),
    ] = "float32"

    def __post_init__(self):
        """Refuse windows that never advance, and layers of windows that are cut."""
        if self.layers and self.cut:
            raise ValueError("layers are made of windows that overlap; leave cut out")
        usual = Geometry()
        if not self.cut and not usual.advance(self.window, self.overlap):
            raise ValueError(
                f"overlap={self.overlap:g} in windows of {self.window:g} s; it has to be shorter "
                f"than they are, by a frame of {usual.seconds(1):g} s or more"
            )


@dataclasses.dataclass(frozen=True)
class FeatureSettings:
    """What is predicted from (§3.2)."""

    name: Annotated[
        Literal["mfb", "mfcc", "encoder", "precomputed"],
        Field(
            description="Mel filter banks, functionals of cepstral coefficients, hidden states of "
            "a speech encoder such as wav2vec 2.0, or tables of features made elsewhere (§3.2)."
        ),
    ] = "mfb"
    frame_rate: Annotated[
        FrameRate,
        Field(description="Of features, ratings and predictions, in Hz (§3.2)."),
    ] = 4.0
    layer: Annotated[
        tuple[int, ...],
        Several,
        Field(description="Of the encoder. None: the last hidden state; several: their mean."),
    ] = ()
    folders: Annotated[
        Names, Field(description="Of precomputed features, within the corpus's root.")
    ] = ()
    rates: Annotated[
        tuple[Annotated[float, Field(gt=0, le=1000)], ...],
        Several,
        Field(
            description="Frames a second of precomputed features in files without times, e.g. "
            "NumPy's arrays: of all folders, or of each. Frame k begins at k divided by it."
        ),
    ] = ()
    are_predictions: Annotated[
        bool,
        Field(
            description="Whether precomputed features are other systems' predictions, which are "
            "scored themselves."
        ),
    ] = False
    cache: Annotated[
        PathText, Field(description="Where features are kept; by default the user's cache folder.")
    ] = ""
    workers: Annotated[
        int,
        Field(ge=0, le=1024, description="Recordings extracted in parallel; 0: one per processor."),
    ] = 0
    encoder: EncoderSettings = dataclasses.field(default_factory=EncoderSettings)

    @property
    def has_layers(self) -> bool:
        """Whether there are several layers, each for lanes of its own."""
        return self.name == "encoder" and bool(self.encoder.layers)

    def of_layers(self, numbers: tuple[int, ...]) -> Self:
        """The same of these layers, side by side."""
        return dataclasses.replace(self, encoder=dataclasses.replace(self.encoder, layers=numbers))

    @property
    def are_precomputed(self) -> bool:
        """Whether the features lie in tables, rather than being made from audio."""
        return self.name == "precomputed"

    @property
    def tables(self) -> str | None:
        """A folder of precomputed features within the corpus's root, if they are."""
        return self.folders[0] if self.are_precomputed else None

    def __post_init__(self):
        """Refuse a kind of features that lacks what it is made from."""
        if self.name == "precomputed" and not self.folders:
            raise ValueError(
                "folders is empty, but features.name=precomputed needs folders of tables within "
                "the corpus's root; name one or more"
            )
        if len(self.rates) not in (0, 1, len(self.folders)):
            raise ValueError(
                f"rates has {len(self.rates)} values for {len(self.folders)} folders; give one of "
                "all, or one of each"
            )
        if self.name != "precomputed" and self.are_predictions:
            raise ValueError(
                f"are_predictions=True, but features.name={self.name} predicts nothing; only "
                "precomputed features can be predictions"
            )
        if self.encoder.emotion_head and (self.layer or self.encoder.layers):
            raise ValueError(
                "encoder.emotion_head reads the last hidden state; leave layer and encoder.layers "
                "empty"
            )
        if self.layer and self.encoder.layers:
            raise ValueError(
                f"layer={self.layer} is what all lanes hear, encoder.layers={self.encoder.layers} "
                "what lanes of their own do; leave one of them empty"
            )
        if self.encoder.layers and self.name != "encoder":
            raise ValueError(
                f"encoder.layers={self.encoder.layers}, but features.name={self.name} has no "
                "layers; set features.name=encoder, or leave encoder.layers empty"
            )
        if self.name == "encoder" and not self.encoder.model:
            raise ValueError(
                "encoder.model is empty, but features.name=encoder needs a folder with a "
                "checkpoint or its name on the Hugging Face hub"
            )
