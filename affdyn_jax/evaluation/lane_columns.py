"""The columns that say in every table which lane, model or network a row is of."""

from typing import Any

import pandas as pd

from affdyn_jax.training.lanes import SWEPT, Lane

TASK = ["dimension", "target"]


def lane_columns(lane: Lane) -> dict[str, Any]:
    """A lane's columns: its name, and all that it is made of."""
    fold = {} if lane.fold is None else {"fold": lane.fold}
    model = {"setup": lane.setup, "hidden_size": lane.hidden_size, "w": lane.w, **dict(lane.swept)}
    return {"lane": lane.name, **model, "seed": lane.seed, **fold}


def model_columns(table: pd.DataFrame) -> list[str]:
    """Those that lanes of one model have alike: all but its seed and fold."""
    return ["setup", "hidden_size", "w", *(name for name in SWEPT if name in table)]


def network_columns(table: pd.DataFrame) -> list[str]:
    """Those of a network, within which values of w and rules are compared."""
    return [name for name in model_columns(table) if name not in ("w", "weighting")]


def has_fixed_w(table: pd.DataFrame) -> pd.Series:
    """Whether the lanes of each row have one w throughout, and no rule that moves it."""
    return table["w"].notna()
