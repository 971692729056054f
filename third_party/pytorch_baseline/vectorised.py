"""All lanes together in PyTorch: stacked weights, one optimiser, one loop over frames.

    python -m third_party.pytorch_baseline.vectorised --data=sweep.npz --out=curves.csv

Adam is elementwise and the lanes' losses are summed, so each lane is trained as if alone. Lanes
of one seed see the same recording at the same time and share the product with its features.
"""

from collections.abc import Callable, Iterator

import numpy as np
import torch
from torch import Tensor
from torch.func import stack_module_state
from torch.optim import Adam, Optimizer

from third_party.pytorch_baseline import command_line
from third_party.pytorch_baseline.captured import Captured
from third_party.pytorch_baseline.curves import Curve
from third_party.pytorch_baseline.data import Partition, Sweep
from third_party.pytorch_baseline.losses import concordance, task_losses, weighted_loss
from third_party.pytorch_baseline.model import model_with
from third_party.pytorch_baseline.recurrence import GRULayer

StackedWeights = dict[str, Tensor]


def stacked_weights(sweep: Sweep) -> StackedWeights:
    """Initial weights of all lanes by the names of the model's state, each with an axis L."""
    weights, _ = stack_module_state([model_with(sweep.weights[seed]) for seed in sweep.seed_l])
    return weights


def predict(weights: StackedWeights, features_gbtf: Tensor) -> Tensor:
    """Predictions of all lanes in (-1, 1), shape (T, L, B, K).

    Args:
        weights: Of L lanes.
        features_gbtf: Standardised features of B recordings for each of G groups of L / G
            lanes that follow each other; shape (G, B, T, F).
    """
    gates_tlbi = features_to_gates(weights, features_gbtf)
    hidden_tlbh = GRULayer.apply(gates_tlbi, weights["gru.weight_hh_l0"], weights["gru.bias_hh_l0"])
    gates_tlbi = linear(hidden_tlbh, weights["gru.weight_ih_l1"], weights["gru.bias_ih_l1"])
    hidden_tlbh = GRULayer.apply(gates_tlbi, weights["gru.weight_hh_l1"], weights["gru.bias_hh_l1"])
    return torch.tanh(linear(hidden_tlbh, weights["head.weight"], weights["head.bias"]))


