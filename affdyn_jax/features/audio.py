"""Audio files to mono samples at 16 kHz, whatever their format and rate."""

from pathlib import Path
from typing import BinaryIO

import librosa
import numpy as np
import soundfile

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

    Channels are averaged. Where the file's rate differs, `librosa.resample` takes over with
    its band-limited `soxr_hq`. A file below 16 kHz brings nothing above half its own rate:
    spectral features there are as low as silence.

    Args:
        path: Any format that libsndfile reads: WAV, FLAC, OGG, MP3, AIFF, ….

    Returns:
        The samples, shape (S,), float32, full scale ±1.

    Raises:
        AudioError: The file is missing, empty, unreadable, cut short, or holds NaN or
            infinite samples.
    """
    with open_audio(path) as file:
        try:
            with soundfile.SoundFile(file) as audio:
                samples = _read_mono(audio)
                rate, promised = audio.samplerate, audio.frames
        # A name in .raw makes soundfile ask for a rate and a format by a TypeError.
        except (soundfile.SoundFileError, TypeError) as error:
            reason = getattr(error, "error_string", str(error)).rstrip(".")
            raise AudioError(
                f"{path}: the audio cannot be read ({reason}); convert it to WAV or FLAC"
            ) from error
    if len(samples) == 0:
        raise AudioError(f"{path}: the audio holds no samples; leave the recording out")
    if len(samples) < promised - _LENGTH_TOLERANCE_S * rate:
        raise AudioError(
            f"{path}: the audio is cut short: its header promises {promised / rate:.2f} s, it "
            f"holds {len(samples) / rate:.2f} s; copy it again"
        )
    finite = np.isfinite(samples)
    if not finite.all():
        raise AudioError(
            f"{path}: {np.count_nonzero(~finite)} sample(s) are NaN or infinite, the first at "
            f"{np.argmin(finite) / rate:.3f} s; export the audio again"
        )
    if rate == SAMPLE_RATE:
        # Also spares the seconds that librosa compiles for on its first resampling.
        return samples
    return librosa.resample(samples, orig_sr=rate, target_sr=SAMPLE_RATE, res_type="soxr_hq")


def _read_mono(audio: soundfile.SoundFile) -> np.ndarray:
    """Read block by block, so that many channels never lie in memory together.

    Not by `SoundFile.blocks`, which fills up a file that ends early with stale samples.
    """
    blocks = [np.empty(0, np.float32)]
    while len(block_sc := audio.read(_BLOCK, dtype="float32", always_2d=True)):
        # NumPy's mean over so short an axis takes as long as the decoding.
        blocks.append(sum(block_sc.T) / audio.channels)
    return np.concatenate(blocks)
