"""Record what transformers' PyTorch `Wav2Vec2Model` computes, for machines without PyTorch.

    python tests/references/make_wav2vec2.py

A tiny model of either family, with random weights throughout (as initialised, many are 0 or
1): configuration, weights, samples, and all hidden states.
"""

import json
from pathlib import Path

import numpy as np
import torch
from transformers import Wav2Vec2Config, Wav2Vec2Model

TINY = {
    "hidden_size": 8,
    "num_hidden_layers": 2,
    "num_attention_heads": 2,
    "intermediate_size": 12,
    "conv_dim": [6] * 7,
    "num_conv_pos_embeddings": 6,
    "num_conv_pos_embedding_groups": 4,
}
FAMILIES = {
    "base": {},
    "large": {"feat_extract_norm": "layer", "do_stable_layer_norm": True, "conv_bias": True},
}

for seed, (family, kinds) in enumerate(FAMILIES.items()):
    torch.manual_seed(seed)
    model = Wav2Vec2Model(Wav2Vec2Config(**TINY, **kinds)).eval()
    with torch.no_grad():
        for parameter in model.parameters():
            parameter += 0.1 * torch.randn_like(parameter)
        samples_bs = torch.randn(2, 1400)
        outputs = model(samples_bs, output_hidden_states=True)
    weights = {f"weight/{name}": w.numpy() for name, w in model.state_dict().items()}
    del weights["weight/masked_spec_embed"]  # serves training only
    np.savez_compressed(
        Path(__file__).with_name(f"wav2vec2_tiny_{family}.npz"),
        config=json.dumps(TINY | kinds),
        samples_bs=samples_bs.numpy(),
        hidden_states_nbth=torch.stack(outputs.hidden_states).numpy(),
        last_bth=outputs.last_hidden_state.numpy(),
        **weights,
    )
