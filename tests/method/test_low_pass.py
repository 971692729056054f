"""The low-pass layer against scipy's filters and its gradient against finite differences."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from scipy.ndimage import correlate1d
from scipy.signal import firwin, freqz

from affdyn_jax.method.low_pass import (
    CAUSAL,
    CENTRED,
    LowPass,
    continued,
    kernel,
    low_pass_of,
    low_passed,
    nothing_heard,
    rest,
)

AT_4_HZ = {kind: LowPass(kind, 4.0) for kind in (CENTRED, CAUSAL)}
BOTH = pytest.mark.parametrize("low_pass", AT_4_HZ.values(), ids=AT_4_HZ)
CUTOFF_K = np.float32([0.2, 0.7, 1.0, 1.9])


def values(frames, seed=0):
    return np.random.default_rng(seed).normal(size=(frames, 4)).astype(np.float32)


def taps(weights_rk):
    """From the last of one side to the last of the other, shape (2R+1, K)."""
    return np.concatenate([weights_rk[:0:-1], weights_rk])


def by_scipy(values_tk, low_pass, cutoff_k=CUTOFF_K):
    """Each task by itself; beyond its ends a recording holds its first and last value."""
    reach = low_pass.reach
    ahead = np.concatenate([np.repeat(values_tk[:1], low_pass.lag, axis=0), values_tk])
    filtered = [
        correlate1d(np.float64(ahead[:, k]), firwin(2 * reach + 1, cutoff, fs=4.0), mode="nearest")
        for k, cutoff in enumerate(cutoff_k)
    ]
    return np.stack(filtered, axis=1)[: len(values_tk)]


@pytest.mark.parametrize("rate", [0.1, 4.0, 25.0])
@pytest.mark.parametrize("kind", [CENTRED, CAUSAL])
def test_frequency_response_is_firwin_s(kind, rate):
    low_pass = LowPass(kind, rate)
    cutoff_k = np.array([0.05, 0.3, 0.5, 0.95]) * low_pass.nyquist
    found = taps(np.asarray(kernel(jnp.float32(cutoff_k), low_pass)))
    assert len(found) == 2 * low_pass.reach + 1
    for taps_j, cutoff in zip(found.T, cutoff_k, strict=True):
        _, expected = freqz(firwin(len(found), cutoff, fs=rate), worN=256)
        np.testing.assert_allclose(freqz(taps_j, worN=256)[1], expected, rtol=0, atol=1e-5)


def test_what_it_takes():
    assert (AT_4_HZ[CENTRED].wait, AT_4_HZ[CENTRED].lag) == (16, 0)
    assert (AT_4_HZ[CAUSAL].wait, AT_4_HZ[CAUSAL].lag) == (0, 4)
    assert AT_4_HZ[CENTRED].initial_cutoff == 1.0
    assert low_pass_of(("none", CAUSAL), 4.0) == AT_4_HZ[CAUSAL]
    assert low_pass_of(("none",), 4.0) is None


@BOTH
def test_at_the_nyquist_frequency_the_formula_leaves_the_middle_alone(low_pass):
    alone_r1 = np.eye(low_pass.reach + 1)[:, :1]
    np.testing.assert_allclose(kernel(jnp.float32([2.0]), low_pass), alone_r1, rtol=0, atol=1e-6)


@BOTH
@pytest.mark.parametrize("cutoff", [2.0, 2.5, -3.0, 1e12])
def test_it_does_nothing_from_the_nyquist_frequency_on(low_pass, cutoff):
    values_tk, cutoff_k = jnp.asarray(values(40)), jnp.full(4, cutoff, jnp.float32)

    def loss(values_tk, cutoff_k):
        filtered_tk = low_passed(values_tk, 40, cutoff_k, low_pass)
        return jnp.sum(filtered_tk**2), filtered_tk

    (by_values_tk, by_cutoff_k), filtered_tk = jax.grad(loss, (0, 1), has_aux=True)(
        values_tk, cutoff_k
    )
    np.testing.assert_array_equal(filtered_tk, values_tk)
    np.testing.assert_array_equal(by_values_tk, 2 * values_tk)
    np.testing.assert_array_equal(by_cutoff_k, np.zeros(4))
    assert not low_pass.changes(np.asarray(cutoff_k))
    assert low_pass.changes(np.float32([cutoff, 1.9, cutoff, cutoff]))


@BOTH
@pytest.mark.parametrize("frames", [1, 3, 31, 32, 33, 150])
def test_values_are_scipy_s_to_both_ends(low_pass, frames):
    values_tk = values(frames)
    filtered_tk = low_passed(jnp.asarray(values_tk), frames, jnp.asarray(CUTOFF_K), low_pass)
    np.testing.assert_allclose(filtered_tk, by_scipy(values_tk, low_pass), rtol=0, atol=2e-6)


@BOTH
def test_in_the_middle_it_is_a_convolution(low_pass):
    values_tk, reach = values(90), low_pass.reach
    filtered_tk = low_passed(jnp.asarray(values_tk), 90, jnp.asarray(CUTOFF_K), low_pass)
    for k, cutoff in enumerate(CUTOFF_K):
        expected_t = np.convolve(values_tk[:, k], firwin(2 * reach + 1, cutoff, fs=4.0), "valid")
        start = reach + low_pass.lag
        found_t = filtered_tk[start : start + len(expected_t), k]
        np.testing.assert_allclose(found_t, expected_t, rtol=0, atol=2e-6)


@BOTH
@pytest.mark.parametrize("padding", [0.0, 9.0, np.nan])
def test_padding_changes_no_frame_and_no_gradient(low_pass, padding):
    values_tk = values(50)
    padded_tk = np.pad(values_tk, ((0, 23), (0, 0)), constant_values=padding)

    def loss(values_tk, cutoff_k):
        filtered_tk = low_passed(values_tk, jnp.int32(50), cutoff_k, low_pass)
        return jnp.sum(filtered_tk[:50] ** 3), filtered_tk[:50]

    of_both = jax.grad(loss, (0, 1), has_aux=True)
    (by_values_tk, by_cutoff_k), filtered_tk = of_both(jnp.asarray(values_tk), CUTOFF_K)
    (by_padded_tk, by_padded_k), padded_tk = of_both(jnp.asarray(padded_tk), CUTOFF_K)
    np.testing.assert_allclose(padded_tk, filtered_tk, rtol=0, atol=1e-6)
    np.testing.assert_allclose(by_padded_tk[:50], by_values_tk, rtol=1e-5, atol=1e-5)
    np.testing.assert_array_equal(by_padded_tk[50:], np.zeros((23, 4)))
    np.testing.assert_allclose(by_padded_k, by_cutoff_k, rtol=1e-4)


@BOTH
@pytest.mark.parametrize("cutoff", [0.0, 0.03, 0.4, 1.0, 1.99])
def test_gradients_are_those_of_finite_differences(low_pass, cutoff):
    target_tk = np.float64(values(60, seed=1))
    with jax.enable_x64(True):
        values_tk = jnp.asarray(np.float64(values(60)))

        def loss(cutoff_k):
            filtered_tk = low_passed(values_tk, 55, cutoff_k, low_pass)
            return jnp.sum((filtered_tk - target_tk)[:55] ** 2)

        cutoff_k, step = np.full(4, cutoff), 1e-5
        found_k = np.asarray(jax.grad(loss)(jnp.asarray(cutoff_k)))
        assert found_k.dtype == np.float64
        for k, up_k in enumerate(step * np.eye(4)):
            expected = (loss(cutoff_k + up_k) - loss(cutoff_k - up_k)) / (2 * step)
            np.testing.assert_allclose(found_k[k], float(expected), rtol=1e-6, atol=1e-7)


@BOTH
@pytest.mark.parametrize("cuts", [(), (1,), (1, 2, 3, 30), (20, 21, 60)])
@pytest.mark.parametrize("cutoff_k", [CUTOFF_K, np.full(4, 2.0, np.float32)], ids=["on", "off"])
def test_pieces_are_filtered_as_the_whole(low_pass, cuts, cutoff_k):
    values_tk = values(70)
    heard, pieces = nothing_heard((), 4, low_pass), []
    for piece_tk in np.split(values_tk, cuts):
        padded_tk = jnp.asarray(np.pad(piece_tk, ((0, 5), (0, 0)), constant_values=9.0))
        filtered_tk, heard = continued(padded_tk, len(piece_tk), heard, cutoff_k, low_pass)
        pieces.append(filtered_tk[: len(piece_tk)])
    late_tk = np.concatenate([*pieces, rest(heard, cutoff_k, low_pass)])
    expected_tk = by_scipy(values_tk, low_pass) if cutoff_k is CUTOFF_K else values_tk
    np.testing.assert_allclose(late_tk[low_pass.wait :], expected_tk, rtol=0, atol=2e-6)
