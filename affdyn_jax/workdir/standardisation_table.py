"""The table `standardisation.csv`: what the features of a run were standardised with."""

import math
from collections.abc import Sequence
from pathlib import Path

import pandas as pd

from affdyn_jax.dataset.standardisation import Standardisation
from affdyn_jax.errors import RunError
from affdyn_jax.system.typed_tables import Number, Text, read_table
from affdyn_jax.system.whole_files import write_whole
from affdyn_jax.workdir.folder_checks import (
    ANOTHER_WORKDIR,
    WAY_OUT,
    check_standardisation,
    told_of,
    unfinished,
)

STANDARDISATION = "standardisation.csv"


def write_standardisation(
    workdir: Path, feature_names: Sequence[str], standardisation: Standardisation
) -> None:
    """Write `standardisation.csv`: each feature's mean and deviation, in full precision."""
    table = pd.DataFrame(
        {
            "feature": list(feature_names),
            "mean": standardisation.mean_f,
            "deviation": standardisation.deviation_f,
        }
    )
    content = table.to_csv(index=False, lineterminator="\n")
    write_whole(workdir / STANDARDISATION, content.encode(), ANOTHER_WORKDIR)


def read_standardisation(
    workdir: Path, feature_count: int
) -> tuple[Standardisation, tuple[str, ...]]:
    """What `write_standardisation` wrote of so many features, and their names.

    Raises:
        RunError: It is missing, or holds other things than their means and deviations.
    """
    path = workdir / STANDARDISATION
    number = Number(-math.inf, math.inf)
    try:
        columns = {"feature": Text(), "mean": number, "deviation": number}
        table = read_table(path, columns, WAY_OUT)
    except FileNotFoundError as error:
        raise unfinished(path) from error
    standardisation = Standardisation(table["mean"].to_numpy(), table["deviation"].to_numpy())
    with told_of(path, WAY_OUT):
        check_standardisation(standardisation)
    if len(table) != feature_count:
        raise RunError(
            f"{path}: {len(table)} features, but run.json has {feature_count}; {WAY_OUT}"
        )
    return standardisation, tuple(table["feature"])
