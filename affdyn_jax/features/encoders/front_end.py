"""What becomes of audio before it enters a network."""

import reprlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from affdyn_jax.errors import FeatureError
from affdyn_jax.features.audio import SAMPLE_RATE
from affdyn_jax.features.encoders.windows import Geometry


@dataclass(frozen=True)
class FrontEnd:
    """From a recording to the inputs of its windows.

    Attributes:
        geometry: When frames are, and how many a window has.
        normalises: Whether a whole recording is brought to mean 0 and deviation 1 first.
        inputs: From the samples of a window at 16 kHz, shape (S,), float32, to what the network
            takes of it, without the axis of the batch. Windows have as many samples as
            `geometry` says of their frames; one with fewer is a whole recording that is shorter,
            which may be padded here.
        described: The same in JSON's words, for those who make the features without this package.
    """

    geometry: Geometry
    normalises: bool
    inputs: Callable[[np.ndarray], np.ndarray] = lambda samples: samples
    described: Mapping[str, Any] = field(default_factory=dict)


def check_rate(preprocessor: Mapping[str, Any], source: str) -> None:
    """Refuse checkpoints for audio of another rate.

    Raises:
        FeatureError: It is one.
    """
    rate = preprocessor.get("sampling_rate", SAMPLE_RATE)
    if rate != SAMPLE_RATE:
        raise FeatureError(
            f"{source}: its feature extractor wants audio at {reprlib.repr(rate)} Hz, but features "
            f"are made at {SAMPLE_RATE} Hz; choose another checkpoint"
        )
