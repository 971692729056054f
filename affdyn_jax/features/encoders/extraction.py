"""Audio files to hidden states on the 4 Hz grid, windows of all recordings in batches."""

import dataclasses
import functools
import itertools
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, ClassVar, NamedTuple

import jax
import numpy as np

from affdyn_jax.errors import AudioError, FeatureError
from affdyn_jax.features.audio import SAMPLE_RATE, SOUND, audio_blocks, read_header
from affdyn_jax.features.encoders.architecture import Architecture
from affdyn_jax.features.encoders.checkpoint import Checkpoint, read_checkpoint
from affdyn_jax.features.encoders.front_end import FrontEnd
from affdyn_jax.features.encoders.inputs import windows_with_inputs
from affdyn_jax.features.encoders.weights import load
from affdyn_jax.features.encoders.window_encoder import WindowEncoder
from affdyn_jax.features.encoders.windows import (
    Geometry,
    Window,
    cut_windows,
    overlapping_windows,
)
from affdyn_jax.features.extractor import Blocks, Frames, by_recording
from affdyn_jax.features.pooling import GrowingPool
from affdyn_jax.features.settings import EncoderSettings


@dataclasses.dataclass(frozen=True)
class EncoderIdentity:
    """What the features of a recording depend on besides its audio.

    Attributes:
        checkpoint: `Checkpoint.identity`.
        layers: Of `architecture.encode`; None for the last hidden state.
        window: Length of a window in seconds.
        overlap: How much neighbouring windows share, in seconds; None cuts the recording into
            windows, as was done before, which loses a frame at each cut.
        dtype: That of the computation, `float32` or `bfloat16`.
    """

    checkpoint: str
    layers: tuple[int, ...] | None
    window: float
    overlap: float | None
    dtype: str

    version: ClassVar[int] = 1
    # The name of this class when the first caches were made.
    cached_as: ClassVar[str] = "Wav2Vec2Settings"

    def windows(self, geometry: Geometry, sample_count: int) -> list[Window]:
        """The windows of a recording of so many samples at 16 kHz."""
        if self.overlap is None:
            return cut_windows(geometry, sample_count, geometry.frames_within(self.window))
        return overlapping_windows(
            *(geometry, sample_count),
            *(geometry.frames_within(self.window), geometry.frames_within(self.overlap)),
        )


class EncoderFeatures:
    """An `Extractor`: a checkpoint ready to encode windows on this process's devices.

    Args:
        checkpoint: The published weights.
        settings: What to compute.
        source: Where the checkpoint came from, for errors.
        devices: As of `WindowEncoder`.

    Raises:
        FeatureError: The checkpoint is not one of those that are supported.
    """

    is_streamable: ClassVar[bool] = False

    def __init__(
        self,
        checkpoint: Checkpoint,
        settings: EncoderIdentity,
        source: str,
        devices: Sequence[jax.Device] | None = None,
    ):
        self.identity = self._settings = settings
        self.checkpoint = settings.checkpoint
        architecture = Architecture.of(checkpoint.config, source)
        self.family = architecture.family
        self._front_end = self.family.front_end(
            architecture.settings, checkpoint.preprocessor, source
        )
        _check_windows(self._front_end, settings.window, settings.overlap, source)
        self.feature_count = architecture.settings.hidden_size
        self.highest_layer = architecture.settings.num_hidden_layers
        weights = load(architecture, checkpoint.tensors, source)
        self._encoder = WindowEncoder(
            architecture, weights, settings.layers, settings.dtype, devices
        )
        self.batch_size = self._encoder.batch_size
        self._needs_remainder = architecture.needs_remainder

    @property
    def front_end(self) -> dict[str, Any]:
        """As `Extractor.front_end`; the checkpoint is named beside it."""
        settings = self._settings
        return {
            "kind": self.family.title,
            "sound": SOUND,
            **self._front_end.described,
            "mean_of_layers": list(settings.layers or ["last hidden state"]),
            "window_seconds": settings.window,
            "overlap_seconds": settings.overlap,
            "dtype": settings.dtype,
            "hop_length": self._front_end.geometry.stride,
            "first_centre": self._front_end.geometry.first_centre,
        }

    def frames(self, blocks: Blocks, source: object) -> Iterator[Frames]:
        """As `Extractor.frames`; reads the recording twice, for its level and for the windows."""
        return (frames for _, frames in self._encoded(self._pieces("", blocks, source)))

    def frames_of_each(self, audio_paths: Mapping[str, Path]) -> Iterator[tuple[str, Frames]]:
        """As `LayeredExtractor.frames_of_each`, the shortest recordings first.

        So those of one length follow one another and share batches, and recordings longer than a
        window keep their order.
        """
        by_length = sorted(audio_paths.items(), key=lambda named: self._seconds_at_once(named[1]))
        pieces_of_each = (
            self._pieces(name, functools.partial(audio_blocks, path), path)
            for name, path in by_length
        )
        return self._encoded(itertools.chain.from_iterable(pieces_of_each))

    def extract(
        self, audio_paths: Mapping[str, Path], frame_rate: float, workers: int
    ) -> Iterator[tuple[str, np.ndarray]]:
        """As `Extractor.extract`, in the order of `frames_of_each`.

        The devices do the work, whatever the number of workers.
        """
        for name, frames_of_one in by_recording(self.frames_of_each(audio_paths)):
            pool = GrowingPool(self.feature_count, frame_rate, audio_paths[name])
            yield name, np.concatenate([pool.add(frames) for frames in frames_of_one])

    def _seconds_at_once(self, path: Path) -> float:
        """How much of a recording enters the network at once, by its header."""
        geometry = self._front_end.geometry
        window_frames = geometry.frames_within(self._settings.window)
        most = geometry.sample_count(window_frames) / SAMPLE_RATE
        try:
            return min(read_header(path).seconds, most)
        except AudioError:
            return most  # reading it says what is wrong

    def _pieces(self, recording: str, blocks: Blocks, source: object) -> Iterator["_Piece"]:
        """The windows of a recording, each with its inputs."""
        windows, inputs = windows_with_inputs(blocks, self._windows, self._front_end, source)
        for window, of_window in zip(windows, inputs, strict=True):
            yield _Piece(recording, window, of_window, window is windows[-1])

    def _windows(self, sample_count: int) -> list[Window]:
        geometry = self._front_end.geometry
        # Convolutions of fewer samples round otherwise in the last digits, so samples are left out
        # only where recordings then share batches.
        if self.batch_size > 1 and not self._needs_remainder:
            sample_count = geometry.sample_count(geometry.frame_count(sample_count))
        return self._settings.windows(geometry, sample_count)

    def _hidden(self, inputs: np.ndarray) -> np.ndarray:
        """Features of a batch of windows, shape (B, T, F)."""
        return self._encoder(inputs)

    def _encoded(self, pieces: Iterable["_Piece"]) -> Iterator[tuple[str, Frames]]:
        """The frames that are kept of each window, by its recording's name."""
        for batch in _batches(pieces, self.batch_size):
            # Places that are left over repeat the first window, so that one program serves.
            filled = batch + batch[:1] * (self.batch_size - len(batch))
            hidden_btf = self._hidden(np.stack([piece.inputs for piece in filled]))
            for piece, hidden_tf in zip(batch, hidden_btf, strict=False):
                window = piece.window
                kept = np.arange(window.kept.start, window.kept.stop)
                times_s = self._front_end.geometry.frame_times(window.first_frame + kept)
                # Whichever frame comes next comes later, if not how much.
                next_time = np.inf if piece.is_last else times_s[-1]
                yield piece.recording, Frames(times_s, hidden_tf[kept], next_time)


