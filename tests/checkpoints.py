"""Folders with tiny checkpoints, of weights that `references/make_encoders.py` has recorded."""

import json

import numpy as np
from safetensors.numpy import save_file

from tests.recorded_encoders import recorded_encoder

_random = np.random.default_rng(0)
# Of a wav2vec 2.0 with 8 hidden units, fine-tuned for arousal, dominance and valence.
HEAD = {
    name: _random.normal(size=shape).astype(np.float32)
    for name, shape in (
        ("classifier.dense.weight", (8, 8)),
        ("classifier.dense.bias", (8,)),
        ("classifier.out_proj.weight", (3, 8)),
        ("classifier.out_proj.bias", (3,)),
    )
}


def write_checkpoint(folder, name, prefix, others):
    """A recorded encoder whose weights have a prefix, beside other weights."""
    model = recorded_encoder(name)
    (folder / "config.json").write_text(json.dumps(model.config))
    preprocessor = {"do_normalize": True, "sampling_rate": 16000}
    (folder / "preprocessor_config.json").write_text(json.dumps(preprocessor))
    weights = {prefix + name: tensor for name, tensor in model.tensors.items()}
    save_file(weights | others, folder / "model.safetensors")
    return folder
