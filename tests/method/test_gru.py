"""A layer against PyTorch's `nn.GRU`, installed or as recorded."""

from pathlib import Path

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from flax import nnx

from affdyn_jax.method.gru import GRU

RECORDED = Path(__file__).parents[1] / "references" / "gru.npz"


# Our names by PyTorch's; it stacks the gates' rows, which we keep apart by an axis.
NAMES = {
    "weight_ih": "input_kernel_ghf",
    "weight_hh": "recurrent_kernel_ghh",
    "bias_ih": "input_bias_gh",
    "bias_hh": "recurrent_bias_gh",
}


def from_pytorch(weights):
    """Our two layers with weights named and stacked as PyTorch has them."""
    layers = []
    for number in range(2):
        feature_count = np.shape(weights[f"weight_ih_l{number}"])[1]
        hidden_size = np.shape(weights[f"weight_hh_l{number}"])[1]
        layer = GRU(feature_count, hidden_size, rngs=nnx.Rngs(0))
        for theirs, ours in NAMES.items():
            for gate in range(3):
                rows = slice(gate * hidden_size, (gate + 1) * hidden_size)
                param = getattr(layer, ours)
                param[...] = param[...].at[gate].set(weights[f"{theirs}_l{number}"][rows])
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
    stacked = {
        f"{theirs}_l{number}": np.concatenate([gradients[number][ours][g] for g in range(3)])
        for number in range(2)
        for theirs, ours in NAMES.items()
    }
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
