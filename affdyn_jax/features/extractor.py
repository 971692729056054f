"""What turns samples into frames of features: the one interface of all kinds of them."""

from typing import ClassVar, NamedTuple, Protocol

import numpy as np


class Timing(NamedTuple):
    """Which samples an extractor's frames are made of, all counted in samples at 16 kHz.

    Attributes:
        first: The centre of frame 0.
        hop: From one frame's centre to the next one's.
        reach: A frame is made of so many samples before its centre and as many after it, or of
            those that there are where the audio begins or ends within them.
        period: A multiple of the hop. Leaving out so many samples at the beginning takes
            `period / hop` frames away and changes none that does not reach back so far.
    """

    first: int
    hop: int
    reach: int
    period: int


class Extractor(Protocol):
    """A frozen dataclass of settings that is called with samples.

    Its class name, its fields (which may be such dataclasses themselves) and its version
    are what cached features are told apart by, so whatever changes the numbers must be
    a field, or bump the version.

    Attributes:
        version: Counted up with each change of the code that changes the numbers.
    """

    version: ClassVar[int]

    @property
    def feature_count(self) -> int:
        """How many features a frame has."""
        ...

    @property
    def timing(self) -> Timing:
        """Which samples each frame is made of."""
        ...

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
