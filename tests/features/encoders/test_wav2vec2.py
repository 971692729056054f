"""Against transformers' PyTorch `Wav2Vec2Model`, installed or as recorded."""

import dataclasses
import functools
import json
from pathlib import Path

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from flax import nnx

from affdyn_jax.errors import ConfigError
from affdyn_jax.features.encoders.architecture import Architecture, encode
from affdyn_jax.features.encoders.weights import load

# Norms over a handful of channels enlarge the rounding of tiny models.
TOLERANCE = 5e-5
REFERENCES = Path(__file__).parents[2] / "references"
LARGE = {"feat_extract_norm": "layer", "do_stable_layer_norm": True}


@functools.cache
def recorded(family):
    """Architecture, weights by PyTorch's names, and the arrays of a recorded model."""
    arrays = dict(np.load(REFERENCES / f"wav2vec2_tiny_{family}.npz"))
    architecture = Architecture.of(json.loads(str(arrays.pop("config"))), "tiny")
    tensors = {
        name.removeprefix("weight/"): arrays.pop(name)
        for name in list(arrays)
        if name.startswith("weight/")
    }
    return architecture, tensors, arrays


@functools.cache
def recorded_weights(family):
    architecture, tensors, _ = recorded(family)
    return load(architecture, tensors, "tiny")


@pytest.fixture(params=["base", "large"])
def family(request):
    return request.param


def run(family, samples_bs, layers=None, weights=None):
    architecture, _, _ = recorded(family)
    compiled = jax.jit(encode, static_argnums=(0, 3))
    return compiled(architecture, weights or recorded_weights(family), samples_bs, layers)


@pytest.mark.parametrize(
    "layers",
    # Single layers are programs of their own, whose outputs the last case adds up.
    [*(pytest.param((n,), marks=pytest.mark.slow) for n in (0, 2)), (1,), (0, 2), (1, 1, 2)],
)
def test_recorded_layers_and_their_mean(family, layers):
    _, _, arrays = recorded(family)
    expected_bth = np.mean([arrays["hidden_states_nbth"][layer] for layer in layers], axis=0)
    np.testing.assert_allclose(
        run(family, arrays["samples_bs"], layers), expected_bth, atol=TOLERANCE
    )


def test_only_a_norm_at_the_end_parts_the_last_layer_from_the_last_hidden_state(family):
    _, _, arrays = recorded(family)
    differs = not np.array_equal(
        run(family, arrays["samples_bs"], (2,)), run(family, arrays["samples_bs"])
    )
    assert differs == (family == "large")


@pytest.mark.parametrize(("samples", "frames"), [(400, 1), (719, 1), (720, 2), (1039, 2)])
def test_400_samples_make_a_frame_and_320_each_other(family, samples, frames):
    assert run(family, jnp.ones((1, samples))).shape == (1, frames, 8)


def test_computes_in_the_dtype_of_the_weights(family):
    _, _, arrays = recorded(family)
    halved = jax.tree.map(lambda w: w.astype(jnp.bfloat16), recorded_weights(family))
    for layers in (None, (0, 1)):
        states_bth = run(family, arrays["samples_bs"], layers, halved)
        assert states_bth.dtype == jnp.bfloat16
    last_bth = np.asarray(run(family, arrays["samples_bs"], None, halved), np.float32)
    # bfloat16 has 8 bits: each of some ten operations in a row is off by up to 0.4 %.
    assert np.corrcoef(last_bth.ravel(), arrays["last_bth"].ravel())[0, 1] > 0.99


def test_all_products_are_in_full_precision_wherever_they_are_computed(family):
    architecture, _, arrays = recorded(family)
    lowered = jax.jit(encode, static_argnums=0).lower(
        architecture, recorded_weights(family), arrays["samples_bs"]
    )
    products = [
        line
        for line in lowered.as_text().splitlines()
        if "stablehlo.dot_general" in line or "stablehlo.convolution" in line
    ]
    # Convolutions, projection, and per layer 6 affine maps and 2 products in attention; these
    # may be there once per kind of device.
    assert len(products) >= 7 + 1 + 1 + 6 * architecture.settings.num_hidden_layers + 2
    assert all("HIGHEST" in product for product in products)


