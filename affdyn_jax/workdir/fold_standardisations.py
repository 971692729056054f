"""What each fold's features were standardised with, where its lanes' weights cannot take it up.

Weights on a sum of layers are the same for all layers, whose standardisations are of their own.
"""

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from affdyn_jax.dataset.standardisation import Standardisation
from affdyn_jax.errors import RunError
from affdyn_jax.system.array_folders import write_arrays
from affdyn_jax.workdir.folder_checks import WAY_OUT, check_standardisation, told_of
from affdyn_jax.workdir.weights import restore_arrays

_MEAN, _DEVIATION = "mean_sf", "deviation_sf"


def save_fold_standardisations(workdir: Path, folds: Sequence[Standardisation]) -> None:
    """Keep those of all folds, beside the weights.

    Raises:
        RunError: They cannot be written.
    """
    arrays = {
        _MEAN: np.stack([fold.mean_f for fold in folds]),
        _DEVIATION: np.stack([fold.deviation_f for fold in folds]),
    }
    write_arrays(_folder(workdir), arrays, {})


def restore_fold_standardisations(
    workdir: Path, fold_count: int, feature_count: int
) -> list[Standardisation]:
    """What `save_fold_standardisations` kept, of so many folds and features.

    Raises:
        RunError: There is nothing, or it is damaged.
    """
    folder = _folder(workdir)
    if not folder.is_dir():
        raise RunError(f"{folder}: missing, which weights of folds on layers need; {WAY_OUT}")
    arrays = restore_arrays(folder)
    with told_of(folder, WAY_OUT):
        if not isinstance(arrays, dict) or arrays.keys() != {_MEAN, _DEVIATION}:
            raise ValueError("not the means and deviations of folds")
        for array in arrays.values():
            if np.shape(array) != (fold_count, feature_count):
                raise ValueError(f"not of {fold_count} folds and {feature_count} features")
        folds = list(map(Standardisation, arrays[_MEAN], arrays[_DEVIATION]))
        for fold in folds:
            check_standardisation(fold)
    return folds


def _folder(workdir: Path) -> Path:
    return workdir / "weights" / "standardisation_of_folds"
