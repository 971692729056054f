"""A trained model on sound that arrives piece by piece."""

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from affdyn_jax.errors import AudioError
from affdyn_jax.features.audio import SAMPLE_RATE, Resampler, checked_samples, cut
from affdyn_jax.features.streaming import PiecewiseFrames
from affdyn_jax.prediction.rows import SAMPLES, Rows, joined

if TYPE_CHECKING:
    from affdyn_jax.prediction.trained_model import TrainedModel


class Stream:
    """A model on sound that is still arriving; made by `TrainedModel.stream`.

    All rows together are those of `TrainedModel.predict`, wherever the sound is cut.

    Attributes:
        delay: A row is out at the latest so many seconds of sound after its quarter of a
            second: what the features hear of the future, 0.0125 s with `mfb` (and in fact
            0.005 s) and 2.0525 s with `mfcc`, whose windows are centred on their time. At
            other rates than 16 kHz resampling adds what `docs/live.md` says. A centred
            low-pass layer adds 4 s.
        lag: Seconds by which what a row says is older than it would be without a low-pass layer:
            1 of a causal one, 0 otherwise. Such rows come no later for it.
    """

    def __init__(self, model: "TrainedModel", sample_rate: float):
        self._rate = sample_rate
        self._resampler = Resampler(sample_rate)
        self._frames = PiecewiseFrames(model.extractor, SAMPLES)
        self._rows = Rows(model, SAMPLES)
        self._heard, self._is_over = 0, False
        # Compiled before sound comes in, not while it waits.
        lanes, feature_count = model.predicting_lanes, model.extractor.feature_count
        lanes.continue_from(np.zeros((1, feature_count), np.float32), lanes.begin())
        self.delay = model.extractor.timing.reach / SAMPLE_RATE + lanes.wait / model.frame_rate
        self.lag = model.low_pass.lag / model.frame_rate if model.low_pass else 0.0

    def add(self, samples: np.ndarray) -> pd.DataFrame:
        """The rows that these samples complete, often none.

        Args:
            samples: The next ones, any number of them, shape (S,), as of `predict`.

        Returns:
            Rows as of `TrainedModel.predict`.

        Raises:
            AudioError: The samples are of another shape or kind, NaN or infinite, or come
                after `finish`.
            FeatureError: They are so large that a feature is not finite.
        """
        if self._is_over:
            raise AudioError("the stream is finished; begin another one with stream()")
        samples = checked_samples(samples, self._rate, self._heard)
        self._heard += len(samples)
        rows = [self._completed(self._resampler.add(block)) for block in cut(samples)]
        return joined(rows) if rows else self._rows.none

    def finish(self) -> pd.DataFrame:
        """The rows that are left when the sound has ended.

        Raises:
            AudioError: The stream was finished before.
            FeatureError: All of it was too short for a frame of features.
        """
        if self._is_over:
            raise AudioError("the stream is finished; begin another one with stream()")
        self._is_over = True
        last = self._completed(self._resampler.finish())
        return joined([last, self._rows.add(self._frames.finish()), self._rows.finish()])

    def _completed(self, samples: np.ndarray) -> pd.DataFrame:
        """The rows that samples at 16 kHz complete."""
        return self._rows.add(self._frames.add(samples))
