"""Long recordings as windows of one length, and the frames that are kept of each.

Most encoders make a frame every 320 samples (at 16 kHz 50 a second), so frame g of a recording
begins at its sample 320 g, whichever window computed it, as long as windows begin at multiples of
320.
"""

import itertools
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from affdyn_jax.features.audio import SAMPLE_RATE


@dataclass(frozen=True)
class Geometry:
    """When an encoder's frames are; the defaults are those of wav2vec 2.0.

    Attributes:
        receptive_field: Samples that the first frame takes; each other takes `stride` more.
        first_centre: Of the first frame, in samples from the beginning.
        stride: Samples from a frame to the next.
        window_frames: Of an encoder that hears windows of one length alone; None for any length.
    """

    receptive_field: int = 400
    first_centre: float = 200.0
    stride: int = 320
    window_frames: int | None = None

    def frame_count(self, sample_count: int) -> int:
        """Frames that are made of so many samples."""
        return max(0, (sample_count - self.receptive_field) // self.stride + 1)

    def sample_count(self, frame_count: int) -> int:
        """The fewest samples that so many frames are made of, one or more."""
        return (frame_count - 1) * self.stride + self.receptive_field

    def frames_within(self, seconds: float) -> int:
        """The nearest number of whole frames."""
        return round(seconds * SAMPLE_RATE / self.stride)

    def advance(self, window: float, overlap: float) -> int:
        """By how many frames windows of so many seconds, which overlap, follow each other."""
        return max(0, self.frames_within(window) - self.frames_within(overlap))

    def seconds(self, frame_count: int) -> float:
        """From the beginning of a frame to that of the one so many later."""
        return frame_count * self.stride / SAMPLE_RATE

    def frame_times(self, frames: np.ndarray) -> np.ndarray:
        """Centres of a recording's frames in seconds, of the shape of their numbers."""
        return (frames * self.stride + self.first_centre) / SAMPLE_RATE


class Window(NamedTuple):
    """A piece of a recording.

    Attributes:
        first_frame: The recording's frame that it begins with.
        sample_count: Its length; it begins at sample `Geometry.stride * first_frame`.
        kept: Which of its own frames are kept.
    """

    first_frame: int
    sample_count: int
    kept: slice


def overlapping_windows(
    geometry: Geometry, samples: int, window_frames: int, overlap_frames: int
) -> list[Window]:
    """Windows of one length that keep each frame of a recording once.

    The last window is taken back from the end, so that one compiled program serves all. Where
    windows overlap, a frame is kept of the one in which it lies deeper. A recording that is
    shorter than a window is one of its own length.

    Overlapping by 2 s is enough: what reaches across an edge is the positional convolution,
    1.3 s wide to either side. On 80 s of speech in windows of 30 s against one piece (base
    architecture, random weights, `experiments.decisions.window_seams`), hidden states differ
    everywhere by .08 of their deviation, because attention sees less; within 0.1 s of a seam by
    .20 without overlap, .16 with 1 s, .11 with 2 s and .09 with 4 s.

    Args:
        geometry: Of the encoder.
        samples: Length of the recording.
        window_frames: Frames of a window.
        overlap_frames: Frames that neighbouring windows share, fewer than `window_frames`.
    """
    frames = geometry.frame_count(samples)
    if frames <= window_frames:
        return [Window(0, samples, slice(0, frames))] if frames else []
    last = frames - window_frames
    firsts = [*range(0, last, window_frames - overlap_frames), last]
    # The first frame that lies deeper in the later of two windows than in the earlier one.
    seams = [(a + b + window_frames - 1) // 2 + 1 for a, b in itertools.pairwise(firsts)]
    edges = itertools.pairwise([0, *seams, frames])
    return [
        Window(first, geometry.sample_count(window_frames), slice(begin - first, end - first))
        for first, (begin, end) in zip(firsts, edges, strict=True)
    ]


def cut_windows(geometry: Geometry, samples: int, window_frames: int) -> list[Window]:
    """The older way: cut every `window_frames` strides; the rest is the last one.

    The frame that would reach across a cut is lost.
    """
    length = window_frames * geometry.stride
    pieces = ((start, min(length, samples - start)) for start in range(0, samples, length))
    return [
        Window(start // geometry.stride, piece, slice(0, geometry.frame_count(piece)))
        for start, piece in pieces
        if geometry.frame_count(piece)
    ]
