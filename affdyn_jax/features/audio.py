"""Audio files to mono samples at 16 kHz, whatever their format and rate."""

from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

import numpy as np
import soundfile
import soxr

from affdyn_jax.errors import AudioError

SAMPLE_RATE = 16000

_BLOCK = 1 << 16
# Headers of MP3 and the like tell the length only roughly.
_LENGTH_TOLERANCE_S = 1.0


def open_audio(path: Path) -> BinaryIO:
    """Open an audio file for reading its bytes.

    Raises:
        AudioError: The file is missing, is not to be opened, or is empty.
    """
    try:
        file = path.open("rb")
    except OSError as error:
        raise AudioError(
            f"{path}: the audio cannot be opened ({error.strerror}); "
            "check the corpus's audio folder and the file's permissions"
        ) from error
    if path.stat().st_size == 0:
        file.close()
        raise AudioError(f"{path}: the audio file is empty (0 bytes); copy it again")
    return file


def read_audio(path: Path) -> np.ndarray:
    """Samples of an audio file, mixed to mono and resampled to `SAMPLE_RATE`.

    Args:
        path: As `audio_blocks` takes it.

    Returns:
        The samples, shape (S,), float32, full scale ±1.

    Raises:
        AudioError: As `audio_blocks` does.
    """
    return np.concatenate(list(audio_blocks(path)))


def audio_blocks(path: Path) -> Iterator[np.ndarray]:
    """The samples of an audio file block by block, so that memory does not grow with it.

    Channels are averaged. Where the file's rate differs from `SAMPLE_RATE`, soxr's
    band-limited `HQ` takes over, which is `librosa.resample`'s `soxr_hq`. A file below 16 kHz
    brings nothing above half its own rate: spectral features there are as low as silence.

    Args:
        path: Any format that libsndfile reads: WAV, FLAC, OGG, MP3, AIFF, ….

    Yields:
        Samples of shape (S,), float32, full scale ±1, at `SAMPLE_RATE`.

    Raises:
        AudioError: The file is missing, empty, unreadable, cut short, or holds NaN or
            infinite samples.
    """
    with open_audio(path) as file:
        try:
            with soundfile.SoundFile(file) as audio:
                yield from _resampled(_mono_blocks(path, audio), audio.samplerate)
        # A name in .raw makes soundfile ask for a rate and a format by a TypeError.
        except (soundfile.SoundFileError, TypeError) as error:
            reason = getattr(error, "error_string", str(error)).rstrip(".")
            raise AudioError(
                f"{path}: the audio cannot be read ({reason}); convert it to WAV or FLAC"
            ) from error


def _mono_blocks(path: Path, audio: soundfile.SoundFile) -> Iterator[np.ndarray]:
    """Channels averaged, at the file's rate, checked.

    Not by `SoundFile.blocks`, which fills up a file that ends early with stale samples.
    """
    count, rate = 0, audio.samplerate
    while len(block_sc := audio.read(_BLOCK, dtype="float32", always_2d=True)):
        # NumPy's mean over so short an axis takes as long as the decoding.
        samples = sum(block_sc.T) / audio.channels
        finite = np.isfinite(samples)
        if not finite.all():
            raise AudioError(
                f"{path}: NaN or infinite samples, the first at "
                f"{(count + np.argmin(finite)) / rate:.3f} s; export the audio again"
            )
        count += len(samples)
        yield samples
    if count == 0:
        raise AudioError(f"{path}: the audio holds no samples; leave the recording out")
    if count < audio.frames - _LENGTH_TOLERANCE_S * rate:
        raise AudioError(
            f"{path}: the audio is cut short: its header promises {audio.frames / rate:.2f} s, "
            f"it holds {count / rate:.2f} s; copy it again"
        )


def _resampled(blocks: Iterator[np.ndarray], rate: int) -> Iterator[np.ndarray]:
    """The same sound at `SAMPLE_RATE`."""
    if rate == SAMPLE_RATE:
        yield from blocks
        return
    resampler = soxr.ResampleStream(rate, SAMPLE_RATE, num_channels=1, dtype="float32")
    for block in blocks:
        yield resampler.resample_chunk(block)
    yield resampler.resample_chunk(np.empty(0, np.float32), last=True)
