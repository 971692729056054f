"""Record what transformers' PyTorch encoders compute, for machines without PyTorch.

    python tests/references/make_encoders.py

A tiny model of each family, with random weights throughout (as initialised, many are 0 or
1): configuration, weights, samples, and all hidden states.
"""

import json
from pathlib import Path

import numpy as np
import torch
import transformers

TINY = {
    "hidden_size": 8,
    "num_hidden_layers": 2,
    "num_attention_heads": 2,
    "intermediate_size": 12,
    "conv_dim": [6] * 7,
    "num_conv_pos_embeddings": 6,
    "num_conv_pos_embedding_groups": 4,
}
LARGE = {"feat_extract_norm": "layer", "do_stable_layer_norm": True, "conv_bias": True}
# File, family as transformers calls it, and what differs from TINY.
MODELS = [
    ("wav2vec2_tiny_base", "Wav2Vec2", {}),
    ("wav2vec2_tiny_large", "Wav2Vec2", LARGE),
    ("mms_tiny", "Wav2Vec2", {**LARGE, "adapter_attn_dim": 3}),
    ("hubert_tiny", "Hubert", {"feat_proj_layer_norm": False, "conv_pos_batch_norm": True}),
    # 8 classes of distances, of which those of 4 frames and more are shared.
    ("wavlm_tiny", "WavLM", {"num_buckets": 8, "max_bucket_distance": 4}),
    ("wavlm_tiny_large", "WavLM", {**LARGE, "num_buckets": 8, "max_bucket_distance": 4}),
    ("data2vec_tiny", "Data2VecAudio", {"num_conv_pos_embeddings": 2, "conv_pos_kernel_size": 3}),
    ("unispeech_tiny", "UniSpeech", LARGE),
    ("unispeech_sat_tiny", "UniSpeechSat", {}),
]


def record(name: str, family: str, kinds: dict) -> None:
    config = getattr(transformers, f"{family}Config")(**TINY | kinds)
    model = getattr(transformers, f"{family}Model")(config).eval()
    with torch.no_grad():
        for parameter in model.parameters():
            parameter += 0.1 * torch.randn_like(parameter)
        for buffer in model.buffers():  # what batch norms have counted, too
            buffer += torch.rand_like(buffer, dtype=torch.float32).to(buffer.dtype)
        samples_bs = torch.randn(2, 1400)
        outputs = model(samples_bs, output_hidden_states=True)
    weights = {f"weight/{name}": w.numpy() for name, w in model.state_dict().items()}
    weights.pop("weight/masked_spec_embed", None)  # serves training only
    np.savez_compressed(
        Path(__file__).with_name(f"{name}.npz"),
        config=json.dumps(TINY | kinds | {"model_type": config.model_type}),
        samples_bs=samples_bs.numpy(),
        hidden_states_nbth=torch.stack(outputs.hidden_states).numpy(),
        last_bth=outputs.last_hidden_state.numpy(),
        **weights,
    )


for seed, model in enumerate(MODELS):
    torch.manual_seed(seed)
    record(*model)
