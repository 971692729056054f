"""Record what transformers' PyTorch models of mel energies compute, for machines without PyTorch.

    python tests/references/make_spectral_encoders.py

A tiny Whisper and a tiny w2v-BERT, with random weights throughout (as initialised, many are 0 or
1): configuration, weights, inputs, and all hidden states.
"""

import json
from pathlib import Path

import numpy as np
import torch
from transformers import (
    Wav2Vec2BertConfig,
    Wav2Vec2BertModel,
    WhisperConfig,
    WhisperForConditionalGeneration,
)

WHISPER = {
    "d_model": 8,
    "encoder_layers": 2,
    "encoder_attention_heads": 2,
    "encoder_ffn_dim": 12,
    "max_source_positions": 50,
    "decoder_layers": 1,
    "decoder_attention_heads": 2,
    "decoder_ffn_dim": 12,
    "max_target_positions": 3,
    "vocab_size": 7,
    "pad_token_id": 0,
    "bos_token_id": 0,
    "eos_token_id": 0,
    "decoder_start_token_id": 0,
    "begin_suppress_tokens": None,
}
W2V_BERT = {
    "hidden_size": 8,
    "num_hidden_layers": 2,
    "num_attention_heads": 2,
    "intermediate_size": 12,
    "left_max_position_embeddings": 6,
    "right_max_position_embeddings": 3,
    "conv_depthwise_kernel_size": 5,
}


def shaken(model):
    with torch.no_grad():
        for parameter in model.parameters():
            parameter += 0.1 * torch.randn_like(parameter)
    return model.eval()


def record(name, config, model, encoder, inputs):
    with torch.no_grad():
        outputs = encoder(inputs, output_hidden_states=True)
    weights = {f"weight/{name}": weight.numpy() for name, weight in model.state_dict().items()}
    np.savez_compressed(
        Path(__file__).with_name(f"{name}_tiny.npz"),
        config=json.dumps(config),
        inputs=inputs.numpy(),
        hidden_states_nbth=torch.stack(outputs.hidden_states).numpy(),
        last_bth=outputs.last_hidden_state.numpy(),
        **weights,
    )


torch.manual_seed(0)
whisper = shaken(WhisperForConditionalGeneration(WhisperConfig(**WHISPER)))
energies_bcm = torch.randn(2, 80, 2 * WHISPER["max_source_positions"])
record("whisper", WHISPER, whisper, whisper.model.encoder, energies_bcm)

torch.manual_seed(1)
w2v_bert = shaken(Wav2Vec2BertModel(Wav2Vec2BertConfig(**W2V_BERT)))
record("w2v_bert", W2V_BERT, w2v_bert, w2v_bert, torch.randn(2, 21, 160))
