"""The ordinary program: one lane after another, each with its own model and optimiser.

python -m third_party.pytorch_baseline.train --data=sweep.npz --out=curves.csv
"""

import dataclasses
from collections.abc import Mapping

import numpy as np
import torch
from torch import Tensor
from torch.optim import Adam, Optimizer

from third_party.pytorch_baseline import command_line
from third_party.pytorch_baseline.curves import Curve
from third_party.pytorch_baseline.data import Sweep
from third_party.pytorch_baseline.losses import concordance, task_losses, weighted_loss
from third_party.pytorch_baseline.model import AffectModel, model_with


def train_step(
    model: AffectModel,
    optimiser: Optimizer,
    features_tf: Tensor,
    gold_tk: Tensor,
    valid_tk: Tensor,
    task_weights_k: Tensor,
) -> Tensor:
    """Train on one recording (the batch size is 1, §4.2).

    Args:
        model: Changed in place.
        optimiser: Of the model's parameters.
        features_tf: Standardised features, shape (T, F).
        gold_tk: Gold standard of each task, shape (T, K).
        valid_tk: Which frames of a task count, shape (T, K), boolean.
        task_weights_k: The lane's, shape (K,).

    Returns:
        The loss before the step, still on its device, so that nothing waits for it.
    """
    optimiser.zero_grad(set_to_none=True)
    loss = weighted_loss(task_losses(model(features_tf), gold_tk, valid_tk), task_weights_k)
    loss.backward()
    optimiser.step()
    return loss.detach()


@torch.inference_mode()
def dev_pass(
    model: AffectModel,
    features_ntf: Tensor,
    gold_ntk: Tensor,
    valid_ntk: Tensor,
    task_weights_k: Tensor,
) -> tuple[Tensor, Tensor]:
    """Score a model on all dev recordings as one padded batch; padding comes last, so it is inert.

    Args:
        model: The model.
        features_ntf: Standardised features, shape (N, T, F).
        gold_ntk: Gold standard of each task, shape (N, T, K).
        valid_ntk: Which frames of a task count, shape (N, T, K), boolean.
        task_weights_k: The lane's, shape (K,).

    Returns:
        The lane's loss averaged over recordings, and the CCC of each task over the recordings
        concatenated, shape (K,).
    """
    predictions_ntk = model(features_ntf)
    losses_nk = task_losses(predictions_ntk, gold_ntk, valid_ntk, dim=1)
    dev_loss = weighted_loss(losses_nk, task_weights_k).mean()
    return dev_loss, concordance(predictions_ntk, gold_ntk, valid_ntk, dim=(0, 1))


@dataclasses.dataclass
class Lane:
    """One lane in training.

    Attributes:
        model: Its model.
        optimiser: Adam over the model's parameters.
        task_weights_k: Shape (K,).
        order_en: The order of the N training recordings in each epoch.
        curve: Its learning curve so far.
        best_weights: The model's state after the best epoch.
    """

    model: AffectModel
    optimiser: Optimizer
    task_weights_k: Tensor
    order_en: np.ndarray
    curve: Curve
    best_weights: Mapping[str, Tensor]

    def finish_epoch(self, train_loss: Tensor, dev_loss: Tensor, dev_ccc_k: Tensor) -> None:
        """Record an epoch and keep its weights if it is the best."""
        weights_are_finite = all(p.isfinite().all() for p in self.model.parameters())
        scores = train_loss.item(), dev_loss.item(), dev_ccc_k.tolist()
        if self.curve.add(*scores, weights_are_finite):
            self.best_weights = {k: v.clone() for k, v in self.model.state_dict().items()}


def new_lane(sweep: Sweep, index: int, capturable: bool = False) -> Lane:
    """A lane of a sweep before its first epoch; for a CUDA graph, a capturable one."""
    seed = sweep.seed_l[index]
    model = model_with(sweep.weights[seed])
    optimiser = Adam(model.parameters(), **sweep.adam, fused=True, capturable=capturable)
    return Lane(
        model,
        optimiser,
        sweep.task_weights_lk[index],
        sweep.order_en[seed],
        Curve(),
        sweep.weights[seed],
    )


def train_lane(sweep: Sweep, index: int, max_epochs: int, patience: int) -> Lane:
    """Train one lane until it does not improve on dev any more (§4.2)."""
    lane = new_lane(sweep, index)
    recordings = sweep.train.recordings()
    dev = sweep.dev.features_ntf, sweep.dev.gold_ntk, sweep.dev.valid_ntk
    for order_n in lane.order_en[:max_epochs]:
        losses = [
            train_step(lane.model, lane.optimiser, *recordings[n], lane.task_weights_k)
            for n in order_n
        ]
        dev_scores = dev_pass(lane.model, *dev, lane.task_weights_k)
        lane.finish_epoch(torch.stack(losses).mean(), *dev_scores)
        if lane.curve.is_over(patience):
            break
    return lane


def train_lanes(sweep: Sweep, max_epochs: int, patience: int) -> list[Curve]:
    """Train all lanes of a sweep, one after another."""
    return [
        train_lane(sweep, index, max_epochs, patience).curve for index in range(len(sweep.lane_l))
    ]


if __name__ == "__main__":
    # A frame's products are too small to share: two threads take longer than one.
    torch.set_num_threads(1)
    command_line.run(train_lanes, "Train a sweep of loss weights, one lane after another.")
