"""Best w against w = 0 on test (§4.3): is the difference more than chance?"""

from collections import defaultdict
from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from affdyn_jax.dataset.examples import Examples
from affdyn_jax.evaluation.significance import (
    bootstrap_counts,
    mean_ccc,
    percentile_interval,
    permutation_p_value,
    sums_by_frame,
    sums_by_recording,
)
from affdyn_jax.method.tasks import Task

COLUMNS = (
    *("test_ccc_low", "test_ccc_high", "test_ccc_low_w0", "test_ccc_high_w0"),
    *("difference", "difference_low", "difference_high", "p_value", "p_value_over_frames"),
)

# Every comparison starts from it, so a run gives the same table again and no row depends on the
# others.
_SEED = 0


def compare_with_w0(
    selection: pd.DataFrame,
    scores: pd.DataFrame,
    predictions: Mapping[str, np.ndarray],
    test: Examples | None,
    tasks: Sequence[Task],
) -> pd.DataFrame:
    """Test each best w against w = 0, and give the scores intervals over recordings.

    A score is the mean over seeds of concatenated CCC. Recordings are swapped and drawn, each with
    all seeds, since seeds are no independent data. Lanes that diverged are left out, and from a
    difference both lanes of their seed.

    Args:
        selection: From `selection.select_w`.
        scores: The table `lanes.csv`.
        predictions: Of the test recordings by each lane, shape (N, T, K).
        test: The test partition; None where it has no gold standards.
        tasks: The K tasks.

    Returns:
        The table `selection.csv`: `selection` with the `COLUMNS`. `…_low` and `…_high` bound
        bootstrap intervals, `p_value` is `significance.permutation_p_value`, and
        `p_value_over_frames` the same with single frames swapped. NaN where there is nothing to
        compute them from: no gold standards, no w = 0, or w = 0 itself is the best.
    """
    if test is None:
        return selection.assign(**dict.fromkeys(COLUMNS, np.nan))
    by_seed = defaultdict(dict)
    for lane in scores[~scores["diverged"]].itertuples():
        k = tasks.index(Task(lane.dimension, lane.target))
        model = (lane.setup, lane.hidden_size, lane.dimension, lane.target, lane.w)
        by_seed[model][lane.seed] = predictions[lane.lane][..., k]

    found = []
    for row in selection.itertuples():
        k = tasks.index(Task(row.dimension, row.target))
        network = (row.setup, row.hidden_size, row.dimension, row.target)
        best, w0 = by_seed[*network, row.w], by_seed[*network, 0.0]
        gold_standard = test.gold_ntk[..., k], test.valid_ntk[..., k]
        found.append(_intervals(best, w0, *gold_standard))
        if row.w != 0:
            found[-1] |= _difference(best, w0, *gold_standard)
    return selection.join(pd.DataFrame(found, selection.index, columns=list(COLUMNS)))


def _intervals(
    best: Mapping[int, np.ndarray],
    w0: Mapping[int, np.ndarray],
    gold_nt: np.ndarray,
    valid_nt: np.ndarray,
) -> dict[str, float]:
    """Intervals of the scores at best w and at w = 0, from each seed's predictions (N, T)."""
    found = {}
    for suffix, by_seed in (("", best), ("_w0", w0)):
        if by_seed:
            sums_ns6 = sums_by_recording(np.stack([*by_seed.values()]), gold_nt, valid_nt)
            interval = percentile_interval(_resampled(sums_ns6))
            found[f"test_ccc_low{suffix}"], found[f"test_ccc_high{suffix}"] = interval
    return found


def _difference(
    best: Mapping[int, np.ndarray],
    w0: Mapping[int, np.ndarray],
    gold_nt: np.ndarray,
    valid_nt: np.ndarray,
) -> dict[str, float]:
    """The difference of the scores, its interval and its p, over the seeds that both have."""
    seeds = [seed for seed in best if seed in w0]
    if not seeds:
        return {}
    best_snt, w0_snt = (np.stack([by_seed[seed] for seed in seeds]) for by_seed in (best, w0))
    by_recording = [sums_by_recording(p_snt, gold_nt, valid_nt) for p_snt in (best_snt, w0_snt)]
    by_frame = [sums_by_frame(p_snt, gold_nt, valid_nt) for p_snt in (best_snt, w0_snt)]
    best_ccc, w0_ccc = (mean_ccc(sums_ns6.sum(axis=0)) for sums_ns6 in by_recording)
    best_b, w0_b = (_resampled(sums_ns6) for sums_ns6 in by_recording)
    low, high = percentile_interval(best_b - w0_b)
    return {
        "difference": float(best_ccc - w0_ccc),
        "difference_low": low,
        "difference_high": high,
        "p_value": permutation_p_value(*by_recording, np.random.default_rng(_SEED)),
        "p_value_over_frames": permutation_p_value(*by_frame, np.random.default_rng(_SEED)),
    }


def _resampled(sums_ns6: np.ndarray) -> np.ndarray:
    """The score of each resample of the recordings, shape (B,); the resamples never change."""
    counts_bn = bootstrap_counts(len(sums_ns6), np.random.default_rng(_SEED))
    return mean_ccc(np.tensordot(counts_bn, sums_ns6, axes=1))