def test_a_new_encoder_computes_what_its_weights_do_in_the_pure_function():
    architecture, _, arrays = recorded("large")
    encoder = architecture.network()
    weights = nnx.state(encoder, nnx.Param)
    shapes = jax.tree.map(jnp.shape, weights)
    assert shapes == jax.tree.map(jnp.shape, recorded_weights("large"))
    last_bth = nnx.jit(encoder)(arrays["samples_bs"]).last
    assert np.isfinite(last_bth).all()
    np.testing.assert_allclose(
        last_bth, run("large", arrays["samples_bs"], None, weights), atol=TOLERANCE
    )


@pytest.mark.parametrize("layers", [(3,), (0, -1)])
def test_a_layer_that_is_not_there_is_refused(layers):
    architecture, _, arrays = recorded("base")
    with pytest.raises(ConfigError, match=rf"no layer {layers[-1]}; choose from 0, .* to 2$"):
        encode(architecture, recorded_weights("base"), arrays["samples_bs"], layers)


@pytest.mark.parity
@pytest.mark.parametrize("conv_bias", [False, True])
@pytest.mark.parametrize("kinds", [{}, LARGE, {"feat_extract_norm": "layer"}])
@pytest.mark.parametrize("samples", [401, 5000])
def test_installed_pytorch(conv_bias, kinds, samples):
    torch = pytest.importorskip("torch")
    transformers = pytest.importorskip("transformers")
    torch.manual_seed(2)
    config = transformers.Wav2Vec2Config(
        hidden_size=24,
        num_hidden_layers=3,
        num_attention_heads=3,
        intermediate_size=40,
        conv_dim=(12, 16, 16, 16, 16, 16, 20),
        num_conv_pos_embeddings=7,  # PyTorch pads odd and even kernels differently
        num_conv_pos_embedding_groups=2,
        layer_norm_eps=1e-3,
        conv_bias=conv_bias,
        **kinds,
    )
    theirs = transformers.Wav2Vec2Model(config).eval()
    with torch.no_grad():
        for parameter in theirs.parameters():
            parameter += 0.1 * torch.randn_like(parameter)
        samples_bs = torch.randn(2, samples)
        outputs = theirs(samples_bs, output_hidden_states=True)

    architecture = Architecture.of(config.to_dict(), "installed")
    tensors = {name: tensor.numpy() for name, tensor in theirs.state_dict().items()}
    del tensors["masked_spec_embed"]
    weights = load(architecture, tensors, "installed")
    expected = {None: outputs.last_hidden_state}
    expected |= {(layer,): state for layer, state in enumerate(outputs.hidden_states)}
    expected[0, 3] = (outputs.hidden_states[0] + outputs.hidden_states[3]) / 2
    ours = jax.jit(lambda *data: [encode(architecture, *data, layers) for layers in expected])(
        weights, samples_bs.numpy()
    )
    for states_bth, expected_bth in zip(ours, expected.values(), strict=True):
        np.testing.assert_allclose(states_bth, expected_bth, atol=TOLERANCE)


@pytest.mark.parity
def test_the_last_number_of_a_large_model_is_before_the_final_norm_as_installed():
    torch = pytest.importorskip("torch")
    transformers = pytest.importorskip("transformers")
    if tuple(map(int, transformers.__version__.split(".")[:2])) < (5, 16):
        pytest.skip("until transformers 5.15 it was behind the norm")
    architecture, tensors, arrays = recorded("large")
    settings = architecture.settings
    theirs = transformers.Wav2Vec2Model(transformers.Wav2Vec2Config(**dataclasses.asdict(settings)))
    state = {name: torch.tensor(tensor) for name, tensor in tensors.items()}
    missing = theirs.load_state_dict(state, strict=False)
    assert missing.missing_keys == ["masked_spec_embed"] and not missing.unexpected_keys
    with torch.no_grad():
        outputs = theirs.eval()(torch.tensor(arrays["samples_bs"]), output_hidden_states=True)
        last_bth = outputs.hidden_states[settings.num_hidden_layers]
        behind_bth = theirs.encoder.layer_norm(last_bth)
    ours_bth = run("large", arrays["samples_bs"], (settings.num_hidden_layers,))
    np.testing.assert_allclose(ours_bth, last_bth, atol=TOLERANCE)
    np.testing.assert_allclose(
        run("large", arrays["samples_bs"]), behind_bth, atol=TOLERANCE, err_msg="last_hidden_state"
    )
    assert np.abs(ours_bth - behind_bth.numpy()).max() > 0.1
