"""What enters the network for each window of a recording, at the level it was trained with."""

from collections.abc import Callable, Iterable, Iterator, Sequence

import numpy as np

from affdyn_jax.errors import FeatureError
from affdyn_jax.features.audio import SAMPLE_RATE
from affdyn_jax.features.encoders.front_end import FrontEnd
from affdyn_jax.features.encoders.windows import Window


def windows_with_inputs(
    blocks: Callable[[], Iterable[np.ndarray]],
    windows_of: Callable[[int], Sequence[Window]],
    front_end: FrontEnd,
    source: object,
) -> tuple[Sequence[Window], Iterator[np.ndarray]]:
    """The windows of a recording, and what the network takes of them one window at a time.

    The recording is read twice, for its level and then for its windows, of which one at a time
    is held: memory does not grow with its length.

    Args:
        blocks: Its samples block by block, at 16 kHz; called for each reading.
        windows_of: The windows of a recording of so many samples.
        front_end: Of the network.
        source: Names the recording in messages.

    Returns:
        Its windows, and what the network takes of each.

    Raises:
        FeatureError: It is too short for a frame.
    """
    geometry = front_end.geometry
    sample_count, inputs_of = front_end.read(blocks())
    windows = windows_of(sample_count)
    if not windows:
        raise FeatureError(
            f"{source}: {sample_count / SAMPLE_RATE:g} s of audio are too short for one frame of "
            f"{geometry.receptive_field / SAMPLE_RATE:g} s; leave the recording out"
        )
    return windows, map(inputs_of, _pieces(iter(blocks()), windows, geometry.stride))


def _pieces(
    blocks: Iterator[np.ndarray], windows: Sequence[Window], stride: int
) -> Iterator[np.ndarray]:
    """The samples of each window, in order, read as far as it reaches."""
    held, held_from = np.empty(0, np.float32), 0
    for window in windows:
        start = window.first_frame * stride
        read = [held[start - held_from :]]
        missing = window.sample_count - len(read[0])
        while missing > 0:
            read.append(next(blocks))
            missing -= len(read[-1])
        held, held_from = np.concatenate(read), start
        yield held[: window.sample_count]
