"""Audio files of any format and rate to mono samples at 16 kHz."""

import contextlib
import logging
import os
from array import array
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import BinaryIO, NamedTuple

import numpy as np
import soundfile
import soxr

from affdyn_jax.errors import AudioError

SAMPLE_RATE = 16000

# How any sound becomes what features are made of, as exported models keep it.
SOUND = {"sample_rate": SAMPLE_RATE, "channels": "averaged", "resampling": "soxr_hq"}

log = logging.getLogger(__name__)

# Samples that are worked on at once: of a file's channels together, of which it may have 1024.
_BLOCK = 1 << 16

# Below, speech is unintelligible; above, microphones record nothing. Headers that claim other
# rates are damaged, and resampling would make the audio many times as long or its filter huge.
_LOWEST_RATE, _HIGHEST_RATE = 1000, 768_000

# No recording is longer than a day, as in `avec_tables`. No codec keeps speech in less than 800
# bit/s, so that a long file of fewer bytes is silence blown up, which might not fit into memory;
# a short one does no harm.
_LONGEST_S = 24 * 3600.0
_FEWEST_BYTES_PER_S = 100
_HARMLESS_S = 600.0

# Headers of MP3 and similar formats give the length only roughly.
_LENGTH_TOLERANCE_S = 1.0


def open_audio(path: Path) -> BinaryIO:
    """Open an audio file for reading its bytes.

    Raises:
        AudioError: The file is missing, cannot be opened, or is empty.
    """
    try:
        # A pipe or a device may block or never end.
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
    # It grows in place; joining blocks at the end would take twice the memory.
    samples = array("f")
    for block in audio_blocks(path):
        samples.frombytes(block.view(np.uint8))
    return np.asarray(samples)


def audio_blocks(path: Path) -> Iterator[np.ndarray]:
    """The samples of an audio file block by block, so that memory does not grow with its length.

    Channels are averaged. Where the file's rate differs from `SAMPLE_RATE`, soxr's
    band-limited `HQ` resamples it, which is `librosa.resample`'s `soxr_hq`. A file below 16 kHz
    has nothing above half its rate: spectral features there are as low as in silence.

    Args:
        path: Any format that libsndfile reads: WAV, FLAC, OGG, MP3, AIFF, ….

    Yields:
        Samples of shape (S,), float32, full scale ±1, at `SAMPLE_RATE`.

    Raises:
        AudioError: The file is missing, empty, unreadable, cut short, of a rate or length that
            no recording has, or holds NaN or infinite samples.
    """
    with _opened(path) as audio:
        yield from resampled(_mono_blocks(path, audio), audio.samplerate)


class Header(NamedTuple):
    """Length and rate of an audio file, by its header.

    Attributes:
        seconds: Its length, which some formats give only roughly.
        rate: Its samples per second.
    """

    seconds: float
    rate: int


def read_header(path: Path) -> Header:
    """Length and rate of an audio file, without reading the samples.

    Raises:
        AudioError: The file is missing, empty, unreadable, or of a rate or length that no
            recording has.
    """
    with _opened(path) as audio:
        return Header(audio.frames / audio.samplerate, audio.samplerate)


def warn_of_low_rate(rate: float, source: object) -> None:
    """Warn where the upper part of what features hear is missing."""
    if rate < SAMPLE_RATE:
        log.warning(
            "%s: at %g Hz there is nothing above %g Hz to be heard; a model predicts something "
            "else from such audio than from speech at %d Hz or more",
            *(source, rate, rate / 2, SAMPLE_RATE),
        )


@contextlib.contextmanager
def _opened(path: Path) -> Iterator[soundfile.SoundFile]:
    """An audio file whose header makes sense; libsndfile's later errors become `AudioError`."""
    with open_audio(path) as file:
        try:
            # Given the file itself, it would print a traceback for each seek out of it.
            with soundfile.SoundFile(file.fileno(), closefd=False) as audio:
                _check_header(path, audio, byte_count=_size(file))
                yield audio
        except soundfile.SoundFileError as error:
            reason = getattr(error, "error_string", str(error)).rstrip(".")
            raise AudioError(
                f"{path}: the audio cannot be read ({reason}); convert it to WAV or FLAC"
            ) from error


