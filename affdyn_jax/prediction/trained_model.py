"""A trained model at work: audio in, states and dynamics out."""

import dataclasses
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from affdyn_jax.dataset.standardisation import Standardisation, standardised
from affdyn_jax.errors import AudioError, FeatureError
from affdyn_jax.features.audio import SAMPLE_RATE, Resampler, checked_samples
from affdyn_jax.features.extractor import Extractor
from affdyn_jax.features.pooling import GrowingPool
from affdyn_jax.features.streaming import PiecewiseFrames
from affdyn_jax.method.model import Weights
from affdyn_jax.method.rating_scale import UNIT_SCALE, RatingScale
from affdyn_jax.method.tasks import Task, tasks_of
from affdyn_jax.prediction.ensemble import PredictingLanes

if TYPE_CHECKING:
    from affdyn_jax.features.wav2vec2.extraction import Wav2Vec2Features

# Samples that are worked on at once, however many come.
_BLOCK = 1 << 16

_SAMPLES = "the samples"

_NAMED = 4  # lanes whose names a line has room for


@dataclasses.dataclass(frozen=True, eq=False)
class TrainedModel:
    """All that it takes to predict from audio, wherever it was kept.

    Attributes:
        dimensions: The D dimensions that it was trained on.
        frame_rate: Rows per second, 4 in the paper.
        annotation_delay: Seconds by which the raters lagged behind the speech. What is heard
            at t predicts their rating of t + delay, and the rows carry that time.
        extractor: What turns samples into frames of features.
        standardisation: That of the training frames, F features.
        weights: Of each lane that predicts, by its name.
        lanes_of: For each task, the lanes whose mean predicts it; one that is missing is not
            predicted.
        is_standin: Whether it was trained on generated data.
        rating_scale: That of the corpus, on which the rows are.

    Raises:
        FeatureError: The extractor makes another number of features.
    """

    dimensions: tuple[str, ...]
    frame_rate: float
    annotation_delay: float
    extractor: "Extractor | Wav2Vec2Features"
    standardisation: Standardisation
    weights: Mapping[str, Weights]
    lanes_of: Mapping[Task, Sequence[str]]
    is_standin: bool
    rating_scale: RatingScale = UNIT_SCALE

    def __post_init__(self):
        """Refuse features that the weights were not trained on."""
        made, trained = self.extractor.feature_count, len(self.standardisation.mean_f)
        if made != trained:
            raise FeatureError(
                f"the model was trained on {trained} features, but {made} are made of audio; "
                "name the checkpoint of wav2vec 2.0 that it was trained with"
            )

    def __repr__(self) -> str:
        lanes = sorted({lane for of_task in self.lanes_of.values() for lane in of_task})
        named = ", ".join(lanes) if len(lanes) <= _NAMED else f"{len(lanes)}"
        return (
            f"TrainedModel({', '.join(self.columns)}; {self.extractor.feature_count} features at "
            f"{self.frame_rate:g} Hz; lanes {named}{'; stand-in data' if self.is_standin else ''})"
        )

    @property
    def columns(self) -> tuple[str, ...]:
        """Names of the C columns: states as `arousal`, dynamics as `arousal_dynamics`."""
        return tuple(task.column for task in self.lanes_of)

    def predict(self, samples: np.ndarray, sample_rate: float) -> pd.DataFrame:
        """States and dynamics of a recording.

        Args:
            samples: Mono, shape (S,), floating point, full scale ±1.
            sample_rate: In Hz, any from 1000 to 768 000; the features' own is 16 000.

        Returns:
            A row for each quarter of a second, shape (T, C), float64. Index `time`: where the
            quarter of a second begins, in seconds from the first sample, plus
            `annotation_delay`. Columns as `columns` has them: states on `rating_scale`,
            dynamics their change per second.

        Raises:
            AudioError: The samples are of another shape or kind, NaN or infinite, all alike,
                shorter than a row, or the rate is out of range.
            FeatureError: No features can be made of them.
        """
        samples = checked_samples(samples, sample_rate)
        return _joined(self.rows(lambda: _resampled(samples, sample_rate), _SAMPLES))

    def rows(
        self, blocks: Callable[[], Iterable[np.ndarray]], source: object
    ) -> Iterator[pd.DataFrame]:
        """States and dynamics of a recording of any length, in memory that does not grow.

        Args:
            blocks: Its samples block by block, at 16 kHz, as `audio.audio_blocks` gives them;
                called once, or twice with wav2vec 2.0.
            source: Names the recording in messages.

        Yields:
            The rows of `predict`, some at a time.

        Raises:
            AudioError: All samples are alike, or too few for a row; possibly after all rows.
            FeatureError: No features can be made of them.
        """
        rows = _Rows(self, source)
        if self._is_local:
            frames = PiecewiseFrames(self.extractor, source)
            for samples in _audible(blocks(), 1 / self.frame_rate, source):
                new = frames.add(samples)
                yield rows.add(*new, frames.next_time)
            yield rows.add(*frames.finish(), np.inf)
            return

        from affdyn_jax.features.wav2vec2.extraction import frames_in_order

        def audible() -> Iterator[np.ndarray]:
            return _audible(blocks(), 1 / self.frame_rate, source)

        for times_s, hidden_sf in frames_in_order(audible, self.extractor, source):
            # Whichever comes next comes later, if not how much.
            yield rows.add(times_s, hidden_sf, times_s[-1])
        yield rows.add(np.empty(0), np.empty((0, self.extractor.feature_count)), np.inf)

    def stream(self, sample_rate: float = SAMPLE_RATE) -> "Stream":
        """The model on sound that is still arriving.

        Args:
            sample_rate: Of the samples that will come, in Hz, any from 1000 to 768 000.

        Raises:
            AudioError: The rate is out of range.
            FeatureError: The features are wav2vec 2.0's.
        """
        if not self._is_local:
            raise FeatureError(
                "wav2vec 2.0 hears 30 s at a time, and first the level of the whole recording, "
                "so the model cannot follow sound as it comes; predict from whole recordings, "
                "or use a run with mfb"
            )
        return Stream(self, sample_rate)

    @property
    def _is_local(self) -> bool:
        """Whether frames are made of the samples around them alone, as `Extractor` has it."""
        return hasattr(self.extractor, "timing")

    @cached_property
    def predicting_lanes(self) -> PredictingLanes:
        """The lanes, ready to compute."""
        return PredictingLanes(self.weights, self.lanes_of, tasks_of(self.dimensions))


