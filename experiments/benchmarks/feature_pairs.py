"""A network with random weights twice, as transformers' PyTorch model and as ours."""

from dataclasses import dataclass
from typing import Self

import jax
import numpy as np
import torch
import transformers
from transformers.models.whisper.modeling_whisper import WhisperEncoder

from affdyn_jax.features.encoders.architecture import Architecture
from affdyn_jax.features.encoders.weights import load
from affdyn_jax.features.encoders.window_encoder import WindowEncoder
from experiments.benchmarks.feature_networks import Network
from third_party.pytorch_baseline.precision import use_full_float32


@dataclass(frozen=True)
class FeaturePair:
    """Both with the same weights, and the same inputs in memory.

    Attributes:
        model: transformers' model.
        encoder: Ours.
        inputs: Of our front end, a batch of one recording.
        given: The same as the model takes them.
        inner_layer: The middle one.
    """

    model: torch.nn.Module
    encoder: WindowEncoder
    inputs: np.ndarray
    given: torch.Tensor
    inner_layer: int

    @classmethod
    def of(cls, network: Network, samples: np.ndarray) -> Self:
        """That of one network.

        Args:
            network: One of `NETWORKS`.
            samples: Speech at 16 kHz, shape (S,), float32.
        """
        model = random_model(network)
        architecture = Architecture.of(model.config.to_dict(), network.name)
        outside = (*architecture.family.outside, "masked_spec_embed")
        tensors = {
            name: tensor.numpy()
            for name, tensor in model.state_dict().items()
            if not name.startswith(outside)
        }
        weights = load(architecture, tensors, network.name)
        encoder = WindowEncoder(*(architecture, weights, None, "float32"), jax.local_devices()[:1])
        front_end = architecture.family.front_end(architecture.settings, {}, network.name)
        _, inputs_of = front_end.read([samples])
        inputs = inputs_of(samples)[None]
        # Whisper's of transformers have the axis of bands first.
        given = torch.from_numpy(inputs.swapaxes(1, 2) if network.name == "Whisper" else inputs)
        inner_layer = architecture.settings.num_hidden_layers // 2
        return cls(model, encoder, inputs, given, inner_layer)

    @torch.inference_mode()
    def theirs(self) -> np.ndarray:
        """The last hidden state of transformers' model, shape (1, T, H)."""
        return self.model(self.given).last_hidden_state.numpy()

    def ours(self) -> np.ndarray:
        """The same of our encoder."""
        return self.encoder(self.inputs)

    @torch.inference_mode()
    def differences(self) -> dict[str, float]:
        """The largest between hidden states, of the last one and of the inner layer."""
        states = self.model(self.given, output_hidden_states=True).hidden_states
        inner_bth = states[self.inner_layer].numpy()
        del states
        (ours_bth,) = self.encoder.layer_by_layer(self.inputs, (self.inner_layer,))
        return {
            "last": _largest(self.ours() - self.theirs()),
            "inner": _largest(ours_bth - inner_bth),
        }


def random_model(network: Network) -> torch.nn.Module:
    """A model of transformers with norms and biases that are random, too, instead of 1 and 0."""
    use_full_float32()
    torch.manual_seed(0)
    config = getattr(transformers, f"{network.name}Config")(**network.differs)
    is_whisper = network.name == "Whisper"
    kind = WhisperEncoder if is_whisper else getattr(transformers, f"{network.name}Model")
    model = kind(config).eval()
    with torch.no_grad():
        for parameter in model.parameters():
            if parameter.ndim == 1:
                parameter += 0.1 * torch.randn_like(parameter)
    return model


def _largest(difference: np.ndarray) -> float:
    return float(np.abs(difference).max())
