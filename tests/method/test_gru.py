"""Against PyTorch's `nn.GRU`, installed or as recorded, and against the plain scan."""

from pathlib import Path

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from flax import nnx

from affdyn_jax.method.gru import GRU, Gates, scanned_states, states

RECORDED = Path(__file__).parents[1] / "references" / "gru.npz"


def from_pytorch(weights):
    """Our two layers with weights named and stacked as PyTorch has them."""
    layers = []
    for number in range(2):
        stacked = {
            kind: np.asarray(weights[f"{kind}_l{number}"])
            for kind in ("weight_ih", "weight_hh", "bias_ih", "bias_hh")
        }
        feature_count, hidden_size = stacked["weight_ih"].shape[1], stacked["weight_hh"].shape[1]
        layer = GRU(feature_count, hidden_size, rngs=nnx.Rngs(0))
        gates = (layer.reset, layer.update, layer.candidate)
        for index, gate in enumerate(gates):
            rows = slice(index * hidden_size, (index + 1) * hidden_size)
            gate.input_kernel_fh[...] = jnp.asarray(stacked["weight_ih"][rows].T)
            gate.recurrent_kernel_hh[...] = jnp.asarray(stacked["weight_hh"][rows].T)
            gate.input_bias_h[...] = jnp.asarray(stacked["bias_ih"][rows])
            gate.recurrent_bias_h[...] = jnp.asarray(stacked["bias_hh"][rows])
        layers.append(layer)
    return nnx.List(layers)


def outputs_and_gradients(layers, inputs_tf, cotangent_th):
    """Outputs of the second layer, and gradients by PyTorch's names and stacking."""
    structure, weights = nnx.split(layers, nnx.Param)

    def run(weights):
        first, second = nnx.merge(structure, weights)
        frames = len(inputs_tf)
        return second(first(jnp.asarray(inputs_tf), frames), frames)

    outputs_th, pull_back = jax.vjp(run, weights)
    (gradients,) = pull_back(jnp.asarray(cotangent_th))
    stacked = {}
    for number in range(2):
        gates = [gradients[number][gate] for gate in ("reset", "update", "candidate")]
        for kind, attribute in (
            ("weight_ih", "input_kernel_fh"),
            ("weight_hh", "recurrent_kernel_hh"),
            ("bias_ih", "input_bias_h"),
            ("bias_hh", "recurrent_bias_h"),
        ):
            stacked[f"{kind}_l{number}"] = np.concatenate(
                [np.asarray(gate[attribute][...]).T for gate in gates]
            )
    return outputs_th, stacked


def test_recorded_pytorch():
    recorded = np.load(RECORDED)
    weights = {n.removeprefix("weight/"): recorded[n] for n in recorded if n.startswith("weight/")}
    outputs_th, gradients = outputs_and_gradients(
        from_pytorch(weights), recorded["inputs_tf"], recorded["cotangent_th"]
    )
    np.testing.assert_allclose(outputs_th, recorded["outputs_th"], atol=1e-6)
    assert len(gradients) == 8
    for name, gradient in gradients.items():
        np.testing.assert_allclose(gradient, recorded[f"gradient/{name}"], atol=1e-5, rtol=1e-5)


@pytest.mark.parity
@pytest.mark.parametrize(("features", "hidden_size", "frames"), [(40, 16, 200), (78, 64, 707)])
def test_installed_pytorch(features, hidden_size, frames):
    torch = pytest.importorskip("torch")
    torch.manual_seed(1)
    theirs = torch.nn.GRU(features, hidden_size, num_layers=2)
    inputs_tf, cotangent_th = torch.randn(frames, features), torch.randn(frames, hidden_size)
    expected_th, _ = theirs(inputs_tf)
    (expected_th * cotangent_th).sum().backward()

    weights = {name: p.detach().numpy() for name, p in theirs.named_parameters()}
    outputs_th, gradients = outputs_and_gradients(
        from_pytorch(weights), inputs_tf.numpy(), cotangent_th.numpy()
    )
    np.testing.assert_allclose(outputs_th, expected_th.detach().numpy(), atol=1e-5)
    for name, parameter in theirs.named_parameters():
        expected = parameter.grad.numpy()
        difference = np.abs(gradients[name] - expected).max()
        assert difference <= 1e-4 * np.abs(expected).max(), name


