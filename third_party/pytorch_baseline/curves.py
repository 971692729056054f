"""A lane's learning curve: the basis of early stopping, and what is written to the table."""

import csv
import dataclasses
import math
from collections.abc import Sequence
from pathlib import Path


@dataclasses.dataclass
class Curve:
    """Losses and scores of one lane after E epochs.

    Attributes:
        train_loss_e: Mean loss of each epoch's steps.
        dev_loss_e: Mean loss of the dev recordings after each epoch.
        dev_ccc_ek: CCC of each task over the concatenated dev recordings.
        best_epoch: That of the lowest dev loss, counted from 1; 0 before there is one.
        diverged: Whether a loss or a weight became infinite or NaN.
    """

    train_loss_e: list[float] = dataclasses.field(default_factory=list)
    dev_loss_e: list[float] = dataclasses.field(default_factory=list)
    dev_ccc_ek: list[list[float]] = dataclasses.field(default_factory=list)
    best_epoch: int = 0
    diverged: bool = False

    def add(
        self, train_loss: float, dev_loss: float, dev_ccc_k: list[float], weights_are_finite: bool
    ) -> bool:
        """Record an epoch; returns whether it is the best so far."""
        best_loss = self.dev_loss_e[self.best_epoch - 1] if self.best_epoch else math.inf
        self.train_loss_e.append(train_loss)
        self.dev_loss_e.append(dev_loss)
        self.dev_ccc_ek.append(dev_ccc_k)
        is_finite = math.isfinite(train_loss) and math.isfinite(dev_loss) and weights_are_finite
        self.diverged = not is_finite
        if is_finite and dev_loss < best_loss:
            self.best_epoch = len(self.dev_loss_e)
        return self.best_epoch == len(self.dev_loss_e)

    def is_over(self, patience: int) -> bool:
        """Whether the lane diverged, or did not improve for `patience` epochs."""
        return self.diverged or len(self.dev_loss_e) - self.best_epoch >= patience


def write_curves(
    path: Path, curve_l: Sequence[Curve], lane_l: Sequence[str], task_k: Sequence[str]
) -> None:
    """Write a row for each lane and epoch, in the format of `history.csv`."""
    with path.open("w", newline="", encoding="utf-8") as file:
        table = csv.writer(file)
        table.writerow(
            ["lane", "epoch", "train_loss", "dev_loss", *(f"dev_ccc_{task}" for task in task_k)]
        )
        for lane, curve in zip(lane_l, curve_l, strict=True):
            epochs = zip(curve.train_loss_e, curve.dev_loss_e, curve.dev_ccc_ek, strict=True)
            for epoch, (train_loss, dev_loss, dev_ccc_k) in enumerate(epochs, start=1):
                table.writerow([lane, epoch, train_loss, dev_loss, *dev_ccc_k])
