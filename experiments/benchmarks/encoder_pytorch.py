"""The wav2vec 2.0 of transformers, as a PyTorch user extracts features with it.

Importing this module imports PyTorch.
"""

import importlib.util

import numpy as np
import torch
from transformers import Wav2Vec2Config, Wav2Vec2Model

from experiments.benchmarks.encoder_networks import NETWORKS, Encoder
from third_party.pytorch_baseline.precision import use_full_float32


def random_model(network: str) -> Wav2Vec2Model:
    """A model with random weights."""
    torch.manual_seed(0)
    return Wav2Vec2Model(Wav2Vec2Config(**NETWORKS[network])).eval()


def tensors_of(model: Wav2Vec2Model) -> dict[str, np.ndarray]:
    """A model's weights by name, without the one that only training uses."""
    tensors = {name: tensor.numpy().copy() for name, tensor in model.state_dict().items()}
    tensors.pop("masked_spec_embed", None)
    return tensors


def fast_attentions(dtype: str) -> list[str]:
    """The implementations of transformers that are fast; flash attention knows no float32."""
    has_flash = importlib.util.find_spec("flash_attn") is not None and dtype == "bfloat16"
    return ["sdpa", *(["flash_attention_2"] if has_flash else [])]


def pytorch(model: Wav2Vec2Model, dtype: str, attention: str) -> Encoder:
    """A model, which is turned into the dtype in its place, on a GPU if there is one.

    Args:
        model: From `random_model`.
        dtype: `float32`, which is full float32 on GPUs, too, or `bfloat16`.
        attention: Of `fast_attentions`.
    """
    use_full_float32()
    # XLA tries which convolution is fastest, too.
    torch.backends.cudnn.benchmark = True
    model.set_attn_implementation(attention)
    place = {
        "device": "cuda" if torch.cuda.is_available() else "cpu",
        "dtype": getattr(torch, dtype),
    }
    model.to(**place)

    def put(samples_bs: np.ndarray) -> torch.Tensor:
        return torch.from_numpy(samples_bs).to(**place)

    @torch.inference_mode()
    def states(samples_bs: torch.Tensor) -> torch.Tensor:
        return model(samples_bs).last_hidden_state

    def on_device(samples_bs: torch.Tensor) -> None:
        states(samples_bs)
        if samples_bs.is_cuda:
            torch.cuda.synchronize()

    def encode(samples_bs: np.ndarray) -> np.ndarray:
        return states(put(samples_bs)).float().cpu().numpy()

    return Encoder(encode, put, on_device)
