"""Record files of `torch.save`, for machines without PyTorch.

    python tests/references/torch_files/make_torch_files.py

`zip.bin` and `stream.bin` hold the same tensors in the two formats: of every floating type and
some integers, transposed, sliced, sharing memory, empty, a scalar, a parameter. `for_ctc.bin`
is a corner of a task model with weight norm as PyTorch 1 had it: a prefix, heads, float16.
`expected.npz` holds the numbers, `for_ctc.npz` those of the corner with the encoder's names.
"""

import warnings
from collections import OrderedDict
from pathlib import Path

import numpy as np
import torch

folder = Path(__file__).parent
torch.manual_seed(0)

table = torch.randn(3, 4)
tensors = OrderedDict(
    float32=table,
    transposed=table.T,
    sliced=table[1:, 1:3],
    float16=torch.randn(5).half(),
    bfloat16=torch.randn(2, 2).bfloat16(),
    float64=torch.randn(3).double(),
    int64=torch.tensor([-1, 2**40]),
    uint8=torch.tensor([0, 255], dtype=torch.uint8),
    scalar=torch.tensor(2.5),
    empty=torch.zeros(0, 3),
    parameter=torch.nn.Parameter(torch.randn(2)),
)
torch.save(tensors, folder / "zip.bin")
torch.save(tensors, folder / "stream.bin", _use_new_zipfile_serialization=False)
widened = {name: t.detach() for name, t in tensors.items()}
widened["bfloat16"] = widened["bfloat16"].float()
np.savez(folder / "expected.npz", **{name: t.numpy() for name, t in widened.items()})

model = torch.nn.Module()
model.wav2vec2 = torch.nn.Module()
model.wav2vec2.masked_spec_embed = torch.nn.Parameter(torch.randn(4))
model.wav2vec2.encoder = torch.nn.Module()
model.wav2vec2.encoder.pos_conv_embed = torch.nn.Module()
model.wav2vec2.encoder.layer_norm = torch.nn.LayerNorm(4)
model.lm_head = torch.nn.Linear(4, 2)
with warnings.catch_warnings(action="ignore", category=FutureWarning):
    model.wav2vec2.encoder.pos_conv_embed.conv = torch.nn.utils.weight_norm(
        torch.nn.Conv1d(4, 4, 3, groups=2), dim=2
    )
model.half()
torch.save(model.state_dict(), folder / "for_ctc.bin", _use_new_zipfile_serialization=False)
convolution = model.wav2vec2.encoder.pos_conv_embed.conv
normalized = "encoder.pos_conv_embed.conv.parametrizations.weight"
encoder = {
    f"{normalized}.original0": convolution.weight_g,
    f"{normalized}.original1": convolution.weight_v,
    "encoder.pos_conv_embed.conv.bias": convolution.bias,
    "encoder.layer_norm.weight": model.wav2vec2.encoder.layer_norm.weight,
    "encoder.layer_norm.bias": model.wav2vec2.encoder.layer_norm.bias,
}
np.savez(folder / "for_ctc.npz", **{n: t.detach().float().numpy() for n, t in encoder.items()})
