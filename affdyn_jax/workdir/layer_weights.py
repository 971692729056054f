"""The table `layer_weights.csv`: what each layer of an encoder weighs in the sum of a lane."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from affdyn_jax.errors import RunError
from affdyn_jax.method.layer_sum import layer_shares
from affdyn_jax.system.typed_tables import Number, Text, Whole, read_table
from affdyn_jax.training.trained_lanes import TrainedLanes

LAYER_WEIGHTS = "layer_weights.csv"

_WAY_OUT = (
    "the file is not as this version writes it, so run the same affdyn_jax.main command again"
)


def layer_weights(sweep: Sequence[TrainedLanes], layers: Sequence[int]) -> pd.DataFrame:
    """A row for each lane and layer: `lane`, `layer` and `weight`, at the lane's best epoch.

    Args:
        sweep: All trained lanes.
        layers: Numbers of the layers.
    """
    tables = []
    for group in sweep:
        scores_ly = group.lane_states.best_weights["layer_scores_y"][...]
        for lane, scores_y in zip(group.lanes, scores_ly, strict=True):
            weights = np.asarray(layer_shares(scores_y))
            columns = {"lane": lane.name, "layer": list(layers), "weight": weights}
            tables.append(pd.DataFrame(columns))
    return pd.concat(tables, ignore_index=True)


def read_layer_weights(workdir: Path, lanes: pd.DataFrame, layers: Sequence[int]) -> pd.DataFrame:
    """The table of a run.

    Args:
        workdir: The run's folder.
        lanes: Its `lanes.csv`.
        layers: Numbers of the layers.

    Raises:
        FileNotFoundError: There is none.
        RunError: It is not as a run writes it, or not of these lanes and layers.
    """
    path = workdir / LAYER_WEIGHTS
    columns = {"lane": Text(), "layer": Whole(0, 10**4), "weight": Number(0, 1)}
    table = read_table(path, columns, _WAY_OUT)
    expected = pd.MultiIndex.from_product([lanes["lane"].unique(), layers])
    found = pd.MultiIndex.from_frame(table[["lane", "layer"]])
    if len(found) != len(expected) or len(found.symmetric_difference(expected)):
        raise RunError(f"{path}: no row for each lane and each of its layers; {_WAY_OUT}")
    return table
