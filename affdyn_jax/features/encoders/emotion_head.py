"""What a wav2vec 2.0 that was fine-tuned for emotion says itself, beside its hidden states.

`audeering/wav2vec2-large-robust-12-ft-emotion-msp-dim` has a head for arousal, dominance and
valence, from about 0 to 1. It was trained on the mean of a whole utterance's hidden states; here it
is asked of each frame, since features are of frames.
"""

import dataclasses
from collections.abc import Mapping
from typing import Any, ClassVar, NamedTuple, Self

import numpy as np

from affdyn_jax.errors import FeatureError
from affdyn_jax.features.encoders.checkpoint import Checkpoint
from affdyn_jax.features.encoders.extraction import (
    EncoderFeatures,
    EncoderIdentity,
    read_identity,
)
from affdyn_jax.features.settings import EncoderSettings

_DIMENSIONS = 3  # arousal, dominance, valence


class EmotionHead(NamedTuple):
    """Two affine maps with a hyperbolic tangent between them: H to H to 3."""

    dense_ho: np.ndarray
    dense_bias_o: np.ndarray
    out_od: np.ndarray
    out_bias_d: np.ndarray

    @classmethod
    def of(cls, tensors: Mapping[str, np.ndarray], hidden_size: int, source: str) -> Self:
        """The head of a checkpoint.

        Args:
            tensors: Its weights outside of the encoder (`Checkpoint.head`).
            hidden_size: H.
            source: Where it comes from, for messages.

        Raises:
            FeatureError: It has none, or one of another kind.
        """
        shapes = {
            "classifier.dense.weight": (hidden_size, hidden_size),
            "classifier.dense.bias": (hidden_size,),
            "classifier.out_proj.weight": (_DIMENSIONS, hidden_size),
            "classifier.out_proj.bias": (_DIMENSIONS,),
        }
        found = {name: tensors[name].shape for name in shapes if name in tensors}
        if found != shapes:
            raise FeatureError(
                f"{source}: has no head for arousal, dominance and valence "
                f"({', '.join(shapes)}); leave features.encoder.emotion_head out"
            )
        return cls(*(tensors[name].T for name in shapes))

    def __call__(self, hidden_bth: np.ndarray) -> np.ndarray:
        """Arousal, dominance and valence of each frame, shape (B, T, 3), float32."""
        inner = np.tanh(hidden_bth @ self.dense_ho + self.dense_bias_o)
        return inner @ self.out_od + self.out_bias_d


@dataclasses.dataclass(frozen=True)
class WithHead:
    """What features depend on that have the head's columns, too.

    Attributes:
        encoder: What the others depend on.
    """

    encoder: EncoderIdentity

    version: ClassVar[int] = 1


class FeaturesWithHead(EncoderFeatures):
    """An `Extractor` of the last hidden state, and what the checkpoint's head makes of it.

    Args:
        checkpoint: With a head.
        settings: As of `EncoderFeatures`.
        source: Where the checkpoint came from, for errors.

    Raises:
        FeatureError: As of `EncoderFeatures`; or there is no such head.
    """

    def __init__(self, checkpoint: Checkpoint, settings: EncoderIdentity, source: str):
        super().__init__(checkpoint, settings, source)
        self._head = EmotionHead.of(checkpoint.head, self.feature_count, source)
        self.identity = WithHead(settings)
        self.feature_count += _DIMENSIONS

    @property
    def front_end(self) -> dict[str, Any]:
        """As `Extractor.front_end`."""
        return super().front_end | {"columns_at_the_end": ["arousal", "dominance", "valence"]}

    def _hidden(self, inputs: np.ndarray) -> np.ndarray:
        hidden_bth = super()._hidden(inputs)
        return np.concatenate([hidden_bth, self._head(hidden_bth)], axis=-1)


def read_with_head(settings: EncoderSettings) -> FeaturesWithHead:
    """Read the checkpoint that the settings name, ready to make features with its head.

    Raises:
        FeatureError: The checkpoint cannot be used, or has no such head.
    """
    return FeaturesWithHead(*read_identity(settings), settings.model)