def test_initial_weights_are_uniform_within_pytorchs_bound():
    layer = GRU(40, 64, rngs=nnx.Rngs(0))
    for weights in jax.tree.leaves(nnx.state(layer, nnx.Param)):
        bound = 64**-0.5
        assert np.abs(weights).max() <= bound
        assert np.std(weights) == pytest.approx(bound / np.sqrt(3), rel=0.35)
        assert np.abs(weights).max() >= 0.8 * bound


def test_a_frame_sees_no_later_one():
    layer = GRU(3, 4, rngs=nnx.Rngs(0))
    inputs_tf = np.random.default_rng(0).normal(size=(9, 3)).astype(np.float32)
    changed_tf = inputs_tf.copy()
    changed_tf[5:] = 100
    before, after = layer(jnp.asarray(inputs_tf), 9), layer(jnp.asarray(changed_tf), 9)
    np.testing.assert_array_equal(before[:5], after[:5])
    assert not np.allclose(before[5:], after[5:])


def arguments(frames, hidden_size, seed, axes=()):
    """Random inputs, kernels and bias of `states` with leading axes, and a cotangent."""
    rng = np.random.default_rng(seed)

    def normal(*shape):
        return jnp.asarray(rng.normal(size=(*axes, *shape)).astype(np.float32))

    inputs = Gates(*(normal(frames, hidden_size) for _ in range(3)))
    kernels = Gates(*(normal(hidden_size, hidden_size) / hidden_size**0.5 for _ in range(3)))
    return (inputs, kernels, normal(hidden_size)), normal(frames, hidden_size)


def values_and_gradients(function, weights, cotangent_th, frames):
    """States, 0 in the padding, and gradients of what a loss that masks them would take."""
    is_frame_t = jnp.arange(cotangent_th.shape[0]) < frames

    def masked(*weights):
        return jnp.where(is_frame_t[:, None], function(*weights, frames), 0.0)

    hidden_th, pull_back = jax.vjp(masked, *weights)
    return hidden_th, pull_back(cotangent_th)


def assert_agree(ours, reference):
    (ours_th, ours_gradients), (expected_th, expected_gradients) = ours, reference
    np.testing.assert_allclose(ours_th, expected_th, atol=1e-5)
    for ours_leaf, expected in zip(
        jax.tree.leaves(ours_gradients), jax.tree.leaves(expected_gradients), strict=True
    ):
        difference = np.abs(ours_leaf - expected).max()
        assert difference <= 1e-4 * np.abs(expected).max() + 1e-6


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

    def of_all(function):
        lanes = jax.vmap(
            lambda *arguments: values_and_gradients(function, *arguments), in_axes=(0, 0, None)
        )
        return jax.jit(jax.vmap(lanes))(weights, cotangent_th, frames_s)

    together = of_all(states)
    assert_agree(together, of_all(scanned_states))
    for seed, lane in np.ndindex(2, 3):
        alone = values_and_gradients(
            scanned_states,
            jax.tree.map(lambda leaf: leaf[seed, lane], weights),  # noqa: B023
            cotangent_th[seed, lane],
            frames_s[seed],
        )
        assert_agree(jax.tree.map(lambda leaf: leaf[seed, lane], together), alone)  # noqa: B023


def test_lanes_may_share_kernels_or_inputs():
    (inputs, kernels, bias_h), _ = arguments(12, 4, 0)
    (_, other_kernels, other_bias_h), _ = arguments(12, 4, 1)
    both = jax.tree.map(
        lambda a, b: jnp.stack([a, b]), (kernels, bias_h), (other_kernels, other_bias_h)
    )
    over_weights = jax.vmap(states, in_axes=(None, 0, 0, None))(inputs, *both, 12)
    np.testing.assert_allclose(
        over_weights[1], states(inputs, other_kernels, other_bias_h, 12), atol=1e-6
    )
    shifted = jax.tree.map(lambda leaf: jnp.stack([leaf, leaf + 1]), inputs)
    over_inputs = jax.vmap(states, in_axes=(0, None, None, None))(shifted, kernels, bias_h, 12)
    np.testing.assert_allclose(over_inputs[0], states(inputs, kernels, bias_h, 12), atol=1e-6)


def test_frames_of_padding_are_not_computed():
    weights, _ = arguments(20, 4, 0)
    hidden_th = states(*weights, 12)
    assert (hidden_th[:12] != 0).all()
    np.testing.assert_array_equal(hidden_th[12:], 0)
