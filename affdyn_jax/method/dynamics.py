"""Temporal differentiation of dimensional affect (§3.1)."""

import numpy as np


def dynamics(
    states_td: np.ndarray, valid_t: np.ndarray, frame_rate: float
) -> tuple[np.ndarray, np.ndarray]:
    """Change of each dimension since the frame before, in units per second (Eq. 1).

    Args:
        states_td: Values of the D dimensions on the grid, shape (T, D).
        valid_t: Which frames carry a label, shape (T,), boolean.
        frame_rate: Frames per second; 1/frame_rate is t[i] - t[i-1] in Eq. 1.

    Returns:
        The dynamics, shape (T, D), float64, 0 where undefined; and in which frames they are
        defined, shape (T,): those that carry a label and follow one that does, never the
        first.
    """
    defined_t = np.zeros_like(valid_t)
    defined_t[1:] = valid_t[1:] & valid_t[:-1]
    dynamics_td = np.zeros(states_td.shape)
    dynamics_td[1:] = np.diff(states_td, axis=0) * frame_rate
    return np.where(defined_t[:, None], dynamics_td, 0.0), defined_t
