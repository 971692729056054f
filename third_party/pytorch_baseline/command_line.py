"""The command line that the programs share."""

import argparse
import sys
from collections.abc import Callable
from pathlib import Path

import torch

from third_party.pytorch_baseline.curves import Curve, write_curves
from third_party.pytorch_baseline.data import Sweep, read_sweep
from third_party.pytorch_baseline.precision import use_full_float32


def run(train_lanes: Callable[[Sweep, int, int], list[Curve]], description: str) -> None:
    """Read a sweep, train all of its lanes by `train_lanes` and write their curves."""
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--data", type=Path, required=True, help=".npz of the sweep")
    parser.add_argument("--out", type=Path, required=True, help="CSV for the learning curves")
    parser.add_argument("--max_epochs", type=int, help="by default as many as the data has")
    parser.add_argument("--patience", type=int, help="epochs; by default as the data has it")
    has_gpu = torch.cuda.is_available()
    parser.add_argument("--device", choices=("cpu", "cuda"), default="cuda" if has_gpu else "cpu")
    arguments = parser.parse_args()
    use_full_float32()
    try:
        if arguments.device == "cuda" and not has_gpu:
            raise ValueError("--device=cuda: PyTorch finds no GPU; give --device=cpu")
        arguments.out.touch()  # a folder that is not there is better found before the training
        sweep = read_sweep(arguments.data, arguments.device)
        epochs = min(map(len, sweep.order_en.values()))
        max_epochs = epochs if arguments.max_epochs is None else arguments.max_epochs
        if not 1 <= max_epochs <= epochs:
            raise ValueError(f"--max_epochs={max_epochs}: {arguments.data} has 1 to {epochs}")
        patience = sweep.patience if arguments.patience is None else arguments.patience
        curve_l = train_lanes(sweep, max_epochs, patience)
        write_curves(arguments.out, curve_l, sweep.lane_l, sweep.task_k)
    except (ValueError, OSError) as error:
        sys.exit(f"error: {error}")
