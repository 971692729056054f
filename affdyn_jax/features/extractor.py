"""What turns samples into frames of features: the one interface of all kinds of them."""

from typing import ClassVar, Protocol

import numpy as np


class Extractor(Protocol):
    """A frozen dataclass of settings that is called with samples.

    Its class name, its fields (which may be such dataclasses themselves) and its version
    are what cached features are told apart by, so whatever changes the numbers must be
    a field, or bump the version.

    Attributes:
        version: Counted up with each change of the code that changes the numbers.
    """

    version: ClassVar[int]

    def __call__(self, samples: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Frames of one recording.

        Called from several threads at once.

        Args:
            samples: Shape (S,), float32, at `affdyn_jax.features.audio.SAMPLE_RATE`.

        Returns:
            Times of the frames' centres in seconds, increasing, shape (S,), and their
            features, shape (S, F), where S now counts frames.

        Raises:
            FeatureError: The samples are too few for a frame.
        """
        ...
