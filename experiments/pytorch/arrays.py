"""A sweep as the arrays that `third_party/pytorch_baseline/` reads, by their names there.

The PyTorch programs then start from the same weights, see the same recordings in the same order
and stop by the same rule.
"""

import jax
import jax.numpy as jnp
import numpy as np

from affdyn_jax.dataset.examples import Examples
from affdyn_jax.method.model import initial_weights
from affdyn_jax.method.tasks import task_weights, tasks_of
from affdyn_jax.prediction.exported.torch_weights import to_torch
from affdyn_jax.training.lanes import Lane
from affdyn_jax.training.repetitions import recording_order
from affdyn_jax.training.settings import TrainingSettings


def arrays_of(
    train: Examples,
    dev: Examples,
    lanes: tuple[Lane, ...],
    dimensions: tuple[str, ...],
    settings: TrainingSettings,
) -> dict[str, np.ndarray]:
    """The PyTorch programs' arrays by name.

    Args:
        train: The training partition.
        dev: The dev partition.
        lanes: One of the groups of `lanes.lanes_by_hidden_size`.
        dimensions: The D dimensions.
        settings: How the lanes are trained. Orders of recordings are given for as many epochs
            as there may be.
    """
    feature_count, task_count = train.features_ntf.shape[-1], train.gold_ntk.shape[-1]
    arrays = {
        **{f"train/{name}": array for name, array in train._asdict().items()},
        **{f"dev/{name}": array for name, array in dev._asdict().items()},
        "lane_l": np.array([lane.name for lane in lanes]),
        "task_k": np.array([task.column for task in tasks_of(dimensions)]),
        "seed_l": np.array([lane.seed for lane in lanes]),
        "task_weights_lk": np.stack([task_weights(x.dimensions, x.w, dimensions) for x in lanes]),
        "learning_rate": np.float64(settings.learning_rate),
        "betas": np.array((settings.beta1, settings.beta2), np.float64),
        "epsilon": np.float64(settings.epsilon),
        "patience": np.int64(settings.patience),
    }
    for seed in dict.fromkeys(lane.seed for lane in lanes):
        epochs = range(1, settings.max_epochs + 1)
        orders = [recording_order(seed, epoch, len(train.frames_n)) for epoch in epochs]
        arrays[f"seed{seed}/order_en"] = np.stack(orders)
        key = jax.random.key(jnp.uint32(seed))
        weights = initial_weights(key, feature_count, lanes[0].hidden_size, task_count)
        for name, array in to_torch(weights).items():
            arrays[f"seed{seed}/weights/{name}"] = array
    return arrays
