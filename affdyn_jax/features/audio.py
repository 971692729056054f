"""Audio files to mono samples at 16 kHz, whatever their format and rate."""

import os
from array import array
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

import numpy as np
import soundfile
import soxr

from affdyn_jax.errors import AudioError

SAMPLE_RATE = 16000

# Samples of all channels together, since up to 1024 of them may be there.
_BLOCK = 1 << 16

# Speech below is not to be understood, and microphones end above. Headers that claim other
# rates are damaged, and resampling makes them many times as long or its filter huge.
_LOWEST_RATE, _HIGHEST_RATE = 1000, 768_000

# No recording is longer than a day, as in `tables`. No codec keeps speech in less than 800
# bit/s, so that a long file of fewer bytes is silence blown up, which might not fit into memory;
# a short one does no harm.
_LONGEST_S = 24 * 3600.0
_FEWEST_BYTES_PER_S = 100
_HARMLESS_S = 600.0

# Headers of MP3 and the like tell the length only roughly.
_LENGTH_TOLERANCE_S = 1.0


def open_audio(path: Path) -> BinaryIO:
    """Open an audio file for reading its bytes.

    Raises:
        AudioError: The file is missing, is not to be opened, or is empty.
    """
    try:
        # A pipe or a device would be waited for, or never end.
        if path.exists() and not (path.is_file() or path.is_dir()):
            raise AudioError(f"{path}: is no regular file; copy the audio into one")
        file = path.open("rb")
    except OSError as error:
        raise AudioError(
            f"{path}: the audio cannot be opened ({error.strerror}); "
            "check the corpus's audio folder and the file's permissions"
        ) from error
    if _size(file) == 0:
        file.close()
        raise AudioError(f"{path}: the audio file is empty (0 bytes); copy it again")
    return file


def _size(file: BinaryIO) -> int:
    return os.fstat(file.fileno()).st_size


def read_audio(path: Path) -> np.ndarray:
    """Samples of an audio file, mixed to mono and resampled to `SAMPLE_RATE`.

    Args:
        path: As `audio_blocks` takes it.

    Returns:
        The samples, shape (S,), float32, full scale ±1.

    Raises:
        AudioError: As `audio_blocks` does.
    """
    # It grows in place; putting blocks together at the end would take twice the memory.
    samples = array("f")
    for block in audio_blocks(path):
        samples.frombytes(block.view(np.uint8))
    return np.asarray(samples)


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
        AudioError: The file is missing, empty, unreadable, cut short, of a rate or length that
            no recording has, or holds NaN or infinite samples.
    """
    with open_audio(path) as file:
        try:
            with soundfile.SoundFile(file) as audio:
                longest_s = _longest_s(_size(file))
                _check_header(path, audio, longest_s)
                yield from _resampled(_mono_blocks(path, audio, longest_s), audio.samplerate)
        # A name in .raw makes soundfile ask for a rate and a format by a TypeError.
        except (soundfile.SoundFileError, TypeError) as error:
            reason = getattr(error, "error_string", str(error)).rstrip(".")
            raise AudioError(
                f"{path}: the audio cannot be read ({reason}); convert it to WAV or FLAC"
            ) from error


def _longest_s(byte_count: int) -> float:
    """How long the audio in so many bytes may be, in seconds."""
    return min(max(byte_count / _FEWEST_BYTES_PER_S, _HARMLESS_S), _LONGEST_S)


def _check_header(path: Path, audio: soundfile.SoundFile, longest_s: float) -> None:
    """Refuse claims that are damage, before anything follows them."""
    if not _LOWEST_RATE <= audio.samplerate <= _HIGHEST_RATE:
        raise AudioError(
            f"{path}: the audio's rate is {audio.samplerate} Hz; it has to lie between "
            f"{_LOWEST_RATE} and {_HIGHEST_RATE} Hz, so the header is damaged: copy it again"
        )
    if audio.frames > longest_s * audio.samplerate:
        raise AudioError(
            f"{path}: the header promises {audio.frames / audio.samplerate:.0f} s of audio; "
            f"{_too_long(longest_s)}"
        )


def _too_long(longest_s: float) -> str:
    return (
        f"a file of this size has {longest_s:.0f} s at most. Copy it again, or where it is long "
        "and silent, convert it to WAV and cut it"
    )


def _mono_blocks(path: Path, audio: soundfile.SoundFile, longest_s: float) -> Iterator[np.ndarray]:
    """Channels averaged, at the file's rate, checked.

    Not by `SoundFile.blocks`, which fills up a file that ends early with stale samples.
    """
    count, rate = 0, audio.samplerate
    block_length = max(_BLOCK // audio.channels, 1)
    while len(block_sc := audio.read(block_length, dtype="float32", always_2d=True)):
        # NumPy's mean over so short an axis takes as long as the decoding.
        samples = sum(block_sc.T) / audio.channels
        finite = np.isfinite(samples)
        if not finite.all():
            raise AudioError(
                f"{path}: NaN or infinite samples, the first at "
                f"{(count + np.argmin(finite)) / rate:.3f} s; export the audio again"
            )
        count += len(samples)
        if count > longest_s * rate:
            raise AudioError(f"{path}: the audio does not end; {_too_long(longest_s)}")
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
