"""A trained model at work: audio in, states and dynamics out."""

import dataclasses
import logging
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from pathlib import Path

import numpy as np
import pandas as pd

from affdyn_jax.dataset.standardisation import Standardisation
from affdyn_jax.errors import AudioError, FeatureError
from affdyn_jax.features.audio import SAMPLE_RATE
from affdyn_jax.features.extractor import Blocks, Extractor
from affdyn_jax.method.low_pass import LowPass
from affdyn_jax.method.model import Weights
from affdyn_jax.method.rating_scale import UNIT_SCALE, RatingScale
from affdyn_jax.method.tasks import Task, tasks_of
from affdyn_jax.prediction.ensemble import PredictingLanes
from affdyn_jax.prediction.model_html import model_html
from affdyn_jax.prediction.rows import Rows, joined
from affdyn_jax.prediction.sound import sound_of
from affdyn_jax.prediction.stream import Stream
from affdyn_jax.report.document.blocks import Picture

log = logging.getLogger(__name__)

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
        low_pass: The layer after the head, where the weights have its cut-offs.

    Raises:
        FeatureError: The extractor makes another number of features.
    """

    dimensions: tuple[str, ...]
    frame_rate: float
    annotation_delay: float
    extractor: Extractor
    standardisation: Standardisation
    weights: Mapping[str, Weights]
    lanes_of: Mapping[Task, Sequence[str]]
    is_standin: bool
    rating_scale: RatingScale = UNIT_SCALE
    low_pass: LowPass | None = None

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

    def _repr_html_(self) -> str:
        return model_html(self)

    def predict(
        self, audio: np.ndarray | str | Path, sample_rate: float | None = None
    ) -> pd.DataFrame:
        """States and dynamics of a recording.

        Args:
            audio: An audio file of any rate and format; or samples: mono, shape (S,), floating
                point, full scale ±1.
            sample_rate: Of the samples, in Hz, any from 1000 to 768 000; the features' own is
                16 000. A file has its own.

        Returns:
            A row for each quarter of a second, shape (T, C), float64. Index `time`: where the
            quarter of a second begins, in seconds from the first sample, plus
            `annotation_delay`. Columns as `columns` has them: states on `rating_scale`,
            dynamics their change per second.

        Raises:
            AudioError: The file cannot be read; the samples are of another shape or kind, NaN or
                infinite, all alike, shorter than a row, or the rate is out of range or missing.
            FeatureError: No features can be made of them.
        """
        return joined(self.rows(*sound_of(audio, sample_rate)))

    def plot(self, audio: np.ndarray | str | Path, sample_rate: float | None = None) -> Picture:
        """A picture of a recording: its waveform, and states and dynamics over time.

        A notebook shows it; its `svg` and `png` are what a file of that name would hold.

        Args:
            audio: As of `predict`, as is what follows.
            sample_rate: Of the samples.

        Raises:
            AudioError: As of `predict`.
            FeatureError: As of `predict`.
        """
        from affdyn_jax.prediction.picture import picture_of  # Matplotlib takes long to load

        blocks, source = sound_of(audio, sample_rate)
        name = source.stem if isinstance(source, Path) else source
        return picture_of(self, name, blocks, joined(self.rows(blocks, source)))

    def rows(self, blocks: Blocks, source: object) -> Iterator[pd.DataFrame]:
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

        def audible() -> Iterator[np.ndarray]:
            return _audible(blocks(), 1 / self.frame_rate, source)

        rows = Rows(self, source)
        for frames in self.extractor.frames(audible, source):
            yield rows.add(frames)
        if len(last := rows.finish()):
            yield last

    def stream(self, sample_rate: float = SAMPLE_RATE) -> Stream:
        """The model on sound that is still arriving.

        Args:
            sample_rate: Of the samples that will come, in Hz, any from 1000 to 768 000.

        Raises:
            AudioError: The rate is out of range.
            FeatureError: The features are wav2vec 2.0's.
        """
        if not self.extractor.is_streamable:
            raise FeatureError(
                "wav2vec 2.0 hears 30 s at a time, and first the level of the whole recording, "
                "so the model cannot follow sound as it comes; predict from whole recordings, "
                "or use a run with mfb"
            )
        stream = Stream(self, sample_rate)
        if self.low_pass:
            log.info(
                "the model has a %s low-pass layer: rows come up to %g s after what is heard, and "
                "what they say is %g s older",
                self.low_pass.kind,
                stream.delay,
                stream.lag,
            )
        return stream

    @cached_property
    def predicting_lanes(self) -> PredictingLanes:
        """The lanes, ready to compute."""
        tasks = tasks_of(self.dimensions)
        return PredictingLanes(self.weights, self.lanes_of, tasks, self.low_pass)


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