def _check_header(path: Path, audio: soundfile.SoundFile, byte_count: int) -> None:
    """Refuse impossible headers; libsndfile reads no further than the header promises."""
    if not _LOWEST_RATE <= audio.samplerate <= _HIGHEST_RATE:
        raise AudioError(
            f"{path}: the audio's rate is {audio.samplerate} Hz; it has to lie between "
            f"{_LOWEST_RATE} and {_HIGHEST_RATE} Hz, so the header is damaged: copy it again"
        )
    longest_s = min(max(byte_count / _FEWEST_BYTES_PER_S, _HARMLESS_S), _LONGEST_S)
    if audio.frames > longest_s * audio.samplerate:
        raise AudioError(
            f"{path}: its header promises {audio.frames / audio.samplerate:.0f} s of audio, more "
            f"than the {longest_s:.0f} s that {byte_count} bytes may hold; copy it again, or "
            "convert it to WAV where it really is that long and mostly silent"
        )


def _mono_blocks(path: Path, audio: soundfile.SoundFile) -> Iterator[np.ndarray]:
    """Channels averaged, at the file's rate, checked.

    `SoundFile.blocks` would fill up a file that ends early with stale samples.
    """
    count, rate = 0, audio.samplerate
    block_length = max(_BLOCK // audio.channels, 1)
    while len(block_sc := audio.read(block_length, dtype="float32", always_2d=True)):
        # NumPy's mean over so short an axis takes as long as the decoding.
        with np.errstate(over="ignore", invalid="ignore"):
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


def checked_samples(samples: np.ndarray, rate: float, first: int = 0) -> np.ndarray:
    """Samples that a caller has brought, as single precision numbers.

    Args:
        samples: Shape (S,), floating point, full scale ±1.
        rate: Their rate in Hz.
        first: How many samples came before, for messages.

    Raises:
        AudioError: They are of another shape or kind, NaN or infinite.
    """
    samples = np.asarray(samples)
    if samples.ndim != 1:
        raise AudioError(
            f"the samples have the shape {samples.shape}; give one channel, shape (S,): "
            "samples.mean(axis=1) of a sound with channels last"
        )
    if not np.issubdtype(samples.dtype, np.floating):
        raise AudioError(
            f"the samples are of the kind {samples.dtype}; give floating point numbers of full "
            "scale 1: int16 samples divided by 32768"
        )
    with np.errstate(over="ignore"):
        samples = samples.astype(np.float32, copy=False)
    finite = np.isfinite(samples)
    if not finite.all():
        raise AudioError(
            "NaN or infinite samples, the first at "
            f"{(first + np.argmin(finite)) / rate:.3f} s; leave them out, or put 0 there"
        )
    return samples


def cut(samples: np.ndarray) -> Iterator[np.ndarray]:
    """Samples, shape (S,), block by block, as `audio_blocks` has those of a file."""
    return (samples[start : start + _BLOCK] for start in range(0, len(samples), _BLOCK))


def resampled(blocks: Iterable[np.ndarray], rate: float) -> Iterator[np.ndarray]:
    """The same sound at `SAMPLE_RATE`, block by block."""
    resampler = Resampler(rate)
    for block in blocks:
        yield resampler.add(block)
    yield resampler.finish()


class Resampler:
    """Sound that arrives piece by piece, at `SAMPLE_RATE`: the same as `audio_blocks` has it.

    What comes out does not depend on where the pieces are cut.

    Args:
        rate: Of the samples that come in, in Hz.

    Raises:
        AudioError: The rate is one that no recording has.
    """

    def __init__(self, rate: float):
        if not _LOWEST_RATE <= rate <= _HIGHEST_RATE:
            raise AudioError(
                f"the sample rate is {rate} Hz; it has to lie between {_LOWEST_RATE} and "
                f"{_HIGHEST_RATE} Hz"
            )
        self._soxr = None
        if rate != SAMPLE_RATE:
            self._soxr = soxr.ResampleStream(rate, SAMPLE_RATE, num_channels=1, dtype="float32")

    def add(self, samples: np.ndarray) -> np.ndarray:
        """The resampled sound that these samples complete, shape (S,), from shape (S,), float32."""
        return samples if self._soxr is None else self._soxr.resample_chunk(samples)

    def finish(self) -> np.ndarray:
        """The rest when the sound ends, shape (S,)."""
        nothing = np.empty(0, np.float32)
        return nothing if self._soxr is None else self._soxr.resample_chunk(nothing, last=True)
