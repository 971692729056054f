import numpy as np
import pandas as pd

from affdyn_jax.dataset.standardisation import Standardisation
from affdyn_jax.workdir.standardisation_table import write_standardisation


def test_standardisation_keeps_full_precision(tmp_path):
    mean_f, deviation_f = np.array([np.pi, 1e-12]), np.array([np.e, 1e7 / 3])
    write_standardisation(tmp_path, ["a", "b"], Standardisation(mean_f, deviation_f))
    table = pd.read_csv(tmp_path / "standardisation.csv", dtype=str)
    np.testing.assert_array_equal([float(x) for x in table["mean"]], mean_f)
    np.testing.assert_array_equal([float(x) for x in table["deviation"]], deviation_f)
