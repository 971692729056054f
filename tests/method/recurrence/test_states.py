"""XLA's loops with the derivative by hand, against the plain scan and JAX's derivative."""

import functools

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from affdyn_jax.method.recurrence.equations import scanned_states
from affdyn_jax.method.recurrence.states import LOOP, SCAN, current, running_by, states
from tests.method.recurrence.cases import (
    arguments,
    assert_agree,
    of_lanes_and_seeds,
    values_and_gradients,
)


@pytest.fixture(autouse=True, params=[LOOP, SCAN], ids=["loop", "scan"])
def recurrence(request):
    with running_by(request.param):
        yield request.param


@pytest.mark.parametrize("hidden_size", [1, 8])
@pytest.mark.parametrize(("frames", "shorter"), [(1, 1), (2, 1), (25, 25), (25, 13)])
@pytest.mark.parametrize("seed", [0, 1])
def test_states_agree_with_the_plain_scan(frames, shorter, hidden_size, seed):
    weights, cotangent_th = arguments(frames, hidden_size, seed)
    assert_agree(
        values_and_gradients(states, weights, cotangent_th, jnp.int32(shorter)),
        values_and_gradients(scanned_states, weights, cotangent_th, jnp.int32(shorter)),
    )


def test_lanes_and_seeds_agree_with_the_plain_scan_one_by_one():
    weights, cotangent_th = arguments(30, 8, 0, axes=(2, 3))
    frames_s = jnp.array([30, 17])
    # The context is no part of what `jit` keeps a function by.
    together = jax.jit(functools.partial(of_lanes_and_seeds, states))(
        weights, cotangent_th, frames_s
    )
    for seed, lane in np.ndindex(2, 3):
        alone = values_and_gradients(
            scanned_states,
            jax.tree.map(lambda leaf: leaf[seed, lane], weights),  # noqa: B023
            cotangent_th[seed, lane],
            frames_s[seed],
        )
        assert_agree(jax.tree.map(lambda leaf: leaf[seed, lane], together), alone)  # noqa: B023


def test_lanes_may_share_kernels_or_inputs():
    (inputs_tgh, kernel_ghh, bias_h), _ = arguments(12, 4, 0)
    (_, other_kernel_ghh, other_bias_h), _ = arguments(12, 4, 1)
    over_weights = jax.vmap(states, in_axes=(None, 0, 0, None))(
        inputs_tgh,
        jnp.stack([kernel_ghh, other_kernel_ghh]),
        jnp.stack([bias_h, other_bias_h]),
        12,
    )
    np.testing.assert_allclose(
        over_weights[1], scanned_states(inputs_tgh, other_kernel_ghh, other_bias_h, 12), atol=1e-6
    )
    over_inputs = jax.vmap(states, in_axes=(0, None, None, None))(
        jnp.stack([inputs_tgh, inputs_tgh + 1]), kernel_ghh, bias_h, 12
    )
    np.testing.assert_allclose(
        over_inputs[1], scanned_states(inputs_tgh + 1, kernel_ghh, bias_h, 12), atol=1e-6
    )


def test_frames_of_padding_are_not_computed():
    weights, _ = arguments(20, 4, 0)
    hidden_th = states(*weights, 12)
    assert (hidden_th[:12] != 0).all()
    np.testing.assert_array_equal(hidden_th[12:], 0)


def test_a_recurrence_is_traced_within_its_context_and_not_outside(recurrence):
    other = LOOP._replace(through_frames=lambda inputs_tgh, *_: jnp.full_like(inputs_tgh[:, 0], 7))
    weights, _ = arguments(3, 2, 0)
    with pytest.raises(KeyError), running_by(other):
        assert current() is other
        np.testing.assert_array_equal(states(*weights, 3), 7)
        raise KeyError
    assert current() is recurrence
    assert_agree((states(*weights, 3), ()), (scanned_states(*weights, 3), ()))