def features_to_gates(weights: StackedWeights, features_gbtf: Tensor) -> Tensor:
    """The features' part of the first layer's gates, shape (T, L, B, 3H).

    One product for each group: its lanes' weights stand side by side.
    """
    groups, recordings, frames, feature_count = features_gbtf.shape
    weight_lif = weights["gru.weight_ih_l0"]
    lanes, gates, _ = weight_lif.shape
    gates_gti = torch.baddbmm(
        weights["gru.bias_ih_l0"].view(groups, 1, -1),
        features_gbtf.flatten(1, 2),
        weight_lif.view(groups, -1, feature_count).transpose(1, 2),
    )
    gates_gbtli = gates_gti.view(groups, recordings, frames, lanes // groups, gates)
    return gates_gbtli.permute(2, 0, 3, 1, 4).flatten(1, 2)


def linear(inputs_tlbi: Tensor, weight_loi: Tensor, bias_lo: Tensor) -> Tensor:
    """A linear layer of each lane, to shape (T, L, B, O)."""
    frames, _, recordings, _ = inputs_tlbi.shape
    inputs_lti = inputs_tlbi.transpose(0, 1).flatten(1, 2)
    outputs_lto = torch.baddbmm(bias_lo[:, None], inputs_lti, weight_loi.transpose(1, 2))
    return outputs_lto.unflatten(1, (frames, recordings)).transpose(0, 1)


def train_step(
    weights: StackedWeights,
    optimiser: Optimizer,
    features_gtf: Tensor,
    gold_gtk: Tensor,
    valid_gtk: Tensor,
    task_weights_lk: Tensor,
) -> Tensor:
    """Train all lanes on one recording for each group of lanes.

    Args:
        weights: Of L lanes; changed in place.
        optimiser: Of these weights.
        features_gtf: Standardised features, shape (G, T, F).
        gold_gtk: Gold standard of each task, shape (G, T, K).
        valid_gtk: Which frames of a task count, shape (G, T, K), boolean.
        task_weights_lk: The lanes', group by group, shape (L, K).

    Returns:
        Each lane's loss before the step, shape (L,), still on its device.
    """
    optimiser.zero_grad(set_to_none=True)
    predictions_tlk = predict(weights, features_gtf[:, None]).squeeze(2)
    of_each_lane = len(task_weights_lk) // len(features_gtf)
    gold_tlk = gold_gtk.transpose(0, 1).repeat_interleave(of_each_lane, dim=1)
    valid_tlk = valid_gtk.transpose(0, 1).repeat_interleave(of_each_lane, dim=1)
    losses_l = weighted_loss(task_losses(predictions_tlk, gold_tlk, valid_tlk), task_weights_lk)
    losses_l.sum().backward()
    optimiser.step()
    return losses_l.detach()


@torch.no_grad()
def dev_pass(
    weights: StackedWeights,
    features_ntf: Tensor,
    gold_ntk: Tensor,
    valid_ntk: Tensor,
    task_weights_lk: Tensor,
) -> tuple[Tensor, Tensor]:
    """Score all lanes on all dev recordings together, padded to one length.

    Args:
        weights: Of L lanes.
        features_ntf: Standardised features, shape (N, T, F).
        gold_ntk: Gold standard of each task, shape (N, T, K).
        valid_ntk: Which frames of a task count, shape (N, T, K), boolean.
        task_weights_lk: Shape (L, K).

    Returns:
        Each lane's loss averaged over recordings, shape (L,), and the CCC of each task over the
        recordings concatenated, shape (L, K).
    """
    predictions_tlnk = predict(weights, features_ntf[None])
    gold_t1nk, valid_t1nk = (array.transpose(0, 1)[:, None] for array in (gold_ntk, valid_ntk))
    losses_lnk = task_losses(predictions_tlnk, gold_t1nk, valid_t1nk)
    dev_loss_l = weighted_loss(losses_lnk, task_weights_lk[:, None]).mean(1)
    return dev_loss_l, concordance(predictions_tlnk, gold_t1nk, valid_t1nk, dim=(0, 2))


def step_and_dev_pass(
    sweep: Sweep, weights: StackedWeights, captured: bool
) -> tuple[Callable, Callable]:
    """A training step as a function of recordings alone, and the dev pass as one of nothing.

    Args:
        sweep: Its lanes are trained.
        weights: Of all lanes, changed in place.
        captured: Whether each is one CUDA graph, for recordings of one length.
    """
    optimiser = Adam(weights.values(), **sweep.adam, fused=True, capturable=captured)
    dev = sweep.dev.features_ntf, sweep.dev.gold_ntk, sweep.dev.valid_ntk

    def step(*recordings: Tensor) -> Tensor:
        return train_step(weights, optimiser, *recordings, sweep.task_weights_lk)

    def score() -> tuple[Tensor, Tensor]:
        return dev_pass(weights, *dev, sweep.task_weights_lk)

    if not captured:
        return step, score
    any_g1 = np.zeros((len(set(sweep.seed_l)), 1), int)
    (examples,) = recordings_in_order(sweep.train, any_g1, of_one_length=True)
    return Captured(step, examples, weights.values(), optimiser), Captured(score, ())


def train_together(
    sweep: Sweep, max_epochs: int, patience: int
) -> tuple[StackedWeights, list[Curve]]:
    """Train all lanes of a sweep until none improves on dev any more (§4.2).

    Returns:
        The weights of each lane's best epoch, and the lanes' curves.

    Raises:
        ValueError: The lanes do not come seed by seed, equally many for each.
    """
    weights = stacked_weights(sweep)
    on_gpu = sweep.task_weights_lk.is_cuda
    step, score = step_and_dev_pass(sweep, weights, captured=on_gpu)
    best_weights = {name: tensor.detach().clone() for name, tensor in weights.items()}
    curve_l = [Curve() for _ in sweep.lane_l]
    for order_gn in seed_orders(sweep)[:max_epochs]:
        # The next step may write its losses to the same place.
        losses = [
            step(*recordings).clone()
            for recordings in recordings_in_order(sweep.train, order_gn, of_one_length=on_gpu)
        ]
        dev_loss_l, dev_ccc_lk = score()
        finite_l = torch.stack([w.isfinite().flatten(1).all(1) for w in weights.values()]).all(0)
        scores = torch.stack(losses).mean(0), dev_loss_l, dev_ccc_lk, finite_l
        scores_of_lanes = zip(*(score.tolist() for score in scores), strict=True)
        for lane, scores_of_lane in enumerate(scores_of_lanes):
            if not curve_l[lane].is_over(patience) and curve_l[lane].add(*scores_of_lane):
                for name, tensor in weights.items():
                    best_weights[name][lane] = tensor[lane].detach()
        if all(curve.is_over(patience) for curve in curve_l):
            break
    return best_weights, curve_l


def train_lanes(sweep: Sweep, max_epochs: int, patience: int) -> list[Curve]:
    """The curves of `train_together`."""
    return train_together(sweep, max_epochs, patience)[1]


def seed_orders(sweep: Sweep) -> np.ndarray:
    """The order of the N training recordings of each seed in each epoch, shape (E, G, N)."""
    seeds = list(dict.fromkeys(sweep.seed_l))
    if sweep.seed_l != np.repeat(seeds, len(sweep.seed_l) // len(seeds)).tolist():
        raise ValueError("the lanes have to come seed by seed, equally many for each")
    return np.stack([sweep.order_en[seed] for seed in seeds], axis=1)


def recordings_in_order(
    train: Partition, order_gn: np.ndarray, of_one_length: bool
) -> Iterator[tuple[Tensor, Tensor, Tensor]]:
    """Features (G, T, F), gold standards (G, T, K) and validity (G, T, K) of each step.

    They are padded only as far as the longest of the G recordings needs, or all to one length.
    """
    order_on_device_gn = torch.from_numpy(order_gn).to(train.features_ntf.device)
    for step, order_g in enumerate(order_gn.T):
        of_step = [train.frames_n[n] for n in order_g]
        frames = max(train.frames_n if of_one_length else of_step)
        yield tuple(
            array_nt[order_on_device_gn[:, step], :frames]
            for array_nt in (train.features_ntf, train.gold_ntk, train.valid_ntk)
        )


if __name__ == "__main__":
    command_line.run(train_lanes, "Train all lanes of a sweep of loss weights together.")
