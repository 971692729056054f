"""What becomes of audio before it enters a network."""

import reprlib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from affdyn_jax.errors import FeatureError
from affdyn_jax.features.audio import SAMPLE_RATE
from affdyn_jax.features.encoders.windows import Geometry

# From the samples of a window, shape (S,), to what the network takes of it, float32, without the
# axis of the batch.
WindowInputs = Callable[[np.ndarray], np.ndarray]

# From a recording's samples at 16 kHz, float32, block by block, to how many they are, and to what
# makes the inputs of its windows, which may depend on all of them.
Reading = Callable[[Iterable[np.ndarray]], tuple[int, WindowInputs]]


@dataclass(frozen=True)
class FrontEnd:
    """From a recording to the inputs of its windows.

    Attributes:
        geometry: When frames are, and how many a window has.
        read: From a recording to the inputs of its windows. These have as many samples as
            `geometry` says of their frames; one with fewer is a whole recording that is shorter.
        described: The same in JSON's words, for those who make the features without this package.
    """

    geometry: Geometry
    read: Reading
    described: Mapping[str, Any]


def window_by_window(inputs: WindowInputs) -> Reading:
    """Of inputs that depend on nothing but their own window's samples."""
    return lambda blocks: (sum(map(len, blocks)), inputs)


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
