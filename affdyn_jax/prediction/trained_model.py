"""A trained model at work: audio or features in, states and dynamics out."""

import dataclasses
import functools
import logging
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from affdyn_jax.dataset.standardisation import Standardisation
from affdyn_jax.errors import AudioError, FeatureError
from affdyn_jax.features.audio import SAMPLE_RATE, audio_blocks
from affdyn_jax.features.extractor import Blocks, Extractor, Frames
from affdyn_jax.features.tables import FeatureTables
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
        extractor: What turns samples into frames of features, or reads them from tables.
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
    extractor: Extractor | FeatureTables
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
            others = "named; export it again"
            if not self.takes_tables:
                others = "made of audio; name the encoder's checkpoint that it was trained with"
            raise FeatureError(
                f"the model was trained on {trained} features, but {made} are {others}"
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

    @property
    def takes_tables(self) -> bool:
        """Whether it predicts from files of features instead of sound."""
        return isinstance(self.extractor, FeatureTables)

    def predict(
        self, recording: np.ndarray | str | Path, sample_rate: float | None = None
    ) -> pd.DataFrame:
        """States and dynamics of a recording.

        Args:
            recording: A file, as `rows_of_file` takes it; or samples: mono, shape (S,), floating
                point, full scale ±1.
            sample_rate: Of samples, in Hz, any from 1000 to 768 000; the features' own is 16 000.
                A file has its own.

        Returns:
            A row for each quarter of a second, shape (T, C), float64. Index `time`: where the
            quarter of a second begins, in seconds from the first sample, plus
            `annotation_delay`. Columns as `columns` has them: states on `rating_scale`,
            dynamics their change per second.

        Raises:
            AudioError: The file cannot be read; the samples are of another shape or kind, NaN or
                infinite, all alike, shorter than a row, or the rate is out of range or missing.
            FeatureError: No features can be made of them.
            CorpusError: As of `rows_of_file`.
        """
        if self._is_table(recording):
            return joined(self.rows_of_file(Path(recording)))
        return joined(self.rows(*sound_of(recording, sample_rate)))

    def plot(self, recording: np.ndarray | str | Path, sample_rate: float | None = None) -> Picture:
        """A picture of a recording: its waveform, and states and dynamics over time.

        A notebook shows it; its `svg` and `png` are what a file of that name would hold.

        Args:
            recording: As of `predict`, as is what follows. Of a file of features there is no
                waveform.
            sample_rate: Of samples.

        Raises:
            AudioError: As of `predict`.
            FeatureError: As of `predict`.
            CorpusError: As of `predict`.
        """
        # Matplotlib takes long to load.
        from affdyn_jax.prediction.picture import picture_of
        from affdyn_jax.report.figures.prediction import scale_of

        if self._is_table(recording):
            source, blocks = Path(recording), None
            predicted = joined(self.rows_of_file(source))
        else:
            blocks, source = sound_of(recording, sample_rate)
            predicted = joined(self.rows(blocks, source))
        name = source.stem if isinstance(source, Path) else source
        return picture_of(self, name, blocks, predicted, scale_of(self.dimensions, [predicted]))

    def _is_table(self, recording: np.ndarray | str | Path) -> bool:
        """Whether a recording is a file of the features that the model was trained on."""
        return self.takes_tables and isinstance(recording, str | Path)

    def rows(self, blocks: Blocks, source: object) -> Iterator[pd.DataFrame]:
        """States and dynamics of a recording of any length, in memory that does not grow.

        Args:
            blocks: Its samples block by block, at 16 kHz, as `audio.audio_blocks` gives them;
                called once, or twice with an encoder.
            source: Names the recording in messages.

        Yields:
            The rows of `predict`, some at a time.

        Raises:
            AudioError: All samples are alike, or too few for a row; possibly after all rows.
            FeatureError: No features can be made of them.
        """
        if self.takes_tables:
            raise FeatureError(
                f"{source}: the model was trained on tables of features, {self.extractor.source}, "
                "not on sound; give it such files"
            )

        def audible() -> Iterator[np.ndarray]:
            return _audible(blocks(), 1 / self.frame_rate, source)

        yield from self._rows(self.extractor.frames(audible, source), source)

    def rows_of_file(self, path: Path) -> Iterator[pd.DataFrame]:
        """The same of a recording on disk.

        Args:
            path: An audio file of any format that libsndfile reads; for a model that `takes_tables`
                a file of features, as `FeatureTables.frames` takes it.

        Raises:
            AudioError: As of `rows`, or the file cannot be read.
            FeatureError: As of `rows`, or the tables' lengths differ.
            CorpusError: A file of features is missing or no such table.
        """
        if self.takes_tables:
            return self._rows(self.extractor.frames(path), path)
        return self.rows(functools.partial(audio_blocks, path), path)

    def _rows(self, frames: Iterable[Frames], source: object) -> Iterator[pd.DataFrame]:
        rows = Rows(self, source)
        for of_some in frames:
            yield rows.add(of_some)
        if len(last := rows.finish()):
            yield last

    def stream(self, sample_rate: float = SAMPLE_RATE) -> Stream:
        """The model on sound that is still arriving.

        Args:
            sample_rate: Of the samples that will come, in Hz, any from 1000 to 768 000.

        Raises:
            AudioError: The rate is out of range.
            FeatureError: The features are an encoder's, or were not made from audio.
        """
        if self.takes_tables:
            raise FeatureError(
                f"the model was trained on tables of features, {self.extractor.source}, which "
                "nobody makes while sound comes in; predict from files, or use a run with mfb"
            )
        if not self.extractor.is_streamable:
            raise FeatureError(
                "an encoder hears 30 s at a time, mostly after the level of the whole recording, "
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

    @functools.cached_property
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
