"""The whole sweep: every hidden size's lanes trained together, one size after the other."""

import dataclasses
from collections.abc import Mapping, Sequence

import numpy as np
import optax
import pandas as pd

from affdyn_jax import progress
from affdyn_jax.dataset import Dataset
from affdyn_jax.evaluation import lane_scores
from affdyn_jax.lanes import Lane, Task, task_weights, tasks_of
from affdyn_jax.training import EpochScores, Trained, predict_lanes, train_lanes
from affdyn_jax.workdir import column_name

# The w of the dev loss that early stopping goes by: the lane's own, or that of one target.
MONITORS = {"loss": None, "state": 0.0, "dynamics": 1.0}


@dataclasses.dataclass(frozen=True, eq=False)
class TrainedLanes:
    """The L lanes of one hidden size after training.

    Attributes:
        lanes: The lanes.
        trained: Their weights and history.
        predictions: Of `dev` and, if there is one, `test`, shape (L, N, T, K).
    """

    lanes: tuple[Lane, ...]
    trained: Trained
    predictions: dict[str, np.ndarray]


def train_sweep(
    lanes_by_hidden_size: Mapping[int, Sequence[Lane]],
    dataset: Dataset,
    dimensions: Sequence[str],
    optimiser: optax.GradientTransformation,
    max_epochs: int,
    patience: int,
    monitor: str,
) -> list[TrainedLanes]:
    """Train all lanes and predict dev and test with each one's best epoch.

    Args:
        lanes_by_hidden_size: From `lanes.lanes_by_hidden_size`.
        dataset: Has the partitions `train` and `dev`.
        dimensions: The D dimensions.
        optimiser: From `training.adam`.
        max_epochs: As §4.2.
        patience: As §4.2.
        monitor: A key of `MONITORS`.
    """
    return [
        _train_hidden_size(
            tuple(lanes), dataset, dimensions, optimiser, max_epochs, patience, monitor
        )
        for lanes in lanes_by_hidden_size.values()
    ]


def _train_hidden_size(
    lanes: tuple[Lane, ...],
    dataset: Dataset,
    dimensions: Sequence[str],
    optimiser: optax.GradientTransformation,
    max_epochs: int,
    patience: int,
    monitor: str,
) -> TrainedLanes:
    monitored_w = MONITORS[monitor]
    hidden_size = lanes[0].hidden_size

    def weights_of_all(w: float | None) -> np.ndarray:
        return np.stack(
            [
                task_weights(lane.dimensions, lane.w if w is None else w, dimensions)
                for lane in lanes
            ]
        )

    title = f"training H = {hidden_size}, {len(lanes)} lanes"
    with progress.stage(title, max_epochs, "epochs") as advance:

        def on_epoch(epoch: int, stopped_l: np.ndarray, scores: EpochScores) -> None:
            best = np.nanmax(scores.dev_ccc_k) if np.isfinite(scores.dev_ccc_k).any() else np.nan
            advance(f"{np.sum(~stopped_l)} lanes training, best dev CCC {best:.3f}")

        trained = train_lanes(
            weights_of_all(None),
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
        partition: np.asarray(predict_lanes(trained.weights, examples.features_ntf))
        for partition, examples in dataset.examples.items()
        if partition != "train"
    }
    return TrainedLanes(lanes, trained, predictions)


def score_sweep(
    sweep: Sequence[TrainedLanes], dataset: Dataset, dimensions: Sequence[str]
) -> pd.DataFrame:
    """The table `lanes.csv` of all hidden sizes (see `evaluation.lane_scores`)."""
    labelled = {partition: dataset.examples[partition] for partition in dataset.labelled}
    return pd.concat(
        [
            lane_scores(
                group.lanes,
                tasks_of(dimensions),
                group.predictions,
                labelled,
                group.trained.best_epoch_l,
                group.trained.epochs_l,
                group.trained.diverged_l,
            )
            for group in sweep
        ],
        ignore_index=True,
    )


def learning_curves(sweep: Sequence[TrainedLanes], tasks: Sequence[Task]) -> pd.DataFrame:
    """The table `history.csv`: a row for each lane and epoch that it trained."""
    curves = []
    for group in sweep:
        history = group.trained.history
        for index, lane in enumerate(group.lanes):
            trained = slice(0, int(group.trained.epochs_l[index]))
            curve = {
                "lane": lane.name,
                "setup": lane.setup,
                "hidden_size": lane.hidden_size,
                "w": lane.w,
                "seed": lane.seed,
                "epoch": np.arange(1, trained.stop + 1),
                "train_loss": history.train_loss[trained, index],
                "dev_loss": history.dev_loss[trained, index],
            }
            for k, task in enumerate(tasks):
                curve[f"dev_ccc_{column_name(task)}"] = history.dev_ccc_k[trained, index, k]
            curves.append(pd.DataFrame(curve))
    return pd.concat(curves, ignore_index=True)
