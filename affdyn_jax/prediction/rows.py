"""Frames of features on their way to rows of predictions."""

from collections.abc import Iterable
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from affdyn_jax.dataset.standardisation import standardised
from affdyn_jax.features.extractor import Frames
from affdyn_jax.features.pooling import GrowingPool

if TYPE_CHECKING:
    from affdyn_jax.prediction.trained_model import TrainedModel

SAMPLES = "the samples"  # what messages call a recording that is no file


class Rows:
    """Rows of one recording: frames pooled, standardised, given to the lanes."""

    def __init__(self, model: "TrainedModel", source: object):
        self._model, self._source = model, source
        self._pool = GrowingPool(model.extractor.feature_count, model.frame_rate, source)
        self._carried = model.predicting_lanes.begin()
        self._fed, self._count = 0, 0
        self._meaningless = model.predicting_lanes.wait
        self.none = self._frame(np.empty((0, len(model.columns))))

    def add(self, frames: Frames) -> pd.DataFrame:
        """The rows that these frames complete."""
        model = self._model
        features_tf = self._pool.add(frames)
        if not len(features_tf):
            return self.none
        standardised_tf = standardised(
            model.standardisation, features_tf, model.frame_rate, self._source, self._fed
        )
        self._fed += len(features_tf)
        predictions_tc, self._carried = model.predicting_lanes.continue_from(
            standardised_tf, self._carried
        )
        return self._next(predictions_tc)

    def finish(self) -> pd.DataFrame:
        """The rows that a low-pass layer has held back; none without one."""
        return self._next(self._model.predicting_lanes.held_back(self._carried))

    def _next(self, predictions_tc: np.ndarray) -> pd.DataFrame:
        dropped = min(self._meaningless, len(predictions_tc))
        self._meaningless -= dropped
        rows = self._frame(predictions_tc[dropped:])
        self._count += len(rows)
        return rows

    def _frame(self, predictions_tc: np.ndarray) -> pd.DataFrame:
        numbers_t = np.arange(self._count, self._count + len(predictions_tc))
        times_t = numbers_t / self._model.frame_rate + self._model.annotation_delay
        index = pd.Index(times_t, name="time", dtype=np.float64)
        rows_tc = self._model.rating_scale.from_unit(predictions_tc, self._model.lanes_of)
        return pd.DataFrame(rows_tc, index=index, columns=list(self._model.columns))


def joined(rows: Iterable[pd.DataFrame]) -> pd.DataFrame:
    """All rows; putting a table together costs more than predicting for it."""
    rows = list(rows)
    return pd.concat(rows) if len(rows) > 1 else rows[0]
