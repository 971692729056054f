"""Data, lanes and numbers of a sweep, read from the .npz of `experiments/pytorch/export.py`.

The file holds no objects, only arrays: `train/` and `dev/` with features_ntf, gold_ntk,
valid_ntk and frames_n; lane_l and task_k (names), seed_l, task_weights_lk; for each seed
`seed0/order_en` and, under the names of the model's state, the initial weights
`seed0/weights/gru.weight_ih_l0`, …; learning_rate, betas, epsilon, patience.
"""

import dataclasses
import zipfile
from pathlib import Path

import numpy as np
import torch
from torch import Tensor


@dataclasses.dataclass(frozen=True)
class Partition:
    """N recordings, padded at the end to the longest one.

    Attributes:
        features_ntf: Standardised features, shape (N, T, F).
        gold_ntk: Gold standard of each task, shape (N, T, K).
        valid_ntk: Which frames of a task count, shape (N, T, K), boolean.
        frames_n: Frames of each recording before padding.
    """

    features_ntf: Tensor
    gold_ntk: Tensor
    valid_ntk: Tensor
    frames_n: list[int]

    def recordings(self) -> list[tuple[Tensor, Tensor, Tensor]]:
        """Features (T, F), gold standard (T, K) and validity (T, K) of each one, unpadded."""
        return [
            (self.features_ntf[n, :frames], self.gold_ntk[n, :frames], self.valid_ntk[n, :frames])
            for n, frames in enumerate(self.frames_n)
        ]


@dataclasses.dataclass(frozen=True)
class Sweep:
    """Data, lanes and numbers of a sweep; all tensors are on one device.

    Attributes:
        train: The training partition.
        dev: The dev partition.
        lane_l: Names of the L lanes.
        task_k: Names of the K tasks.
        seed_l: Each lane's seed.
        task_weights_lk: Weights of the tasks in each lane's loss, shape (L, K).
        weights: For each seed the initial weights, under the names of the model's state.
        order_en: For each seed the order of training recordings in each epoch, (E, N).
        adam: Arguments of the optimiser.
        patience: Epochs without improvement on dev after which a lane stops.
    """

    train: Partition
    dev: Partition
    lane_l: list[str]
    task_k: list[str]
    seed_l: list[int]
    task_weights_lk: Tensor
    weights: dict[int, dict[str, Tensor]]
    order_en: dict[int, np.ndarray]
    adam: dict[str, float | tuple[float, ...]]
    patience: int


def read_sweep(path: Path, device: str) -> Sweep:
    """Read a sweep and move it to a device.

    Raises:
        ValueError: The file is missing or no sweep.
    """
    try:
        with np.load(path) as file:
            arrays = dict(file)
        return _sweep(arrays, device)
    except FileNotFoundError:
        raise ValueError(f"{path}: no such file; experiments/pytorch/export.py makes it") from None
    except (KeyError, ValueError, EOFError, zipfile.BadZipFile):
        raise ValueError(f"{path}: not written by experiments/pytorch/export.py") from None


def _sweep(arrays: dict[str, np.ndarray], device: str) -> Sweep:
    def tensors(prefix: str) -> dict[str, Tensor]:
        return {
            name.removeprefix(prefix): torch.from_numpy(array).to(device)
            for name, array in arrays.items()
            if name.startswith(prefix)
        }

    def partition(name: str) -> Partition:
        return Partition(**tensors(f"{name}/") | {"frames_n": arrays[f"{name}/frames_n"].tolist()})

    seed_l = arrays["seed_l"].tolist()
    return Sweep(
        train=partition("train"),
        dev=partition("dev"),
        lane_l=arrays["lane_l"].tolist(),
        task_k=arrays["task_k"].tolist(),
        seed_l=seed_l,
        task_weights_lk=torch.from_numpy(arrays["task_weights_lk"]).to(device),
        weights={seed: tensors(f"seed{seed}/weights/") for seed in seed_l},
        order_en={seed: arrays[f"seed{seed}/order_en"] for seed in seed_l},
        adam={
            "lr": float(arrays["learning_rate"]),
            "betas": tuple(arrays["betas"].tolist()),
            "eps": float(arrays["epsilon"]),
        },
        patience=int(arrays["patience"]),
    )
