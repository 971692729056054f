"""What turns audio into frames of features: the one interface of all kinds of them."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, ClassVar, NamedTuple, Protocol

import numpy as np

# Samples at `audio.SAMPLE_RATE`, block by block, from the beginning at each call.
Blocks = Callable[[], Iterable[np.ndarray]]


class Frames(NamedTuple):
    """Some frames of a recording, in order.

    Attributes:
        times_s: Times of the S frames in seconds, increasing, shape (S,).
        values_sf: Their features, shape (S, F).
        next_time: No later frame lies before it; infinite after the last one.
    """

    times_s: np.ndarray
    values_sf: np.ndarray
    next_time: float


def by_recording(
    frames_of_each: Iterable[tuple[str, Frames]],
) -> Iterator[tuple[str, Iterator[Frames]]]:
    """Name and frames of each recording, from frames beside the names of their recordings.

    Those of a recording follow one another, and are to be taken before the next recording is.
    After a recording's last frames nothing more is asked for, so none waits for the next one.
    """
    remaining = iter(frames_of_each)

    def of_one(frames: Frames) -> Iterator[Frames]:
        yield frames
        while np.isfinite(frames.next_time):
            _, frames = next(remaining)
            yield frames

    for name, first_frames in remaining:
        yield name, of_one(first_frames)


class Extractor(Protocol):
    """What turns recordings into features.

    Attributes:
        checkpoint: SHA-256 of the weights that it computes with; empty where it has none.
        is_streamable: Whether it can follow sound that arrives, as a `LocalExtractor` can.
    """

    checkpoint: str
    is_streamable: ClassVar[bool]

    @property
    def feature_count(self) -> int:
        """How many features a frame has."""
        ...

    @property
    def front_end(self) -> dict[str, Any]:
        """All that it takes to make the frames again without this package, as JSON has it."""
        ...

    @property
    def identity(self) -> Any:
        """What cached features are told apart by: a frozen dataclass with a `version`.

        By its class name (or `cached_as`, where it was called that once), its fields (which may be
        such dataclasses themselves) and its version, so whatever changes the numbers must be a
        field, or raise the version.
        """
        ...

    def frames(self, blocks: Blocks, source: object) -> Iterator[Frames]:
        """Frames of one recording from its beginning to its end, in memory that does not grow.

        Args:
            blocks: The recording's samples; called once or twice.
            source: Names the recording in messages.

        Raises:
            FeatureError: The recording is too short for a frame, or a feature is not finite.
        """
        ...

    def extract(
        self, audio_paths: Mapping[str, Path], frame_rate: float, workers: int
    ) -> Iterator[tuple[str, np.ndarray]]:
        """Features of many recordings on the grid, as fast as the machine allows.

        Args:
            audio_paths: Audio file of each recording.
            frame_rate: Frames per second of the grid, 4 in the paper.
            workers: How many recordings may be worked on at once in threads.

        Yields:
            Name and features, shape (T, F), float32, of each recording once it is done.

        Raises:
            AudioError: An audio file cannot be read.
            FeatureError: A recording is too short, or a feature is not finite.
        """
        ...
