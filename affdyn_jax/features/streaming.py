"""Frames of audio that arrives piece by piece: the same as those of the whole."""

from typing import TYPE_CHECKING

import numpy as np

from affdyn_jax.errors import FeatureError
from affdyn_jax.features.audio import SAMPLE_RATE
from affdyn_jax.features.extractor import Frames

if TYPE_CHECKING:
    from affdyn_jax.features.local_extractor import LocalExtractor


class PiecewiseFrames:
    """An extractor at work on a recording of which only the beginning is known.

    A frame comes out once all samples that it is made of have come in. What is held of the
    audio is what the next frame is made of, however long it lasts.

    Args:
        extractor: What turns samples into frames.
        source: Names the recording in messages.
    """

    def __init__(self, extractor: "LocalExtractor", source: object):
        self._extractor, self._timing, self._source = extractor, extractor.timing, source
        self._held, self._held_from = np.empty(0, np.float32), 0
        self._made = 0

    def add(self, samples: np.ndarray) -> Frames:
        """The frames that these samples complete.

        Args:
            samples: Shape (S,), float32, at 16 kHz; any number of them.

        Raises:
            FeatureError: Samples are so large that a feature is not finite.
        """
        self._held = np.concatenate([self._held, samples])
        heard = self._held_from + len(self._held)
        complete = (heard - self._timing.reach - self._timing.first) // self._timing.hop + 1
        if complete <= self._made:
            none_sf = np.empty((0, self._extractor.feature_count))
            return Frames(np.empty(0), none_sf, self._time(self._made))
        return self._frames(complete)

    def finish(self) -> Frames:
        """The frames that are left when the audio ends.

        Raises:
            FeatureError: All of it was too short for a frame.
        """
        return self._frames(None)._replace(next_time=np.inf)

    def _frames(self, stop: int | None) -> Frames:
        """Frames up to that number, or as many as there are."""
        try:
            _, values_sf = self._extractor(self._held)
        except FeatureError as error:
            raise FeatureError(f"{self._source}: {error}") from error
        held_from = self._held_from // self._timing.hop  # as a number of frames
        new = slice(self._made - held_from, None if stop is None else stop - held_from)
        values_sf = values_sf[new]
        numbers_s = np.arange(self._made, self._made + len(values_sf))
        self._made += len(values_sf)
        self._forget()
        return Frames(self._time(numbers_s), values_sf, self._time(self._made))

    def _forget(self) -> None:
        """Drop what only frames before the last one were made of.

        The last one's samples stay, so that there are enough for a frame at the end.
        """
        needed = max(self._centre(self._made - 1) - self._timing.reach, 0)
        keep_from = needed // self._timing.period * self._timing.period
        self._held = self._held[keep_from - self._held_from :].copy()
        self._held_from = keep_from

    def _time(self, number: int | np.ndarray) -> float | np.ndarray:
        return self._centre(number) / SAMPLE_RATE

    def _centre(self, number: int | np.ndarray) -> int | np.ndarray:
        return self._timing.first + number * self._timing.hop
