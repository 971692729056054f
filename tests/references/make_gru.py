"""Record what PyTorch's `nn.GRU` computes, for machines without PyTorch.

    python tests/references/make_gru.py

Two layers of 5 units on 3 features over 7 frames: weights, inputs, outputs, and the gradients
of a fixed linear function of the outputs.
"""

from pathlib import Path

import numpy as np
import torch

torch.manual_seed(0)
gru = torch.nn.GRU(input_size=3, hidden_size=5, num_layers=2)
inputs_tf = torch.randn(7, 3)
cotangent_th = torch.randn(7, 5)
outputs_th, _ = gru(inputs_tf)
(outputs_th * cotangent_th).sum().backward()
np.savez(
    Path(__file__).with_name("gru.npz"),
    inputs_tf=inputs_tf.numpy(),
    cotangent_th=cotangent_th.numpy(),
    outputs_th=outputs_th.detach().numpy(),
    **{f"weight/{name}": p.detach().numpy() for name, p in gru.named_parameters()},
    **{f"gradient/{name}": p.grad.numpy() for name, p in gru.named_parameters()},
)
