"""Lines of JSON, one for each epoch of a hidden size: what `history.csv` has at the end, live.

    {"hidden_size": 16, "epoch": 1, "lane": ["arousal-h16-w0-seed0", …], "train_loss": [0.98, …], …}

A line has the lanes that trained in that epoch, and lists of their scores in the same order.
"""

import json
import math
from pathlib import Path
from typing import ClassVar

from affdyn_jax.tracking.tracker import Tracker
from affdyn_jax.training.scored_epochs import ScoredEpoch
from affdyn_jax.workdir.files import EPOCHS


class JsonLines(Tracker):
    """`epochs.jsonl`, which begins anew with each start of the run.

    Epochs of before are told again, so no line is there twice, and an interrupted run ends with
    the file of one that never was.
    """

    name: ClassVar[str] = EPOCHS

    def __init__(self, run_folder: Path):
        self._path = run_folder / EPOCHS
        self._is_begun = False

    def on_epoch(self, epoch: ScoredEpoch) -> None:
        """Write its line."""
        line = {
            "hidden_size": epoch.lanes[0].hidden_size,
            "epoch": epoch.number,
            "lane": [lane.name for lane in epoch.lanes],
            **{
                name: [_number(value) for value in values_l]
                for name, values_l in epoch.columns.items()
            },
        }
        mode = "a" if self._is_begun else "w"
        with self._path.open(mode, encoding="utf-8", newline="\n") as file:
            file.write(json.dumps(line) + "\n")
        self._is_begun = True


def _number(value: float) -> float | None:
    """Six decimals, as tables have them; JSON has neither NaN nor infinity."""
    return round(float(value), 6) if math.isfinite(value) else None