def read_encoder(settings: EncoderSettings, layers: Sequence[int]) -> EncoderFeatures:
    """Read the checkpoint that the settings name, ready to make features.

    Args:
        settings: Which checkpoint, and how it is used.
        layers: Whose mean the features are; none for the last hidden state.

    Raises:
        FeatureError: The checkpoint cannot be used.
    """
    return EncoderFeatures(*read_identity(settings, layers), settings.model)


def read_identity(
    settings: EncoderSettings, layers: Sequence[int] = ()
) -> tuple[Checkpoint, EncoderIdentity]:
    """The checkpoint that the settings name, and what its features depend on.

    Arguments and errors are those of `read_encoder`.
    """
    overlap = None if settings.cut else settings.overlap
    checkpoint = read_checkpoint(
        *(settings.model, settings.revision or None, settings.adapter),
        check=lambda front_end: _check_windows(front_end, settings.window, overlap, settings.model),
    )
    return checkpoint, EncoderIdentity(
        checkpoint=checkpoint.identity,
        layers=tuple(layers) or None,
        window=settings.window,
        overlap=overlap,
        dtype=settings.dtype,
    )


def _check_windows(front_end: FrontEnd, window: float, overlap: float | None, source: str) -> None:
    """Refuse windows of another length than the encoder hears, and such as never advance."""
    geometry = front_end.geometry
    only = geometry.window_frames
    if only is not None and geometry.frames_within(window) != only:
        raise FeatureError(
            f"{source}: this encoder hears {geometry.seconds(only):g} s at a time, but "
            f"features.encoder.window={window:g}; leave that out"
        )
    if overlap is not None and not geometry.advance(window, overlap):
        raise FeatureError(
            f"{source}: windows of {window:g} s that overlap by {overlap:g} s never advance by a "
            f"frame of {geometry.seconds(1):g} s; set features.encoder.overlap lower"
        )


class _Piece(NamedTuple):
    """A window and what the network takes of it; of which recording, and whether its last."""

    recording: str
    window: Window
    inputs: np.ndarray
    is_last: bool


def _batches(pieces: Iterable[_Piece], size: int) -> Iterator[list[_Piece]]:
    """Windows of one shape that follow one another, so many at most.

    A recording that cannot be read ends it after those before it.
    """
    batch, fault = [], None
    try:
        for piece in pieces:
            if batch and piece.inputs.shape != batch[0].inputs.shape:
                yield batch
                batch = []
            batch.append(piece)
            if len(batch) == size:
                yield batch
                batch = []
    except (AudioError, FeatureError) as error:
        fault = error
    if batch:
        yield batch
    if fault:
        raise fault
