"""Holm's correction of p-values for their number."""

from collections.abc import Sequence

import numpy as np


def holm(p_values: Sequence[float]) -> np.ndarray:
    """Corrected p-values, each to be compared with the level that holds for all of them together.

    The smallest of n is multiplied by n, the next one by n - 1 and so on; none falls below the one
    before it. Where all hypotheses are true, the chance that any corrected p is below .05 is at
    most .05, however they depend on each other.

    Args:
        p_values: In any order; NaN stands for no test, and stays.
    """
    all_p = np.asarray(p_values, np.float64)
    p_n = all_p[~np.isnan(all_p)]
    order_n = np.argsort(p_n)
    multiplied_n = p_n[order_n] * np.arange(len(p_n), 0, -1)
    corrected_n = np.empty_like(p_n)
    corrected_n[order_n] = np.minimum(np.maximum.accumulate(multiplied_n), 1)
    all_corrected = all_p.copy()
    all_corrected[~np.isnan(all_p)] = corrected_n
    return all_corrected
