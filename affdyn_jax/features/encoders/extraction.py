"""Audio files to hidden states on the 4 Hz grid, windows of all recordings in batches."""

import dataclasses
import functools
import itertools
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, ClassVar, NamedTuple

import jax
import numpy as np

from affdyn_jax.errors import FeatureError
from affdyn_jax.features.audio import SOUND, audio_blocks
from affdyn_jax.features.encoders.architecture import Architecture
from affdyn_jax.features.encoders.checkpoint import Checkpoint, read_checkpoint
from affdyn_jax.features.encoders.inputs import windows_with_inputs
from affdyn_jax.features.encoders.weights import load
from affdyn_jax.features.encoders.window_encoder import WindowEncoder
from affdyn_jax.features.encoders.windows import (
    Geometry,
    Window,
    cut_windows,
    overlapping_windows,
)
from affdyn_jax.features.extractor import Blocks, Frames
from affdyn_jax.features.pooling import FramePool
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
        _check_windows(self.family.title, self._front_end.geometry, settings, source)
        self.feature_count = architecture.settings.hidden_size
        self.highest_layer = architecture.settings.num_hidden_layers
        weights = load(architecture, checkpoint.tensors, source)
        self._encoder = WindowEncoder(
            architecture, weights, settings.layers, settings.dtype, devices
        )
        self.batch_size = self._encoder.batch_size

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
        _, windows, inputs = self._windows_with_inputs(blocks, source)
        # All but the last one are of one length, so that batches keep their order.
        pieces = map(_Piece, itertools.repeat(None), windows, inputs)
        for _, times_s, hidden_sf in self._encoded(pieces):
            # Whichever frame comes next comes later, if not how much.
            yield Frames(times_s, hidden_sf, times_s[-1])
        yield Frames(np.empty(0), np.empty((0, self.feature_count)), np.inf)

    def extract(
        self, audio_paths: Mapping[str, Path], frame_rate: float, workers: int
    ) -> Iterator[tuple[str, np.ndarray]]:
        """As `Extractor.extract`; the devices do the work, whatever the number of workers.

        Windows of several recordings share a batch, so that short recordings fill the devices as
        well as long ones.
        """
        for piece, times_s, hidden_sf in self._encoded(self._windows(audio_paths, frame_rate)):
            recording = piece.recording
            recording.pool.add(times_s, hidden_sf)
            recording.windows_left -= 1
            if recording.windows_left == 0:
                yield recording.name, recording.pool.features(recording.path)

    def _windows(self, audio_paths: Mapping[str, Path], frame_rate: float) -> Iterator["_Piece"]:
        """All windows, recording by recording, each with its inputs."""
        geometry = self._front_end.geometry
        for name, path in audio_paths.items():
            blocks = functools.partial(audio_blocks, path)
            sample_count, windows, inputs = self._windows_with_inputs(blocks, path)
            last_time = geometry.frame_times(np.array(geometry.frame_count(sample_count) - 1))
            pool = FramePool(float(last_time), self.feature_count, frame_rate)
            recording = _Recording(name, path, pool, len(windows))
            yield from map(_Piece, itertools.repeat(recording), windows, inputs)

    def _windows_with_inputs(
        self, blocks: Blocks, source: object
    ) -> tuple[int, Sequence[Window], Iterator[np.ndarray]]:
        windows_of = functools.partial(self._settings.windows, self._front_end.geometry)
        return windows_with_inputs(blocks, windows_of, self._front_end, source)

    def _hidden(self, inputs: np.ndarray) -> np.ndarray:
        """Features of a batch of windows, shape (B, T, F)."""
        return self._encoder(inputs)

    def _encoded(
        self, pieces: Iterable["_Piece"]
    ) -> Iterator[tuple["_Piece", np.ndarray, np.ndarray]]:
        """Each window with the times of the frames that are kept of it and their hidden states."""
        for batch in _batches(pieces, self.batch_size):
            # Places that are left over repeat the first window, so that one program serves.
            filled = batch + batch[:1] * (self.batch_size - len(batch))
            hidden_btf = self._hidden(np.stack([piece.inputs for piece in filled]))
            for piece, hidden_tf in zip(batch, hidden_btf, strict=False):
                window = piece.window
                kept = np.arange(window.kept.start, window.kept.stop)
                times_s = self._front_end.geometry.frame_times(window.first_frame + kept)
                yield piece, times_s, hidden_tf[kept]


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
    checkpoint = read_checkpoint(settings.model, settings.revision or None, settings.adapter)
    return checkpoint, EncoderIdentity(
        checkpoint=checkpoint.identity,
        layers=tuple(layers) or None,
        window=settings.window,
        overlap=None if settings.cut else settings.overlap,
        dtype=settings.dtype,
    )


def _check_windows(title: str, geometry: Geometry, settings: EncoderIdentity, source: str) -> None:
    """Refuse windows of another length than the encoder hears, and such as never advance."""
    only, window = geometry.window_frames, settings.window
    if only is not None and geometry.frames_within(window) != only:
        raise FeatureError(
            f"{source}: {title} hears {geometry.seconds(only):g} s at a time, but "
            f"features.encoder.window={window:g}; leave that out"
        )
    if settings.overlap is not None and not geometry.advance(window, settings.overlap):
        raise FeatureError(
            f"{source}: windows of {window:g} s that overlap by {settings.overlap:g} s never "
            f"advance by a frame of {geometry.seconds(1):g} s; set features.encoder.overlap lower"
        )


@dataclasses.dataclass
class _Recording:
    """A recording on its way: frames come in window by window until none is left."""

    name: str
    path: Path
    pool: FramePool
    windows_left: int


class _Piece(NamedTuple):
    """A window and what the network takes of it; of which recording, if of several."""

    recording: _Recording | None
    window: Window
    inputs: np.ndarray


def _batches(pieces: Iterable[_Piece], size: int) -> Iterator[list[_Piece]]:
    """Windows in batches of one shape each; the rest at the end is a batch, too."""
    waiting: dict[tuple[int, ...], list[_Piece]] = {}
    for piece in pieces:
        batch = waiting.setdefault(piece.inputs.shape, [])
        batch.append(piece)
        if len(batch) == size:
            yield waiting.pop(piece.inputs.shape)
    yield from waiting.values()
