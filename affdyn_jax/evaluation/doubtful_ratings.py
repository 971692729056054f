"""Signs that ratings do not belong to the recordings, or the times, that they are given for.

A corpus whose files were mixed up trains like any other and ends with a low score. So predictions
are compared with what they were not made for, too: with ratings of other recordings, and of other
moments. Where they agree as well or better with these, the files deserve a look.
"""

import dataclasses
from collections.abc import Mapping

import numpy as np

from affdyn_jax.dataset.dataset import Dataset
from affdyn_jax.evaluation.scores import agreement
from affdyn_jax.method.tasks import STATE, Task

# How far ratings may be off in time, in seconds, and how much higher the CCC has to be there.
_LONGEST_LAG = 10.0
_LEAST_GAIN = 0.1
_LEAST_RATIO = 1.5

# Epochs are chosen on dev, which makes even ratings of other recordings look predictable: to .21.
_HARDLY = 0.25

_CHECK = "check that each recording has its own ratings, from the same start as its audio"


@dataclasses.dataclass(frozen=True, eq=False)
class _Traces:
    """Of one task in N recordings: predictions, gold standard, which of it counts, shape (N, T)."""

    predictions_nt: np.ndarray
    gold_nt: np.ndarray
    valid_nt: np.ndarray
    is_frame_nt: np.ndarray  # of the recording, not of the padding

    def agreement_with(self, gold_nt: np.ndarray, valid_nt: np.ndarray) -> float:
        """CCC of the predictions and another gold standard; NaN where that never changes."""
        valid_nt = valid_nt & self.is_frame_nt
        return float(agreement(self.predictions_nt, gold_nt, valid_nt, axis=(0, 1)))

    @property
    def agreement(self) -> float:
        return self.agreement_with(self.gold_nt, self.valid_nt)

    def agreement_after(self, lag: int) -> float:
        """CCC of the predictions and the gold standard so many frames later."""
        moved_nt, valid_nt = np.zeros_like(self.gold_nt), np.zeros_like(self.valid_nt)
        frames = self.gold_nt.shape[1] - abs(lag)
        here, there = slice(max(-lag, 0), None), slice(max(lag, 0), None)
        moved_nt[:, here][:, :frames] = self.gold_nt[:, there][:, :frames]
        valid_nt[:, here][:, :frames] = self.valid_nt[:, there][:, :frames]
        return self.agreement_with(moved_nt, valid_nt)


def doubts_about_ratings(
    predictions: Mapping[Task, np.ndarray], partition: str, dataset: Dataset
) -> list[str]:
    """What speaks against the ratings of a dimension, in words; nothing if they are in good order.

    Args:
        predictions: Of tasks, shape (N, T), for recordings that they were not trained on.
        partition: Whose recordings these are.
        dataset: Has gold standards of them.
    """
    examples, doubts = dataset.examples[partition], []
    is_frame_nt = np.arange(examples.gold_ntk.shape[1]) < examples.frames_n[:, None]
    for task, predictions_nt in predictions.items():
        k = dataset.tasks.index(task)
        gold_nt, valid_nt = examples.gold_ntk[..., k], examples.valid_ntk[..., k]
        traces = _Traces(predictions_nt, gold_nt, valid_nt, is_frame_nt)
        if task.target == STATE and not np.isnan(traces.agreement):
            doubt = _doubt(traces, dataset.frame_rate)
            doubts += [f"{task.dimension} on {partition}: {doubt}; {_CHECK}"] if doubt else []
    return doubts


def _doubt(traces: _Traces, frame_rate: float) -> str:
    """Ratings that predictions agree with as well as with their own, or better; none where none."""
    own, others = traces.agreement, _of_other_recordings(traces)
    seconds, moved = _of_another_moment(traces, frame_rate)
    if moved > max(own + _LEAST_GAIN, _LEAST_RATIO * own, others + _LEAST_GAIN):
        return (
            f"predictions agree with the ratings {abs(seconds):g} s "
            f"{'later' if seconds > 0 else 'earlier'} (CCC {moved:.2f}) better than with those of "
            f"their own time ({own:.2f})"
        )
    if own > max(_HARDLY, others):
        return ""
    return (
        f"predictions hardly agree with the ratings (CCC {own:.2f}; with those of other recordings "
        f"up to {others:.2f}), which may be all that these features tell"
    )


def _of_other_recordings(traces: _Traces) -> float:
    """The highest CCC with ratings of the next recordings, of those after them, and so on."""
    others = [
        traces.agreement_with(
            np.roll(traces.gold_nt, n, axis=0), np.roll(traces.valid_nt, n, axis=0)
        )
        for n in range(1, len(traces.gold_nt))
    ]
    return max((other for other in others if not np.isnan(other)), default=-1.0)


def _of_another_moment(traces: _Traces, frame_rate: float) -> tuple[float, float]:
    """By how many seconds ratings are later where CCC is highest, and that CCC."""
    longest = min(int(_LONGEST_LAG * frame_rate), traces.gold_nt.shape[1] - 1)
    by_lag = {lag: traces.agreement_after(lag) for lag in range(-longest, longest + 1)}
    best = max(by_lag, key=lambda lag: np.nan_to_num(by_lag[lag], nan=-1.0))
    return best / frame_rate, by_lag[best]
