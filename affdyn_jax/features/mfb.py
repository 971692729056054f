"""Log mel filter banks: 40 energies every 10 ms (§3.2)."""

import dataclasses
import functools
import warnings
from typing import Any, ClassVar

import librosa
import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from affdyn_jax.errors import ConfigError, FeatureError
from affdyn_jax.features.audio import SAMPLE_RATE, SOUND
from affdyn_jax.features.local_extractor import LocalExtractor, Timing

# Rounding to 16 bits leaves an energy of about 3e-10 in each band, so only digital silence,
# whose logarithm is infinite, lies below this floor.
ENERGY_FLOOR = 1e-10

# Frames whose spectra are computed together: some 20 MB, however long the recording.
_BLOCK = 4096


@dataclasses.dataclass(frozen=True)
class MelFilterBanks(LocalExtractor):
    """Log energies in mel bands, from 0 to 8 kHz.

    The paper gives the number of bands; window and hop are speech's customary ones. The rest
    follows librosa's defaults, and the energies are those of its `melspectrogram`:

    - periodic Hann window, its length also that of the Fourier transform: 201 bins, 40 Hz
      apart, without zero padding, which would add bins but no resolution;
    - squared magnitudes;
    - triangles on Slaney's mel scale (linear below 1 kHz), each of area 1 over its Hz: a
      band's constant factor is a constant in the logarithm, and standardisation removes it;
    - natural logarithm of the energy, at least `ENERGY_FLOOR`;
    - no pre-emphasis, which standardisation would remove as well, no dither, and no padding at
      the edges: each frame has seen its own 25 ms and nothing else.

    Attributes:
        bands: Number of mel bands.
        window: Length of a frame in seconds.
        hop: Seconds from frame to frame.

    Raises:
        ConfigError: A setting is out of range, or the bands are so many that some have no
            frequency bin.
    """

    bands: int = 40
    window: float = 0.025
    hop: float = 0.010

    version: ClassVar[int] = 1

    def __post_init__(self):
        """Refuse settings that leave no frame."""
        for name in ("window", "hop"):
            seconds = getattr(self, name)
            if not 1 / SAMPLE_RATE <= seconds <= 1:
                raise ConfigError(
                    f"mel filter banks: {name} is {seconds} s; choose from one sample, "
                    f"1/{SAMPLE_RATE} s, to 1 s"
                )
        with warnings.catch_warnings():
            # librosa warns of bands without a frequency bin, which are refused here.
            warnings.simplefilter("ignore", UserWarning)
            if self.bands < 1 or not self._filters().any(axis=1).all():
                raise ConfigError(
                    f"mel filter banks: {self.bands} bands over the "
                    f"{self._window_length // 2 + 1} frequency bins of a window of "
                    f"{self.window} s; choose at least 1, and few enough that each has a bin"
                )

    def __call__(self, samples: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Frames of one recording.

        Args:
            samples: Shape (S,), float32, at 16 kHz.

        Returns:
            Centres of the frames in seconds, (n · hop + window / 2) for n = 0, 1, …, shape
            (S,), and log energies, shape (S, bands), float32.

        Raises:
            FeatureError: The samples do not fill one window, or are so large that their
                energies are infinite.
        """
        if len(samples) < self._window_length:
            raise FeatureError(
                f"{len(samples) / SAMPLE_RATE:g} s of audio are too short for one frame of "
                f"{self.window:g} s; leave the recording out"
            )
        timing = self.timing
        frames_sw = sliding_window_view(samples, self._window_length)[:: timing.hop]
        hann_w, filters_bf = _hann(self._window_length), self._filters()

        # `librosa.stft` computes the same, but compiles for 12 s on a machine's first call.
        energies_sb = np.empty((len(frames_sw), self.bands), np.float32)
        with np.errstate(over="ignore", invalid="ignore"):
            for start in range(0, len(frames_sw), _BLOCK):
                spectrum_sf = np.fft.rfft(frames_sw[start : start + _BLOCK] * hann_w)
                power_sf = spectrum_sf.real**2 + spectrum_sf.imag**2
                energies_sb[start : start + _BLOCK] = power_sf @ filters_bf.T
        if not np.isfinite(energies_sb).all():
            raise FeatureError(
                f"samples of up to {np.abs(samples).max():g} have no finite energy; full scale "
                "is 1, so export the audio again"
            )

        centres_s = np.arange(len(frames_sw)) * timing.hop + self._window_length / 2
        return centres_s / SAMPLE_RATE, np.log(np.maximum(energies_sb, ENERGY_FLOOR))

    @property
    def feature_count(self) -> int:
        """One for each band."""
        return self.bands

    @property
    def front_end(self) -> dict[str, Any]:
        """As `Extractor.front_end`: the arguments of librosa's `melspectrogram`, and what follows.

        Frames are at `first_centre`, and every `hop_length` from there on.
        """
        return {
            "kind": "log mel filter banks",
            "sound": SOUND,
            "melspectrogram": {
                "sr": SAMPLE_RATE,
                "n_fft": self._window_length,
                "win_length": self._window_length,
                "hop_length": self.timing.hop,
                "window": "hann",
                "center": False,
                "power": 2.0,
                "n_mels": self.bands,
                "fmin": 0.0,
                "fmax": SAMPLE_RATE / 2,
                "htk": False,
                "norm": "slaney",
            },
            "energy_floor": ENERGY_FLOOR,
            "logarithm": "natural",
            "first_centre": self._window_length / 2,
        }

    @property
    def timing(self) -> Timing:
        """A frame is made of its window; of an odd one the centre is rounded up."""
        hop = round(self.hop * SAMPLE_RATE)
        half = (self._window_length + 1) // 2
        return Timing(first=half, hop=hop, reach=half, period=hop)

    @property
    def _window_length(self) -> int:
        return round(self.window * SAMPLE_RATE)

    def _filters(self) -> np.ndarray:
        """Weights of the frequency bins in each band, shape (bands, bins)."""
        return _mel_filters(self._window_length, self.bands)


# Short pieces of audio would spend most of their time on these.


@functools.cache
def _hann(window_length: int) -> np.ndarray:
    return librosa.filters.get_window("hann", window_length).astype(np.float32)


@functools.cache
def _mel_filters(window_length: int, bands: int) -> np.ndarray:
    return librosa.filters.mel(sr=SAMPLE_RATE, n_fft=window_length, n_mels=bands)