class Stream:
    """A model on sound that is still arriving; made by `TrainedModel.stream`.

    All rows together are those of `TrainedModel.predict`, wherever the sound is cut.

    Attributes:
        delay: A row is out at the latest so many seconds of sound after its quarter of a
            second: what the features hear of the future, 0.0125 s with `mfb` (and in fact
            0.005 s) and 2.0525 s with `mfcc`, whose windows are centred on their time. At
            other rates than 16 kHz resampling adds what `docs/predicting.md` says.
    """

    def __init__(self, model: TrainedModel, sample_rate: float):
        self._rate = sample_rate
        self._resampler = Resampler(sample_rate)
        self._frames = PiecewiseFrames(model.extractor, _SAMPLES)
        self._rows = _Rows(model, _SAMPLES)
        self._heard, self._is_over = 0, False
        # Compiled before sound comes in, not while it waits.
        lanes, feature_count = model.predicting_lanes, model.extractor.feature_count
        lanes.continue_from(np.zeros((1, feature_count), np.float32), lanes.begin())
        self.delay = model.extractor.timing.reach / SAMPLE_RATE

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
        rows = [self._completed(self._resampler.add(block)) for block in _cut(samples)]
        return _joined(rows) if rows else self._rows.none

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
        return _joined([last, self._rows.add(*self._frames.finish(), np.inf)])

    def _completed(self, samples: np.ndarray) -> pd.DataFrame:
        """The rows that samples at 16 kHz complete."""
        frames = self._frames.add(samples)
        return self._rows.add(*frames, self._frames.next_time)


class _Rows:
    """Frames of features on their way to rows: pooled, standardised, given to the lanes."""

    def __init__(self, model: TrainedModel, source: object):
        self._model, self._source = model, source
        self._pool = GrowingPool(model.extractor.feature_count, model.frame_rate, source)
        self._carried = model.predicting_lanes.begin()
        self._count = 0
        self.none = self._frame(np.empty((0, len(model.columns))))

    def add(self, times_s: np.ndarray, values_sf: np.ndarray, next_time: float) -> pd.DataFrame:
        """The rows that these frames complete; arguments as of `GrowingPool.add`."""
        model = self._model
        features_tf = self._pool.add(times_s, values_sf, next_time)
        if not len(features_tf):
            return self.none
        standardised_tf = standardised(
            model.standardisation, features_tf, model.frame_rate, self._source, self._count
        )
        predictions_tc, self._carried = model.predicting_lanes.continue_from(
            standardised_tf, self._carried
        )
        rows = self._frame(predictions_tc)
        self._count += len(rows)
        return rows

    def _frame(self, predictions_tc: np.ndarray) -> pd.DataFrame:
        numbers_t = np.arange(self._count, self._count + len(predictions_tc))
        times_t = numbers_t / self._model.frame_rate + self._model.annotation_delay
        index = pd.Index(times_t, name="time", dtype=np.float64)
        rows_tc = self._model.rating_scale.from_unit(predictions_tc, self._model.lanes_of)
        return pd.DataFrame(rows_tc, index=index, columns=list(self._model.columns))


def _joined(rows: Iterable[pd.DataFrame]) -> pd.DataFrame:
    """All rows; putting a table together costs more than predicting for it."""
    rows = list(rows)
    return pd.concat(rows) if len(rows) > 1 else rows[0]


def _resampled(samples: np.ndarray, rate: float) -> Iterator[np.ndarray]:
    """The samples at 16 kHz, block by block."""
    resampler = Resampler(rate)
    for block in _cut(samples):
        yield resampler.add(block)
    yield resampler.finish()


def _cut(samples: np.ndarray) -> Iterator[np.ndarray]:
    return (samples[start : start + _BLOCK] for start in range(0, len(samples), _BLOCK))


def _audible(
    blocks: Iterable[np.ndarray], shortest_s: float, source: object
) -> Iterator[np.ndarray]:
    """The blocks as they are, if at the end it turns out that there was something to hear."""
    count, lowest, highest = 0, np.inf, -np.inf
    for block in blocks:
        count += len(block)
        lowest, highest = block.min(initial=lowest), block.max(initial=highest)
        yield block
    if count < shortest_s * SAMPLE_RATE:
        raise AudioError(
            f"{source}: {count / SAMPLE_RATE:g} s of audio are shorter than a row of "
            f"{shortest_s:g} s; leave the recording out"
        )
    if lowest == highest:
        raise AudioError(
            f"{source}: silence, all samples are {lowest:g}; check that the recording is the "
            "right one, or leave it out"
        )
