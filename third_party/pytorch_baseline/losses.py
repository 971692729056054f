"""Concordance (Eq. 2) and the losses made of it (Eq. 3-5)."""

import torch
from torch import Tensor


def concordance(
    prediction: Tensor, gold_standard: Tensor, valid: Tensor, dim: int | tuple[int, ...] = 0
) -> Tensor:
    """Concordance correlation coefficient over the valid entries of `dim` (Eq. 2).

    Variances and covariance are biased. Where the denominator is 0, or its square too small
    to divide by, the coefficient is 0 and so is its gradient.

    Args:
        prediction: Any shape.
        gold_standard: A shape that broadcasts to it.
        valid: Likewise, boolean; invalid entries may hold anything.
        dim: Over which agreement is measured, e.g. frames.

    Returns:
        The coefficients, of the input's shape without `dim`.
    """
    count = valid.sum(dim, keepdim=True).clamp(min=1)

    def mean(values: Tensor) -> Tensor:
        return torch.where(valid, values, 0.0).sum(dim, keepdim=True) / count

    prediction_mean, gold_mean = mean(prediction), mean(gold_standard)
    # Masked before the product: a NaN times 0 would survive in the gradient.
    prediction_deviation = torch.where(valid, prediction - prediction_mean, 0.0)
    gold_deviation = torch.where(valid, gold_standard - gold_mean, 0.0)
    covariance = mean(prediction_deviation * gold_deviation)
    bias = prediction_mean - gold_mean
    denominator = mean(prediction_deviation**2) + mean(gold_deviation**2) + bias**2
    defined = denominator > torch.finfo(denominator.dtype).tiny ** 0.5
    safe_denominator = torch.where(defined, denominator, 1.0)
    return torch.where(defined, 2 * covariance / safe_denominator, 0.0).squeeze(dim)


def task_losses(predictions_tk: Tensor, gold_tk: Tensor, valid_tk: Tensor, dim: int = 0) -> Tensor:
    """CCC loss of each task over one recording's valid frames, shape (K,) (Eq. 3).

    Further axes, of lanes or recordings, stay; `dim` is that of the frames.
    """
    return 1 - concordance(predictions_tk, gold_tk, valid_tk, dim)


def weighted_loss(losses_k: Tensor, task_weights_k: Tensor) -> Tensor:
    """The loss of a lane: its task weights times the tasks' losses (Eq. 4 and 5 in one)."""
    return (losses_k * task_weights_k).sum(-1)
