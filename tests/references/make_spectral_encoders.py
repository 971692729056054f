"""Record what transformers' PyTorch models of mel energies compute, for machines without PyTorch.

    python tests/references/make_spectral_encoders.py

A tiny Whisper and a tiny w2v-BERT, with random weights throughout (as initialised, many are 0 or
1): configuration, weights, inputs, and all hidden states. `*_windows.npz` have a recording, and the
last hidden states of its windows of a second and of its beginning by itself, behind transformers'
own feature extractors.
"""

import json
from pathlib import Path

import numpy as np
import torch
from transformers import (
    SeamlessM4TFeatureExtractor,
    Wav2Vec2BertConfig,
    Wav2Vec2BertModel,
    WhisperConfig,
    WhisperFeatureExtractor,
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


def record_windows(name, windows_nth, short_th):
    np.savez_compressed(
        Path(__file__).with_name(f"{name}_tiny_windows.npz"),
        samples_s=SAMPLES_S,
        windows_nth=windows_nth.numpy(),
        short_th=short_th.numpy(),
    )


# 2.3 s of noise that comes again, so that the file is small, and is louder from 1 s on.
NOISE_S = np.random.default_rng(0).normal(0, 2000, 4999)
SAMPLES_S = np.resize(NOISE_S, 36800).round().astype(np.int16)
SAMPLES_S[16000:] *= 3
WAVE_S = SAMPLES_S / np.float32(1 << 15)


@torch.no_grad()
def of_whisper(samples_s):
    extractor = WhisperFeatureExtractor(chunk_length=1)
    inputs = extractor(samples_s, sampling_rate=16000, return_tensors="pt").input_features
    return whisper.model.encoder(inputs).last_hidden_state[0]


@torch.no_grad()
def of_w2v_bert(energies_tc):
    return w2v_bert(energies_tc[None]).last_hidden_state[0]


def energies(samples_s):
    extractor = SeamlessM4TFeatureExtractor(padding_value=1)
    return extractor(samples_s, sampling_rate=16000, return_tensors="pt").input_features[0]


windows = [of_whisper(WAVE_S[320 * first : 320 * first + 16000]) for first in (0, 40, 65)]
record_windows("whisper", torch.stack(windows), of_whisper(WAVE_S[:9840])[:30])

# What has no partner at the end is padding.
energies_tc, short_tc = energies(WAVE_S)[:114], energies(WAVE_S[:9808])[:29]
windows = [of_w2v_bert(energies_tc[first : first + 50]) for first in (0, 40, 64)]
record_windows("w2v_bert", torch.stack(windows), of_w2v_bert(short_tc))
