import numpy as np
import pytest

from affdyn_jax.dataset.standardisation import Standardisation
from affdyn_jax.errors import RunError
from affdyn_jax.system.array_folders import write_arrays
from affdyn_jax.workdir.fold_standardisations import (
    restore_fold_standardisations,
    save_fold_standardisations,
)

KEPT = "weights/standardisation_of_folds"


def folds(deviation=1e7 / 3):
    return [Standardisation(np.array([np.pi, n]), np.array([np.e, deviation])) for n in range(3)]


def test_they_come_back_in_full_precision(tmp_path):
    save_fold_standardisations(tmp_path, folds())
    restored = restore_fold_standardisations(tmp_path, 3, 2)
    for found, expected in zip(restored, folds(), strict=True):
        np.testing.assert_array_equal(found.mean_f, expected.mean_f)
        np.testing.assert_array_equal(found.deviation_f, expected.deviation_f)


def test_others_are_refused(tmp_path):
    with pytest.raises(RunError, match=rf"{KEPT}: missing, which"):
        restore_fold_standardisations(tmp_path, 3, 2)
    save_fold_standardisations(tmp_path, folds())
    with pytest.raises(RunError, match=rf"{KEPT}: .*not of 4 folds and 2 features"):
        restore_fold_standardisations(tmp_path, 4, 2)
    save_fold_standardisations(tmp_path, folds(deviation=0.0))
    with pytest.raises(RunError, match=rf"{KEPT}: .*a deviation not above 0"):
        restore_fold_standardisations(tmp_path, 3, 2)
    write_arrays(tmp_path / KEPT, {"mean_sf": np.zeros((3, 2))}, {})
    with pytest.raises(RunError, match=rf"{KEPT}: .*not the means and deviations"):
        restore_fold_standardisations(tmp_path, 3, 2)
