"""Several layers of an encoder in one pass, side by side in each frame."""

import dataclasses
from typing import Any, ClassVar, Literal

import numpy as np

from affdyn_jax.errors import ConfigError
from affdyn_jax.features.encoders.checkpoint import Checkpoint
from affdyn_jax.features.encoders.extraction import (
    EncoderFeatures,
    EncoderIdentity,
    read_identity,
)
from affdyn_jax.features.settings import EncoderSettings


@dataclasses.dataclass(frozen=True)
class SideBySideIdentity:
    """What features of several layers depend on besides the audio.

    Attributes:
        of_last: Of the last hidden state of the same encoder.
        layers: Numbers of the layers.
    """

    of_last: EncoderIdentity
    layers: tuple[int, ...]

    version: ClassVar[int] = 1


class SideBySide(EncoderFeatures):
    """A `LayeredExtractor` of an encoder.

    Args:
        checkpoint: As of `EncoderFeatures`.
        of_last: `EncoderFeatures.identity` of the last hidden state.
        source: Where the checkpoint came from, for errors.
        layers: Numbers of the layers, or `all`.

    Raises:
        FeatureError: As of `EncoderFeatures`.
        ConfigError: There is no such layer.
    """

    def __init__(
        self,
        checkpoint: Checkpoint,
        of_last: EncoderIdentity,
        source: str,
        layers: tuple[int, ...] | Literal["all"],
    ):
        super().__init__(checkpoint, of_last, source)
        self.layers = tuple(range(self.highest_layer + 1)) if layers == "all" else layers
        for number in self.layers:
            if number > self.highest_layer:
                raise ConfigError(
                    f"features.encoder.layers: {source} has no layer {number}; choose from 0, the "
                    f"input of the first, to {self.highest_layer}"
                )
        self._of_last, self.identity = of_last, SideBySideIdentity(of_last, self.layers)
        self.feature_count *= len(self.layers)

    def identity_of(self, layer: int) -> EncoderIdentity:
        """As `LayeredExtractor.identity_of`."""
        return dataclasses.replace(self._of_last, layers=(layer,))

    @property
    def front_end(self) -> dict[str, Any]:
        """As `Extractor.front_end`."""
        described = dict(super().front_end)
        del described["mean_of_layers"]
        return described | {"layers_side_by_side": list(self.layers)}

    def _hidden(self, inputs: np.ndarray) -> np.ndarray:
        states_ybth = self._encoder.layer_by_layer(inputs, self.layers)
        return np.concatenate(list(states_ybth), axis=-1)


def read_side_by_side(settings: EncoderSettings) -> SideBySide:
    """Read the checkpoint that the settings name, ready to make features of their layers.

    Raises:
        FeatureError: The checkpoint cannot be used.
        ConfigError: It has no such layer.
    """
    return SideBySide(*read_identity(settings), settings.model, settings.layers)
