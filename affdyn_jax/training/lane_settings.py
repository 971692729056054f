"""From the lanes' names and numbers to the arrays that make them, and the program they need."""

from collections.abc import Sequence

import numpy as np

from affdyn_jax.dataset.dataset import Dataset
from affdyn_jax.method.low_pass import NONE, low_pass_of
from affdyn_jax.method.tasks import task_weights
from affdyn_jax.training.lane_state import LaneSettings
from affdyn_jax.training.lanes import FIXED, Lane
from affdyn_jax.training.parts import Parts
from affdyn_jax.training.settings import TrainingSettings
from affdyn_jax.training.weighting.choice import rules_of

# The w of the dev loss that early stopping goes by: the lane's own, or that of one target.
MONITORS = {"loss": None, "state": 0.0, "dynamics": 1.0}

# A rule moves its own loss, so that going by it would compare epochs by different measures.
_MONITORED_BY_RULES = 0.0
_BOTH_ALIKE = 0.5


def lane_settings(
    lanes: Sequence[Lane], dimensions: Sequence[str], settings: TrainingSettings
) -> LaneSettings:
    """What makes each of the L lanes, every array with a leading axis L.

    Args:
        lanes: The lanes.
        dimensions: All D dimensions of the corpus.
        settings: What is not swept.
    """
    rules = _rules(lanes)

    def weights(w: float | None, w_of_rules: float) -> np.ndarray:
        """Task weights of all lanes, (L, K), by the lane's own w unless one is given."""
        ws = [
            (lane.w if w is None else w) if lane.weighting == FIXED else w_of_rules
            for lane in lanes
        ]
        return np.stack(
            [
                task_weights(lane.dimensions, w, dimensions)
                for lane, w in zip(lanes, ws, strict=True)
            ]
        )

    alike = fixed_lanes(
        weights(None, _BOTH_ALIKE),
        weights(MONITORS[settings.monitor], _MONITORED_BY_RULES),
        settings,
    )
    followed = [[FIXED, *rules].index(lane.weighting) for lane in lanes]
    own = {
        name: np.array([dict(lane.swept)[name] for lane in lanes], getattr(alike, name).dtype)
        for name, _ in lanes[0].swept
        if name in alike._fields
    }
    is_filtered = [_filter(lane) != NONE for lane in lanes]
    return alike._replace(
        rule=np.array(followed, np.int32), is_filtered=np.array(is_filtered), **own
    )


def fixed_lanes(
    task_weights_lk: np.ndarray, monitor_weights_lk: np.ndarray, settings: TrainingSettings
) -> LaneSettings:
    """Lanes that differ in their task weights alone; as `lane_settings` of shape (L,)."""
    lane_count = len(task_weights_lk)

    def all_alike(value: float, dtype: type) -> np.ndarray:
        return np.full(lane_count, value, dtype)

    return LaneSettings(
        task_weights=task_weights_lk,
        monitor_weights=monitor_weights_lk,
        rule=all_alike(0, np.int32),
        learning_rate=all_alike(settings.learning_rate, np.float32),
        patience=all_alike(settings.patience, np.int32),
        weight_decay=all_alike(settings.weight_decay, np.float32),
        dropout=all_alike(settings.dropout, np.float32),
        is_filtered=all_alike(False, np.bool_),
    )


def parts_of(lanes: Sequence[Lane], settings: TrainingSettings, dataset: Dataset) -> Parts:
    """The program that these lanes need on a dataset."""

    def is_used(name: str) -> bool:
        return any(dict(lane.swept).get(name, getattr(settings, name)) > 0 for lane in lanes)

    return Parts(
        settings,
        rules_of(_rules(lanes), settings),
        has_weight_decay=is_used("weight_decay"),
        has_dropout=is_used("dropout"),
        low_pass=low_pass_of(
            {dict(lane.swept).get("low_pass", NONE) for lane in lanes}, dataset.frame_rate
        ),
        layer_count=len(dataset.summed_layers),
    )


def _rules(lanes: Sequence[Lane]) -> list[str]:
    """The rules that move w of some lanes."""
    return list(dict.fromkeys(lane.weighting for lane in lanes if lane.weighting != FIXED))


def _filter(lane: Lane) -> str:
    """The kind of the lane's low-pass layer."""
    return dict(lane.swept).get("low_pass", NONE)
