"""Extractors whose frames are made of the samples around them alone."""

import abc
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, ClassVar, NamedTuple, Self

import numpy as np

from affdyn_jax.errors import FeatureError
from affdyn_jax.features.audio import read_audio
from affdyn_jax.features.extractor import Blocks, Frames
from affdyn_jax.features.pooling import pool_frames
from affdyn_jax.features.streaming import PiecewiseFrames


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


class LocalExtractor(abc.ABC):
    """An `Extractor` that is a frozen dataclass of settings and is called with samples.

    Attributes:
        version: Raised with each change of the code that changes the numbers.
    """

    version: ClassVar[int]
    checkpoint: ClassVar[str] = ""
    is_streamable: ClassVar[bool] = True

    @property
    @abc.abstractmethod
    def feature_count(self) -> int:
        """How many features a frame has."""

    @property
    @abc.abstractmethod
    def front_end(self) -> dict[str, Any]:
        """As `Extractor.front_end`."""

    @property
    @abc.abstractmethod
    def timing(self) -> Timing:
        """Which samples each frame is made of."""

    @abc.abstractmethod
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

    @property
    def identity(self) -> Self:
        """The settings, which decide every number."""
        return self

    def frames(self, blocks: Blocks, source: object) -> Iterator[Frames]:
        """As `Extractor.frames`."""
        pieces = PiecewiseFrames(self, source)
        for samples in blocks():
            yield pieces.add(samples)
        yield pieces.finish()

    def extract(
        self, audio_paths: Mapping[str, Path], frame_rate: float, workers: int
    ) -> Iterator[tuple[str, np.ndarray]]:
        """As `Extractor.extract`, in the order of the recordings."""

        def features_of(path: Path) -> np.ndarray:
            samples = read_audio(path)
            try:
                times_s, values_sf = self(samples)
            except FeatureError as error:
                raise FeatureError(f"{path}: {error}") from error
            return pool_frames(times_s, values_sf, frame_rate, path)

        # Threads, not processes: decoding and NumPy's inner loops let others run meanwhile.
        # JAX's own threads make a fork unsafe, and a spawned process would import JAX and
        # librosa anew, which costs more than it gains.
        with ThreadPoolExecutor(workers) as pool:
            # An error leaves the loop at the first recording that has one; `map` then drops
            # those not yet begun.
            features = pool.map(features_of, audio_paths.values())
            yield from zip(audio_paths, features, strict=True)
