"""Against PyTorch's `nn.GRU`, installed or as recorded."""

from pathlib import Path

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from flax import nnx

from affdyn_jax.gru import GRU

RECORDED = Path(__file__).parent / "references" / "gru.npz"


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
        return second(first(jnp.asarray(inputs_tf)))

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
    before, after = layer(jnp.asarray(inputs_tf)), layer(jnp.asarray(changed_tf))
    np.testing.assert_array_equal(before[:5], after[:5])
    assert not np.allclose(before[5:], after[5:])
