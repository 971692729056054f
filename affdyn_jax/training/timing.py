"""What an epoch takes, of all lanes together and of one by itself, measured in turns."""

import time
from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np

_ROUNDS = 5


class EpochSeconds(NamedTuple):
    """Wall time of an epoch, in seconds: medians of rounds in which both programs took turns.

    Attributes:
        together: Of all L lanes of one hidden size, on all devices that they are shared out over.
        alone: Of one of them by itself, on one device.
        spread: How many times the largest of the rounds' ratios is the smallest: 1 on a machine
            that does nothing else.
    """

    together: float
    alone: float
    spread: float


def together_and_alone(together: Callable[[], None], alone: Callable[[], None]) -> EpochSeconds:
    """Time an epoch of all lanes and one of a single lane, both from `loop.epoch_program`."""
    seconds_r2 = seconds_in_turns((together, alone))
    ratios_r = seconds_r2[:, 1] / seconds_r2[:, 0]
    medians = np.median(seconds_r2, axis=0)
    return EpochSeconds(*map(float, medians), float(ratios_r.max() / ratios_r.min()))


def seconds_in_turns(programs: Sequence[Callable[[], None]]) -> np.ndarray:
    """Wall times of P programs in R rounds, each once a round, in seconds, shape (R, P).

    A first round only compiles and is not among them.
    """
    seconds_rp = np.empty((1 + _ROUNDS, len(programs)))
    for seconds_p in seconds_rp:
        for index, program in enumerate(programs):
            start = time.perf_counter()
            program()
            seconds_p[index] = time.perf_counter() - start
    return seconds_rp[1:]
