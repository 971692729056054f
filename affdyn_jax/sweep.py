"""The lanes of one hidden size: trained together, watched, and asked for predictions."""

import dataclasses
import logging
from collections.abc import Mapping, Sequence

import numpy as np
import optax

from affdyn_jax import progress
from affdyn_jax.dataset import Dataset
from affdyn_jax.epoch import EpochScores
from affdyn_jax.lanes import Lane, task_weights
from affdyn_jax.training import Trained, predict_lanes, train_lanes

log = logging.getLogger(__name__)

# The w of the dev loss that early stopping goes by: the lane's own, or that of one target.
MONITORS = {"loss": None, "state": 0.0, "dynamics": 1.0}


@dataclasses.dataclass(frozen=True, eq=False)
class TrainedLanes:
    """The L lanes of one hidden size after training.

    Attributes:
        lanes: The lanes.
        trained: Their weights and history.
        predictions: Of `dev` and, if there is one, `test`, shape (L, N, T, K); all finite but
            for lanes that diverged.
    """

    lanes: tuple[Lane, ...]
    trained: Trained
    predictions: dict[str, np.ndarray]


def train_together(
    lanes: tuple[Lane, ...],
    dataset: Dataset,
    dimensions: Sequence[str],
    optimiser: optax.GradientTransformation,
    max_epochs: int,
    patience: int,
    monitor: str,
) -> TrainedLanes:
    """Train all lanes of one hidden size, and predict dev and test with each one's best epoch.

    Args:
        lanes: One of the groups of `lanes.lanes_by_hidden_size`.
        dataset: Has the partitions `train` and `dev`.
        dimensions: The D dimensions.
        optimiser: From `training.adam`.
        max_epochs: After which every lane is over (§4.2).
        patience: Epochs without improvement after which a lane is over (§4.2).
        monitor: A key of `MONITORS`.
    """
    monitored_w = MONITORS[monitor]
    hidden_size = lanes[0].hidden_size

    def weights_of_all(w: float | None) -> np.ndarray:
        return np.stack(
            [
                task_weights(lane.dimensions, lane.w if w is None else w, dimensions)
                for lane in lanes
            ]
        )

    task_weights_lk = weights_of_all(None)
    title = f"training H = {hidden_size}, {len(lanes)} lanes"
    with progress.stage(title, max_epochs, "epochs") as advance:
        best = -np.inf

        def on_epoch(
            epoch: int, stopped_l: np.ndarray, diverging_l: np.ndarray, scores: EpochScores
        ) -> None:
            nonlocal best
            for index in np.flatnonzero(diverging_l):
                log.warning(
                    "%s diverged in epoch %d: its %s became infinite or NaN",
                    lanes[index].name,
                    epoch,
                    _what_diverged(scores, index),
                )
            is_trained_lk = (task_weights_lk > 0) & np.isfinite(scores.dev_ccc_k)
            best = max(best, np.max(scores.dev_ccc_k, initial=best, where=is_trained_lk))
            advance(f"{np.sum(~stopped_l)} lanes training, best dev CCC so far {best:.3f}")

        trained = train_lanes(
            task_weights_lk,
            weights_of_all(monitored_w),
            list(dict.fromkeys(lane.seed for lane in lanes)),
            hidden_size,
            dataset.examples["train"],
            dataset.examples["dev"],
            optimiser,
            max_epochs,
            patience,
            on_epoch,
        )
    predictions = {
        partition: predict_lanes(trained.weights, examples)
        for partition, examples in dataset.examples.items()
        if partition != "train"
    }
    return TrainedLanes(lanes, _without_infinite(lanes, trained, predictions), predictions)


def _what_diverged(scores: EpochScores, index: int) -> str:
    """What is not finite of a lane that has just diverged."""
    for name, loss_l in (("training loss", scores.train_loss), ("dev loss", scores.dev_loss)):
        if not np.isfinite(loss_l[index]):
            return name
    return "weights"


def _without_infinite(
    lanes: Sequence[Lane], trained: Trained, predictions: Mapping[str, np.ndarray]
) -> Trained:
    """Finite weights may be so large that predictions are not: such a lane has diverged too."""
    diverged_l = trained.diverged_l.copy()
    for partition, predictions_lntk in predictions.items():
        is_finite_l = np.isfinite(predictions_lntk).all(axis=(1, 2, 3))
        for index in np.flatnonzero(~is_finite_l & ~diverged_l):
            log.warning(
                "%s diverged: its predictions for %s became infinite or NaN",
                lanes[index].name,
                partition,
            )
        diverged_l |= ~is_finite_l
    return trained._replace(diverged_l=diverged_l)
