"""Audio files to wav2vec 2.0 features on the 4 Hz grid, windows of all recordings in batches."""

import dataclasses
import functools
import itertools
import math
import reprlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import ClassVar, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jax.sharding import Mesh, NamedSharding, PartitionSpec

from affdyn_jax.errors import FeatureError
from affdyn_jax.features import cache
from affdyn_jax.features.audio import SAMPLE_RATE, audio_blocks
from affdyn_jax.features.pooling import FramePool
from affdyn_jax.features.wav2vec2.checkpoint import Checkpoint
from affdyn_jax.features.wav2vec2.encoder import encode
from affdyn_jax.features.wav2vec2.encoder_settings import EncoderSettings
from affdyn_jax.features.wav2vec2.encoder_weights import load
from affdyn_jax.features.wav2vec2.samples import normalised_windows
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
    """A checkpoint ready to encode windows on this process's devices.

    Args:
        checkpoint: The published weights.
        settings: What to compute.
        source: Where the checkpoint came from, for errors.
        devices: Of which each takes its share of a batch. By default all that are this
            process's own; on a CPU one, since its matrix products keep all cores busy.

    Raises:
        FeatureError: The checkpoint is not one of those that are supported.
    """

    def __init__(
        self,
        checkpoint: Checkpoint,
        settings: Wav2Vec2Settings,
        source: str,
        devices: Sequence[jax.Device] | None = None,
    ):
        self.settings = settings
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
        # A CPU gains nothing from more windows at once, and pays for them in memory.
        on_cpu = jax.default_backend() == "cpu"
        devices = devices or jax.local_devices()[: 1 if on_cpu else None]
        self.batch_size = len(devices) * (1 if on_cpu else 8)
        mesh = Mesh(np.array(devices), ("window",))
        self._on_one_device_each = NamedSharding(mesh, PartitionSpec("window"))
        weights = jax.tree.map(
            lambda leaf: leaf.astype(settings.dtype), load(encoder, checkpoint.tensors, source)
        )
        self._weights = jax.device_put(weights, NamedSharding(mesh, PartitionSpec()))
        self._encode = jax.jit(functools.partial(encode, encoder, layers=settings.layers))

    def __call__(self, samples_bs: np.ndarray) -> np.ndarray:
        """Hidden states of `batch_size` windows, shape (B, T, H), from samples (B, S)."""
        samples = jax.device_put(samples_bs, self._on_one_device_each)
        return np.asarray(self._encode(self._weights, samples).astype(jnp.float32))


def _receptive_field(encoder: EncoderSettings) -> int:
    """Samples that one frame is made of."""
    samples = 1
    for kernel, stride in zip(encoder.conv_kernel[::-1], encoder.conv_stride[::-1], strict=True):
        samples = (samples - 1) * stride + kernel
    return samples


class _Recording:
    """A recording on its way: frames come in window by window until none is left."""

    def __init__(self, name: str, path: Path, description: str):
        self.name, self.path, self.description = name, path, description
        self.windows_left = 0
        self.pool: FramePool | None = None


class _Piece(NamedTuple):
    """A window and its samples, normalised, shape (S,); of which recording, if of several."""

    recording: _Recording | None
    window: Window
    samples: np.ndarray


