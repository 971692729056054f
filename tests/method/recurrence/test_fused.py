"""The fused kernels, interpreted, against the plain scan and JAX's derivative."""

import functools

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from affdyn_jax.method.recurrence.equations import scanned_states
from affdyn_jax.method.recurrence.states import running_by, states
from tests.method.recurrence.cases import (
    arguments,
    assert_agree,
    of_lanes_and_seeds,
    values_and_gradients,
)

pytest.importorskip("triton", minversion="3.7", reason="Triton 3.7 is not installed")
pytestmark = pytest.mark.accelerators


@functools.cache
def fused():
    # Not imported above, since it needs Triton.
    from tests.method.recurrence.interpreted import interpreted

    return interpreted()


def by_kernels(function):
    """The function compiled with the interpreted kernels."""

    def run(*arguments):
        with running_by(fused()):
            return function(*arguments)

    return jax.jit(run)


def assert_kernels_agree(weights, cotangent_th, frames):
    ours, reference = (functools.partial(values_and_gradients, f) for f in (states, scanned_states))
    case = weights, cotangent_th, jnp.int32(frames)
    assert_agree(by_kernels(ours)(*case), jax.jit(reference)(*case))


@pytest.mark.parametrize(
    ("hidden_size", "frames", "shorter"),
    [(1, 3, 2), (16, 1, 1), (16, 6, 6), (24, 5, 2), (64, 4, 4), (128, 3, 3)],
)
def test_kernels_agree_with_the_plain_scan(hidden_size, frames, shorter):
    assert_kernels_agree(*arguments(frames, hidden_size, 0), shorter)


@given(st.integers(1, 70), st.integers(1, 5), st.integers(0, 4), st.integers(0, 2**32 - 1))
@settings(deadline=None, max_examples=5)
def test_kernels_agree_at_any_size(hidden_size, frames, padding, seed):
    assert_kernels_agree(*arguments(frames + padding, hidden_size, seed), frames)


def test_lanes_and_seeds_of_unequal_lengths():
    weights, cotangent_th = arguments(7, 5, 0, axes=(2, 3))
    frames_s = jnp.array([7, 4])
    ours, reference = (
        functools.partial(of_lanes_and_seeds, function) for function in (states, scanned_states)
    )
    case = weights, cotangent_th, frames_s
    together, expected = by_kernels(ours)(*case), jax.jit(reference)(*case)
    assert_agree(together, expected)
    for seed, lane in np.ndindex(2, 3):
        assert_agree(*jax.tree.map(lambda leaf: leaf[seed, lane], (together, expected)))  # noqa: B023


def test_recordings_share_weights():
    (inputs_ltgh, *weights), _ = arguments(6, 5, 0, axes=(2,))
    shifts_n = jnp.arange(3.0)[None, :, None, None, None]
    inputs_lntgh = jnp.expand_dims(inputs_ltgh, 1) + shifts_n
    frames_n = jnp.array([6, 1, 4])

    def of_recordings(function):
        recordings = jax.vmap(function, in_axes=(0, None, None, 0))
        return jax.vmap(recordings, in_axes=(0, 0, 0, None))(inputs_lntgh, *weights, frames_n)

    ours_lnth = by_kernels(functools.partial(of_recordings, states))()
    is_frame_nt1 = (jnp.arange(6)[None] < frames_n[:, None])[None, :, :, None]
    expected_lnth = jnp.where(is_frame_nt1, of_recordings(scanned_states), 0.0)
    np.testing.assert_allclose(ours_lnth, expected_lnth, atol=1e-5)


def test_lanes_share_a_part_of_their_weights():
    (inputs_ltgh, kernel_lghh, bias_lh), _ = arguments(4, 5, 0, axes=(2,))

    def of_lanes(function):
        lanes = jax.vmap(function, in_axes=(0, None, 0, None))
        return lanes(inputs_ltgh, kernel_lghh[0], bias_lh, jnp.int32(4))

    ours_lth = by_kernels(functools.partial(of_lanes, states))()
    np.testing.assert_allclose(ours_lth, of_lanes(scanned_states), atol=1e-5)


@pytest.mark.parametrize("frames", [0, 2])
def test_padding_is_written_as_0(frames):
    weights, cotangent_th = arguments(5, 3, 0)

    def unmasked(*weights):
        hidden_th, pull_back = jax.vjp(lambda *w: states(*w, jnp.int32(frames)), *weights)
        return hidden_th, pull_back(cotangent_th)[0]

    hidden_th, of_inputs_tgh = by_kernels(unmasked)(*weights)
    np.testing.assert_array_equal(hidden_th[frames:], 0)
    np.testing.assert_array_equal(of_inputs_tgh[frames:], 0)
    assert np.isfinite(hidden_th).all() and np.isfinite(of_inputs_tgh).all()
