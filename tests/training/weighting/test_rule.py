"""What every rule promises, and rules that stand beside each other in one program."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from affdyn_jax.training.settings import TrainingSettings
from affdyn_jax.training.weighting import rule as weighting
from affdyn_jax.training.weighting.choice import rules_of

NAMES = ("uncertainty", "dwa", "famo", "linear")
RULES = rules_of(NAMES, TrainingSettings(max_epochs=4))
EPOCHS, STEPS = 4, 3
LEARNING_RATE = jnp.float32(1e-3)
FIXED_WEIGHTS = jnp.array([0.75, 0.25])


@jax.jit
def weights_by_rule(losses_est):
    """Weights in each step of the fixed w and of each rule, shape (1 + rules, epochs, steps, 2)."""

    def step(states, losses_t):
        weights = weighting.weights_of_each(RULES, states, losses_t[0], FIXED_WEIGHTS)
        return weighting.after_step(RULES, states, *losses_t, LEARNING_RATE), weights

    def epoch(states, losses_st):
        states, weights = jax.lax.scan(step, states, losses_st)
        return weighting.after_epoch(RULES, states, jnp.mean(losses_st[:, 0], axis=0)), weights

    _, weights = jax.lax.scan(epoch, weighting.initial(RULES), losses_est)
    return jnp.moveaxis(weights, 2, 0)


any_losses = arrays(
    np.float32,
    (EPOCHS, STEPS, 2, 2),  # epochs, steps, before and after, states and dynamics
    elements=st.floats(0, 2, width=32) | st.sampled_from([0.0, 1e-30, 1.0, 2.0]),
)


@given(any_losses)
@settings(max_examples=60, deadline=None)
def test_weights_are_finite_and_positive(losses):
    weights = np.asarray(weights_by_rule(losses))
    assert np.isfinite(weights).all()
    assert (weights[:-1] > 0).all()
    assert (weights[-1] >= 0).all()  # the linear schedule ends at 0


@given(any_losses)
@settings(max_examples=20, deadline=None)
def test_each_rule_is_as_in_a_loop_of_its_own(losses):
    together = weights_by_rule(losses)
    np.testing.assert_array_equal(together[0], np.broadcast_to([0.75, 0.25], (EPOCHS, STEPS, 2)))
    for rule, weights in zip(RULES, together[1:], strict=True):
        np.testing.assert_allclose(weights, weights_of(rule, losses), rtol=1e-5)


def weights_of(rule, losses_est):
    """The weights of a loop that knows of this rule only."""
    after_step, weights_now = jax.jit(rule.after_step), jax.jit(rule.weights)
    state, weights = rule.initial(), []
    for losses_st in losses_est:
        for before, after in losses_st:
            weights.append(weights_now(state, before))
            state = after_step(state, before, after, LEARNING_RATE)
        state = rule.after_epoch(state, losses_st[:, 0].mean(axis=0))
    return np.reshape(weights, (EPOCHS, STEPS, 2))


@pytest.mark.parametrize("followed", range(1 + len(NAMES)))
def test_no_gradient_goes_through_the_weights(followed):
    def weigh(losses):
        states = weighting.initial(RULES)
        return weighting.weights_of_each(RULES, states, losses, FIXED_WEIGHTS)[followed]

    losses = jnp.array([0.5, 1.5])
    gradient = jax.grad(lambda losses: jnp.dot(weigh(losses), losses))(losses)
    np.testing.assert_array_equal(gradient, weigh(losses))


def test_only_famo_asks_for_a_second_forward_pass():
    assert [rule.needs_losses_after for rule in RULES] == [False, False, True, False]


def test_share_of_dynamics_is_their_part_of_both_weights():
    assert weighting.share_of_dynamics(jnp.array([0.5, 1.5])) == pytest.approx(0.75)
