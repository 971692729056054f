"""Epochs as training tells them, made by hand."""

import numpy as np

from affdyn_jax.training.lanes import Lane
from affdyn_jax.training.scored_epochs import ScoredEpoch

LANES = tuple(Lane("multi", ("arousal", "valence"), 4, w, 0) for w in (0.0, 0.5))


def scored(number, lanes=LANES):
    """Losses of 1/number and 1/number + 1, …; the first lane's CCC is NaN."""
    losses = (1 / number + np.arange(len(lanes))).astype(np.float32)
    ccc = np.linspace(0, 0.5, len(lanes), dtype=np.float32)
    ccc[0] = np.nan
    return ScoredEpoch(number, lanes, {"train_loss": losses, "dev_ccc_arousal": ccc})
