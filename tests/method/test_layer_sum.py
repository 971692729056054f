"""The weighted sum against one written out, and a model of it against one of all layers."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from flax import nnx

from affdyn_jax.method.layer_sum import layer_shares, spread, summed
from affdyn_jax.method.model import (
    continue_from,
    initial_weights,
    nothing_carried,
    over_all_layers,
    predict,
    weights_of,
)

FEATURES_TF = np.random.default_rng(0).normal(size=(9, 3 * 4)).astype(np.float32)
SCORES_Y = np.float32([0.3, -1.0, 2.0])


def softmax(scores_y):
    return np.exp(scores_y) / np.exp(scores_y).sum()


def weights():
    made = initial_weights(jax.random.key(0), 12, 5, 2, layer_count=3)
    made["layer_scores_y"] = made["layer_scores_y"].replace(jnp.asarray(SCORES_Y))
    return made


def test_the_sum_is_that_of_the_layers_times_their_shares():
    shares_y = softmax(SCORES_Y)
    expected_tf = sum(shares_y[y] * FEATURES_TF[:, 4 * y : 4 * y + 4] for y in range(3))
    np.testing.assert_allclose(layer_shares(jnp.asarray(SCORES_Y)), shares_y, rtol=1e-6)
    np.testing.assert_allclose(summed(FEATURES_TF, jnp.asarray(SCORES_Y)), expected_tf, atol=1e-6)


def test_weights_spread_over_layers_give_the_same():
    kernel_hf = np.random.default_rng(1).normal(size=(5, 4))
    shares_y = softmax(SCORES_Y)
    of_sum = sum(shares_y[y] * FEATURES_TF[:, 4 * y : 4 * y + 4] for y in range(3)) @ kernel_hf.T
    found_ghf = spread(np.stack([kernel_hf, 2 * kernel_hf]), shares_y)
    for gate, found_hf in enumerate(found_ghf):
        np.testing.assert_allclose(FEATURES_TF @ found_hf.T, (gate + 1) * of_sum, rtol=1e-4)
    lanes = spread(np.stack([found_ghf[..., :4]] * 2), np.stack([shares_y, shares_y[::-1]]))
    np.testing.assert_array_equal(lanes[1], spread(found_ghf[..., :4], shares_y[::-1]))


def test_a_new_model_hears_the_mean_of_all_layers():
    made = initial_weights(jax.random.key(0), 12, 5, 2, layer_count=3)
    alone = initial_weights(jax.random.key(0), 4, 5, 2)
    mean_tf = FEATURES_TF.reshape(9, 3, 4).mean(axis=1)
    np.testing.assert_allclose(
        jax.jit(predict)(made, FEATURES_TF, 9), jax.jit(predict)(alone, mean_tf, 9), atol=1e-6
    )


def test_a_model_over_all_layers_predicts_the_same():
    found = over_all_layers(weights())
    assert "layer_scores_y" not in found
    expected_tk = jax.jit(predict)(weights(), FEATURES_TF, 9)
    np.testing.assert_allclose(jax.jit(predict)(found, FEATURES_TF, 9), expected_tk, atol=1e-6)
    carried = nothing_carried(weights())
    piecewise_tk, _ = jax.jit(continue_from)(weights(), FEATURES_TF, 9, carried)
    np.testing.assert_allclose(piecewise_tk, expected_tk, atol=1e-6)


def test_scores_learn():
    def loss(made):
        return jnp.sum(predict(made, FEATURES_TF, 9))

    gradient_y = np.asarray(jax.jit(jax.grad(loss))(weights())["layer_scores_y"][...])
    # Shares add up to 1, whatever the scores.
    assert abs(gradient_y.sum()) < 1e-5 < np.abs(gradient_y).min()


def test_weights_are_made_again_of_their_arrays():
    arrays = jax.tree.map(np.asarray, nnx.to_pure_dict(weights()))
    assert jax.tree.structure(weights_of(arrays)) == jax.tree.structure(weights())
    with pytest.raises(ValueError, match="do not fit"):
        weights_of(arrays | {"layer_scores_y": np.float64(arrays["layer_scores_y"])})
