"""States smoothed over time before their dynamics are taken, and the dynamics without that."""

import numpy as np
from scipy.ndimage import uniform_filter1d
from scipy.signal import savgol_filter

from affdyn_jax.dataset.examples import Examples
from affdyn_jax.dataset.settings import DynamicsSettings
from affdyn_jax.errors import ConfigError
from affdyn_jax.method.dynamics import dynamics

# Order 3 gives the same values but at the edges of a run, where it would follow noise further.
_POLYNOMIAL_ORDER = 2


def smoothed(
    states_td: np.ndarray,
    valid_t: np.ndarray,
    settings: DynamicsSettings,
    frame_rate: float,
    source: str,
) -> np.ndarray:
    """Smooth each dimension within each run of labelled frames.

    No frame looks beyond its run. At the run's edges a moving average takes its first and last
    value for those beyond, and Savitzky-Golay the parabola of its first and last whole window.

    Args:
        states_td: Values of the D dimensions on the grid, shape (T, D).
        valid_t: Which frames carry a label, shape (T,), boolean; the others may hold anything.
        settings: The rule, one that smooths, and its window.
        frame_rate: Frames per second.
        source: Names the ratings in messages.

    Returns:
        Shape (T, D), float64, 0 without a label.

    Raises:
        ConfigError: The window is longer than a run.
    """
    frames = settings.window_frames(frame_rate)
    smoothed_td = np.zeros(states_td.shape)
    for run in _runs(valid_t):
        run_length = run.stop - run.start
        if run_length < frames:
            raise ConfigError(
                f"dynamics.window={settings.window:g} is {frames} frames, but {source} last for "
                f"{run_length} ({run_length / frame_rate:g} s) without a gap; name a shorter one, "
                "or smooth nothing by dynamics.smoothing=none"
            )
        if settings.smoothing == "moving_average":
            smoothed_td[run] = uniform_filter1d(states_td[run], frames, axis=0, mode="nearest")
        else:
            smoothed_td[run] = savgol_filter(
                states_td[run], frames, _POLYNOMIAL_ORDER, axis=0, mode="interp"
            )
    return smoothed_td


def in_long_runs(valid_t: np.ndarray, settings: DynamicsSettings, frame_rate: float) -> np.ndarray:
    """The labelled frames whose run is as long as the window; all of them where none is.

    Args:
        valid_t: Which frames carry a label, shape (T,), boolean.
        settings: The window.
        frame_rate: Frames per second.
    """
    long_t = np.zeros_like(valid_t)
    for run in _runs(valid_t):
        long_t[run] = run.stop - run.start >= settings.window_frames(frame_rate)
    return long_t if long_t.any() else valid_t


def unsmoothed(examples: Examples, frame_rate: float) -> Examples:
    """The same examples with the dynamics of their states, which are never smoothed.

    Args:
        examples: Gold standards of all states, then of their dynamics.
        frame_rate: Frames per second.
    """
    states_ntd, _ = np.split(examples.gold_ntk, 2, axis=-1)
    is_frame_t = np.ones(states_ntd.shape[1], bool)
    dynamics_ntd = [dynamics(states_td, is_frame_t, frame_rate)[0] for states_td in states_ntd]
    gold_ntk = np.concatenate([states_ntd, np.stack(dynamics_ntd)], axis=-1)
    return examples._replace(
        gold_ntk=np.where(examples.valid_ntk, gold_ntk, 0).astype(examples.gold_ntk.dtype)
    )


def _runs(valid_t: np.ndarray) -> list[slice]:
    """Each stretch of labelled frames."""
    edges = np.flatnonzero(np.diff(valid_t, prepend=False, append=False))
    return [slice(start, stop) for start, stop in edges.reshape(-1, 2)]
