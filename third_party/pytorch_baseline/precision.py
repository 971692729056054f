"""Full float32 on GPUs, as on CPUs."""

import torch


def use_full_float32() -> None:
    """Switch off TF32, which multiplies with 10 bits of fraction and is cuDNN's default."""
    torch.backends.cudnn.allow_tf32 = False
    torch.backends.cuda.matmul.allow_tf32 = False
