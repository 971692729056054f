"""What tests of Whisper and w2v-BERT share: tiny recorded networks, comparisons with PyTorch."""

import functools
import json
from pathlib import Path

import jax
import numpy as np
from safetensors.numpy import save_file

from affdyn_jax.features.encoders.architecture import Architecture, encode, encode_layers
from affdyn_jax.features.encoders.checkpoint import read_checkpoint
from affdyn_jax.features.encoders.extraction import EncoderFeatures, EncoderIdentity
from affdyn_jax.features.encoders.weights import load

REFERENCES = Path(__file__).parents[2] / "references"


@functools.cache
def recorded(name):
    """What `tests/references/make_spectral_encoders.py` has recorded: arrays, configuration."""
    arrays = dict(np.load(REFERENCES / f"{name}_tiny.npz"))
    return arrays, json.loads(str(arrays.pop("config")))


@functools.cache
def recorded_windows(name):
    """Of a recording: samples, last hidden states of its windows, and of its beginning alone.

    Computed by PyTorch behind transformers' own feature extractor.
    """
    arrays = np.load(REFERENCES / f"{name}_tiny_windows.npz")
    samples_s = arrays["samples_s"] / np.float32(1 << 15)
    return samples_s, arrays["windows_nth"], arrays["short_th"]


def states_and_last(architecture, weights, inputs):
    """Hidden states of layers 0, 1 and 2, and the last one, in one program."""

    @jax.jit
    def run(weights, inputs):
        return (
            encode_layers(architecture, weights, inputs, (0, 1, 2)),
            encode(architecture, weights, inputs),
        )

    return run(weights, inputs)


def recorded_tensors(name, prefix=""):
    """Those of the encoder, by the names that they have in it."""
    arrays, _ = recorded(name)
    return {
        key.removeprefix(f"weight/{prefix}"): tensor
        for key, tensor in arrays.items()
        if key.startswith(f"weight/{prefix}") and not key.endswith("masked_spec_embed")
    }


def recorded_network(name, model_type, prefix=""):
    """The network and its weights."""
    _, config = recorded(name)
    architecture = Architecture.of(config | {"model_type": model_type}, name)
    return architecture, load(architecture, recorded_tensors(name, prefix), name)


def write_checkpoint(folder, name, model_type, preprocessor):
    """A folder as transformers saves one, of the whole model that is recorded."""
    _, config = recorded(name)
    (folder / "config.json").write_text(json.dumps(config | {"model_type": model_type}))
    (folder / "preprocessor_config.json").write_text(json.dumps(preprocessor))
    arrays, _ = recorded(name)
    weights = {key.removeprefix("weight/"): a for key, a in arrays.items() if "weight/" in key}
    save_file(weights, folder / "model.safetensors")
    return folder


def extracted(folder, path, window=1.0):
    """Features of one recording, made as a run makes them."""
    checkpoint = read_checkpoint(str(folder))
    identity = EncoderIdentity(checkpoint.identity, None, window, 0.2, "float32")
    ((_, features_tf),) = EncoderFeatures(checkpoint, identity, str(folder)).extract(
        {"recording": path}, 4.0, 1
    )
    return features_tf


def shaken(model):
    """A PyTorch model whose weights are random throughout; as initialised, many are 0 or 1."""
    import torch

    with torch.no_grad():
        for parameter in model.parameters():
            parameter += 0.1 * torch.randn_like(parameter)
    return model.eval()


def assert_theirs(model, their_inputs, our_inputs, layers, tolerance):
    """Some layers and the last hidden state are those of a PyTorch model, which is used up."""
    import torch

    with torch.no_grad():
        outputs = model(their_inputs, output_hidden_states=True)
    expected = [outputs.hidden_states[layer].numpy() for layer in layers]
    last_bth = outputs.last_hidden_state.numpy()
    del outputs
    architecture = Architecture.of(model.config.to_dict(), "theirs")
    state = model.state_dict()
    state.pop("masked_spec_embed", None)  # serves training only
    tensors = {name: tensor.numpy() for name, tensor in state.items()}
    weights = load(architecture, tensors, "theirs")

    @jax.jit
    def ours(weights, inputs):
        return (
            encode_layers(architecture, weights, inputs, layers),
            encode(architecture, weights, inputs),
        )

    states_nbth, ours_bth = ours(weights, our_inputs)
    for layer, state_bth, expected_bth in zip(layers, states_nbth, expected, strict=True):
        np.testing.assert_allclose(state_bth, expected_bth, atol=tolerance, err_msg=f"{layer}")
    np.testing.assert_allclose(ours_bth, last_bth, atol=tolerance)
