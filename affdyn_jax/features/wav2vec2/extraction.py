"""Audio files to wav2vec 2.0 features on the 4 Hz grid, windows of all recordings in batches."""

import dataclasses
import functools
import itertools
import math
import reprlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, ClassVar, NamedTuple

import jax
import numpy as np

from affdyn_jax.errors import FeatureError
from affdyn_jax.features.audio import SAMPLE_RATE, SOUND, audio_blocks
from affdyn_jax.features.extractor import Blocks, Frames
from affdyn_jax.features.pooling import FramePool
from affdyn_jax.features.settings import CheckpointSettings
from affdyn_jax.features.wav2vec2.checkpoint import Checkpoint, read_checkpoint
from affdyn_jax.features.wav2vec2.encoder_settings import EncoderSettings
from affdyn_jax.features.wav2vec2.encoder_weights import load
from affdyn_jax.features.wav2vec2.samples import VARIANCE_FLOOR, normalised_windows
from affdyn_jax.features.wav2vec2.window_encoder import WindowEncoder
from affdyn_jax.features.wav2vec2.windows import (
    RECEPTIVE_FIELD,
    STRIDE,
    Window,
    cut_windows,
    frame_count,
    frame_times,
    frames_within,
    overlapping_windows,
)


@dataclasses.dataclass(frozen=True)
class Wav2Vec2Settings:
    """What the features of a recording depend on besides its audio.

    Attributes:
        checkpoint: `Checkpoint.identity`.
        layers: Of `Wav2Vec2Encoder`; None for the last hidden state.
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

    def windows(self, sample_count: int) -> list[Window]:
        """The windows of a recording of so many samples at 16 kHz."""
        if self.overlap is None:
            return cut_windows(sample_count, frames_within(self.window))
        return overlapping_windows(
            sample_count, frames_within(self.window), frames_within(self.overlap)
        )


class Wav2Vec2Features:
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
        settings: Wav2Vec2Settings,
        source: str,
        devices: Sequence[jax.Device] | None = None,
    ):
        self.identity, self.checkpoint = settings, settings.checkpoint
        self.normalises = checkpoint.preprocessor.get("do_normalize", True)
        if not isinstance(self.normalises, bool):
            raise FeatureError(
                f"{source}: its feature extractor's do_normalize is "
                f"{reprlib.repr(self.normalises)}, neither true nor false; choose another "
                "checkpoint"
            )
        rate = checkpoint.preprocessor.get("sampling_rate", SAMPLE_RATE)
        if rate != SAMPLE_RATE:
            raise FeatureError(
                f"{source}: its feature extractor wants audio at {rate} Hz, but features are "
                f"made at {SAMPLE_RATE} Hz; choose another checkpoint"
            )
        encoder = EncoderSettings.from_config(checkpoint.config, source)
        if (math.prod(encoder.conv_stride), _receptive_field(encoder)) != (STRIDE, RECEPTIVE_FIELD):
            raise FeatureError(
                f"{source}: its convolutions make frames of {_receptive_field(encoder)} samples "
                f"every {math.prod(encoder.conv_stride)}; only {RECEPTIVE_FIELD} every {STRIDE} "
                "are supported, so choose another checkpoint"
            )
        self.feature_count = encoder.hidden_size
        weights = load(encoder, checkpoint.tensors, source)
        self._encoder = WindowEncoder(encoder, weights, settings.layers, settings.dtype, devices)
        self.batch_size = self._encoder.batch_size

    @property
    def front_end(self) -> dict[str, Any]:
        """As `Extractor.front_end`; the checkpoint is named beside it."""
        settings = self.identity
        return {
            "kind": "wav2vec 2.0",
            "sound": SOUND,
            "recording_normalised": self.normalises,
            "variance_floor": VARIANCE_FLOOR,
            "mean_of_layers": list(settings.layers or ["last hidden state"]),
            "window_seconds": settings.window,
            "overlap_seconds": settings.overlap,
            "dtype": settings.dtype,
            "hop_length": STRIDE,
            "first_centre": RECEPTIVE_FIELD / 2,
        }

    def frames(self, blocks: Blocks, source: object) -> Iterator[Frames]:
        """As `Extractor.frames`; reads the recording twice, for its level and for the windows."""
        _, windows, samples = self._normalised_windows(blocks, source)
        # All but the last one are of one length, so that batches keep their order.
        pieces = map(_Piece, itertools.repeat(None), windows, samples)
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
        """All windows, recording by recording, each with its samples."""
        for name, path in audio_paths.items():
            blocks = functools.partial(audio_blocks, path)
            sample_count, windows, samples = self._normalised_windows(blocks, path)
            last_time = frame_times(np.array(frame_count(sample_count) - 1), SAMPLE_RATE)
            pool = FramePool(float(last_time), self.feature_count, frame_rate)
            recording = _Recording(name, path, pool, len(windows))
            yield from map(_Piece, itertools.repeat(recording), windows, samples)

    def _normalised_windows(
        self, blocks: Blocks, source: object
    ) -> tuple[int, Sequence[Window], Iterator[np.ndarray]]:
        return normalised_windows(blocks, self.identity.windows, self.normalises, source)

    def _encoded(
        self, pieces: Iterable["_Piece"]
    ) -> Iterator[tuple["_Piece", np.ndarray, np.ndarray]]:
        """Each window with the times of the frames that are kept of it and their hidden states."""
        for batch in _batches(pieces, self.batch_size):
            # Places that are left over repeat the first window, so that one program serves.
            filled = batch + batch[:1] * (self.batch_size - len(batch))
            hidden_btf = self._encoder(np.stack([piece.samples for piece in filled]))
            for piece, hidden_tf in zip(batch, hidden_btf, strict=False):
                window = piece.window
                kept = np.arange(window.kept.start, window.kept.stop)
                yield piece, frame_times(window.first_frame + kept, SAMPLE_RATE), hidden_tf[kept]


def read_wav2vec2(settings: CheckpointSettings, layers: Sequence[int]) -> Wav2Vec2Features:
    """Read the checkpoint that the settings name, ready to make features.

    Args:
        settings: Which checkpoint, and how it is used.
        layers: Whose mean the features are; none for the last hidden state.

    Raises:
        FeatureError: The checkpoint cannot be used.
    """
    checkpoint = read_checkpoint(settings.model, settings.revision or None)
    identity = Wav2Vec2Settings(
        checkpoint=checkpoint.identity,
        layers=tuple(layers) or None,
        window=settings.window,
        overlap=None if settings.cut else settings.overlap,
        dtype=settings.dtype,
    )
    return Wav2Vec2Features(checkpoint, identity, settings.model)


def _receptive_field(encoder: EncoderSettings) -> int:
    """Samples that one frame is made of."""
    samples = 1
    for kernel, stride in zip(encoder.conv_kernel[::-1], encoder.conv_stride[::-1], strict=True):
        samples = (samples - 1) * stride + kernel
    return samples


@dataclasses.dataclass
class _Recording:
    """A recording on its way: frames come in window by window until none is left."""

    name: str
    path: Path
    pool: FramePool
    windows_left: int


class _Piece(NamedTuple):
    """A window and its samples, normalised, shape (S,); of which recording, if of several."""

    recording: _Recording | None
    window: Window
    samples: np.ndarray


def _batches(pieces: Iterable[_Piece], size: int) -> Iterator[list[_Piece]]:
    """Windows in batches of one length each; the rest at the end is a batch, too."""
    waiting: dict[int, list[_Piece]] = {}
    for piece in pieces:
        batch = waiting.setdefault(len(piece.samples), [])
        batch.append(piece)
        if len(batch) == size:
            yield waiting.pop(len(piece.samples))
    yield from waiting.values()