def extract_wav2vec2(
    audio_paths: Mapping[str, Path],
    extractor: Wav2Vec2Features,
    frame_rate: float,
    cache_folder: Path,
    on_recording: Callable[[str, float, bool], None] | None = None,
) -> dict[str, np.ndarray]:
    """Features of each recording, computed or from the cache.

    Windows of several recordings share a batch, so that short recordings fill the devices as
    well as long ones. A recording is kept in the cache as soon as its last window is done.

    Args:
        audio_paths: Audio file of each recording.
        extractor: The checkpoint.
        frame_rate: Frames per second of the grid, 4 in the paper.
        cache_folder: Where features are kept; made if missing.
        on_recording: Called after each recording with its name, its seconds of audio, and
            whether it came from the cache.

    Returns:
        Features of each recording, shape (T, F), float32, in the order of `audio_paths`.

    Raises:
        AudioError: An audio file cannot be read.
        FeatureError: A recording is too short, or the cache cannot be written.
    """
    features = {}

    def finish(recording: _Recording, features_tf: np.ndarray, from_cache: bool) -> None:
        features[recording.name] = features_tf
        if on_recording is not None:
            on_recording(recording.name, len(features_tf) / frame_rate, from_cache)

    def missing() -> Iterator[_Recording]:
        for name, path in audio_paths.items():
            description = cache.describe(path, extractor.settings, frame_rate)
            recording = _Recording(name, path, description)
            kept = cache.load(cache_folder, description)
            if kept is None:
                yield recording
            else:
                finish(recording, kept, True)

    pieces = _windows(missing(), extractor, frame_rate)
    for piece, times, hidden_tf in _encoded(pieces, extractor):
        recording = piece.recording
        recording.pool.add(times, hidden_tf)
        recording.windows_left -= 1
        if recording.windows_left == 0:
            features_tf = recording.pool.features(recording.path)
            cache.store(cache_folder, recording.description, features_tf)
            finish(recording, features_tf, False)
    return {name: features[name] for name in audio_paths}


def frames_in_order(
    blocks: Callable[[], Iterable[np.ndarray]], extractor: Wav2Vec2Features, source: object
) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Frames of one recording from its beginning to its end, without the cache.

    Args:
        blocks: Its samples block by block, at 16 kHz; called twice, for the level and for the
            windows, so that memory does not grow with it.
        extractor: The checkpoint.
        source: Names the recording in messages.

    Yields:
        Of each window the times of its frames in seconds, shape (S,), and their hidden states,
        shape (S, H).

    Raises:
        FeatureError: The recording is too short.
    """
    _, windows, samples = normalised_windows(
        blocks, extractor.settings.windows, extractor.normalises, source
    )
    # All but the last one are of one length, so that batches keep their order.
    pieces = map(_Piece, itertools.repeat(None), windows, samples)
    for _, times, hidden_tf in _encoded(pieces, extractor):
        yield times, hidden_tf


def _windows(
    recordings: Iterable[_Recording], extractor: Wav2Vec2Features, frame_rate: float
) -> Iterator[_Piece]:
    """All windows, recording by recording, each with its samples."""
    for recording in recordings:
        sample_count, windows, samples = normalised_windows(
            functools.partial(audio_blocks, recording.path),
            extractor.settings.windows,
            extractor.normalises,
            recording.path,
        )
        last_time = frame_times(np.array(frame_count(sample_count) - 1), SAMPLE_RATE)
        recording.windows_left = len(windows)
        recording.pool = FramePool(float(last_time), extractor.feature_count, frame_rate)
        yield from map(_Piece, itertools.repeat(recording), windows, samples)


def _encoded(
    pieces: Iterable[_Piece], extractor: Wav2Vec2Features
) -> Iterator[tuple[_Piece, np.ndarray, np.ndarray]]:
    """Each window with the times of the frames that are kept of it and their hidden states."""
    for batch in _batches(pieces, extractor.batch_size):
        # Places that are left over repeat the first window, so that one program serves.
        filled = batch + batch[:1] * (extractor.batch_size - len(batch))
        hidden_btf = extractor(np.stack([piece.samples for piece in filled]))
        for piece, hidden_tf in zip(batch, hidden_btf, strict=False):
            window = piece.window
            kept = np.arange(window.kept.start, window.kept.stop)
            yield piece, frame_times(window.first_frame + kept, SAMPLE_RATE), hidden_tf[kept]


def _batches(pieces: Iterable[_Piece], size: int) -> Iterator[list[_Piece]]:
    """Windows in batches of one length each; whatever is left at the end is a batch too."""
    waiting: dict[int, list[_Piece]] = {}
    for piece in pieces:
        batch = waiting.setdefault(len(piece.samples), [])
        batch.append(piece)
        if len(batch) == size:
            yield waiting.pop(len(piece.samples))
    yield from waiting.values()
