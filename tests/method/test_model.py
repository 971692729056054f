"""The network of §3.3 against its own equations, written out frame by frame in NumPy."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from flax import nnx
from scipy.ndimage import correlate1d
from scipy.signal import firwin

from affdyn_jax.method.low_pass import CAUSAL, CENTRED, LowPass
from affdyn_jax.method.model import (
    continue_from,
    held_back,
    initial_weights,
    nothing_carried,
    predict,
    weights_of,
)


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


def by_equations(weights, features_tf):
    """PyTorch's documented GRU equations, two layers, then the head, in float64."""
    hidden_size = weights["head_kernel_hk"].shape[0]
    states = [np.zeros(hidden_size), np.zeros(hidden_size)]
    outputs = []
    for x in features_tf:
        for number, h in enumerate(states):
            layer = {name: np.float64(leaf) for name, leaf in weights["layers"][number].items()}
            input_r, input_z, input_n = layer["input_kernel_ghf"] @ x + layer["input_bias_gh"]
            state_r, state_z, state_n = (
                layer["recurrent_kernel_ghh"] @ h + layer["recurrent_bias_gh"]
            )
            r, z = sigmoid(input_r + state_r), sigmoid(input_z + state_z)
            n = np.tanh(input_n + r * state_n)
            states[number] = x = (1 - z) * n + z * h
        outputs.append(np.tanh(x @ weights["head_kernel_hk"] + weights["head_bias_k"]))
    return np.array(outputs)


def test_predictions_follow_the_equations():
    weights = initial_weights(jax.random.key(0), feature_count=6, hidden_size=8, task_count=4)
    features_tf = np.random.default_rng(0).normal(size=(30, 6)).astype(np.float32)
    expected_tk = by_equations(jax.tree.map(np.asarray, nnx.to_pure_dict(weights)), features_tf)
    predictions_tk = predict(weights, jnp.asarray(features_tf), 30)
    assert predictions_tk.shape == (30, 4)
    np.testing.assert_allclose(predictions_tk, expected_tk, atol=2e-6)


def test_number_of_weights():
    weights = initial_weights(jax.random.key(0), feature_count=40, hidden_size=16, task_count=4)
    count = sum(leaf.size for leaf in jax.tree.leaves(weights))
    # Per layer 3 gates of inputs · H + H + H · H + H; the head H · K + K.
    assert count == 3 * (40 * 16 + 16 + 256 + 16) + 3 * (256 + 16 + 256 + 16) + 16 * 4 + 4


def test_keys_decide_the_weights():
    make = lambda seed: initial_weights(jax.random.key(seed), 6, 8, 4)  # noqa: E731
    same, again, other = make(0), make(0), make(1)
    for a, b, c in zip(*map(jax.tree.leaves, (same, again, other)), strict=True):
        np.testing.assert_array_equal(a, b)
        assert not np.array_equal(a, c)


def test_padding_is_not_computed_and_changes_no_frame():
    weights = initial_weights(jax.random.key(0), 6, 8, 4)
    features_tf = jnp.asarray(np.random.default_rng(0).normal(size=(30, 6)).astype(np.float32))
    padded_tf = jnp.pad(features_tf, ((0, 20), (0, 0)))
    np.testing.assert_allclose(
        predict(weights, padded_tf, 30)[:30], predict(weights, features_tf, 30), atol=1e-7
    )
    # Had the first layer computed them, the second one's frames would differ from each other.
    padding_tk = predict(weights, padded_tf + 1, 30)[30:]
    np.testing.assert_array_equal(padding_tk, jnp.broadcast_to(padding_tk[:1], (20, 4)))


def test_continuing_follows_the_equations_wherever_a_recording_is_cut():
    weights = initial_weights(jax.random.key(1), feature_count=3, hidden_size=5, task_count=2)
    features_tf = np.random.default_rng(1).normal(size=(20, 3)).astype(np.float32)
    carried, pieces = nothing_carried(weights), []
    for start, stop in ((0, 1), (1, 9), (9, 20)):
        padded_tf = np.pad(features_tf[start:stop], ((0, 4), (0, 0)), constant_values=9.0)
        predictions_tk, carried = continue_from(weights, padded_tf, stop - start, carried)
        pieces.append(predictions_tk[: stop - start])
    expected_tk = by_equations(weights, features_tf)
    np.testing.assert_allclose(np.concatenate(pieces), expected_tk, rtol=0, atol=1e-6)


def test_a_low_pass_layer_filters_what_the_head_predicts_whole_and_in_pieces():
    low_pass = LowPass(CENTRED, 4.0)
    plain = initial_weights(jax.random.key(1), 3, 5, 2)
    weights = initial_weights(jax.random.key(1), 3, 5, 2, low_pass)
    np.testing.assert_array_equal(weights["cutoff_k"][...], [1.0, 1.0])
    np.testing.assert_array_equal(weights["head_kernel_hk"][...], plain["head_kernel_hk"][...])
    features_tf = np.random.default_rng(1).normal(size=(50, 3)).astype(np.float32)
    firwin_j = firwin(33, 1.0, fs=4.0)
    expected_tk = correlate1d(by_equations(plain, features_tf), firwin_j, axis=0, mode="nearest")
    padded_tf = np.pad(features_tf, ((0, 9), (0, 0)))
    found_tk = predict(weights, jnp.asarray(padded_tf), 50, low_pass=low_pass)[:50]
    np.testing.assert_allclose(found_tk, expected_tk, rtol=0, atol=1e-6)

    carried, pieces = nothing_carried(weights, low_pass), []
    for piece_tf in np.split(features_tf, (2, 35)):
        padded_tf = np.pad(piece_tf, ((0, 4), (0, 0)), constant_values=9.0)
        found_tk, carried = continue_from(weights, padded_tf, len(piece_tf), carried, low_pass)
        pieces.append(found_tk[: len(piece_tf)])
    late_tk = np.concatenate([*pieces, held_back(weights, carried, low_pass)])
    np.testing.assert_allclose(late_tk[low_pass.wait :], expected_tk, rtol=0, atol=1e-6)


def test_cut_offs_are_among_the_arrays_that_weights_are_made_of():
    weights = initial_weights(jax.random.key(0), 3, 5, 2, LowPass(CAUSAL, 4.0))
    arrays = jax.tree.map(np.asarray, nnx.to_pure_dict(weights))
    again = weights_of(arrays)
    for a, b in zip(*map(jax.tree.leaves, (weights, again)), strict=True):
        np.testing.assert_array_equal(a, b)
    with pytest.raises(ValueError, match="do not fit each other"):
        weights_of(arrays | {"cutoff_k": np.ones(3, np.float32)})
