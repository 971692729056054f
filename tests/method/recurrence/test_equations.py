"""The reference against PyTorch's documented equations, in NumPy, frame by frame."""

import numpy as np

from affdyn_jax.method.recurrence.equations import scanned_states
from tests.method.recurrence.cases import arguments


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


def test_the_reference_follows_the_equations():
    weights, _ = arguments(9, 5, 0)
    inputs_tgh, (w_r, w_z, w_n), b_n = (np.asarray(array, np.float64) for array in weights)
    h, expected = np.zeros(5), []
    for a_r, a_z, a_n in inputs_tgh:
        r, z = sigmoid(a_r + w_r @ h), sigmoid(a_z + w_z @ h)
        n = np.tanh(a_n + r * (w_n @ h + b_n))
        h = (1 - z) * n + z * h
        expected.append(h)
    np.testing.assert_allclose(scanned_states(*weights, 9), expected, atol=1e-6)
