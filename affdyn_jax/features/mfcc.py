"""Cepstral coefficients and their derivatives, summarised over 4 s windows (§3.2)."""

import dataclasses
import math
from typing import Any, ClassVar

import librosa
import numpy as np
import scipy.fft

from affdyn_jax.errors import ConfigError, FeatureError
from affdyn_jax.features.audio import SAMPLE_RATE
from affdyn_jax.features.local_extractor import LocalExtractor, Timing
from affdyn_jax.features.mfb import MelFilterBanks

# Frames that a derivative is estimated from, librosa's default.
_DELTA_WIDTH = 9


@dataclasses.dataclass(frozen=True)
class CepstralFunctionals(LocalExtractor):
    """Mean and standard deviation of MFCCs 1–13 and of their two derivatives: 78 features.

    As AVEC 2019's baseline has them, a window is centred on its time: the features at t see
    the audio from t - 2 s to t + 2 s, so a model on them is not causal even where its network
    is. Within 2 s of the recording's edges the window is cut there, never padded.

    MFCCs are the orthonormal DCT-II of `MelFilterBanks`' log energies; coefficient 0, the
    loudness, is left out. Derivatives are librosa's: the slope of a straight line, and the
    curvature of a parabola, fitted to 9 frames, per frame and per frame². Standard deviations
    divide by the number of frames.

    Attributes:
        coefficients: Number of MFCCs, counted from 1.
        window: Length of a window in seconds.
        hop: Seconds from window to window.
        mel_filter_banks: The log energies that the coefficients are taken from.

    Raises:
        ConfigError: A setting is out of range.
    """

    coefficients: int = 13
    window: float = 4.0
    hop: float = 0.1
    mel_filter_banks: MelFilterBanks = dataclasses.field(default_factory=MelFilterBanks)

    version: ClassVar[int] = 2

    def __post_init__(self):
        """Refuse settings that leave a window without frame."""
        if not 1 <= self.coefficients < self.mel_filter_banks.bands:
            raise ConfigError(
                f"MFCCs: {self.coefficients} coefficients of {self.mel_filter_banks.bands} mel "
                f"bands; choose 1 to {self.mel_filter_banks.bands - 1}"
            )
        if not 1 / SAMPLE_RATE <= self.hop <= 1:
            raise ConfigError(
                f"MFCCs: hop is {self.hop} s; choose from one sample, 1/{SAMPLE_RATE} s, to 1 s"
            )
        shortest = 2 * (self.mel_filter_banks.window + self.mel_filter_banks.hop)
        if not self.window >= shortest:
            raise ConfigError(
                f"MFCCs: window is {self.window} s; below {shortest:g} s some windows would "
                "hold no frame of the mel filter banks"
            )

    def __call__(self, samples: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Windows of one recording.

        Args:
            samples: Shape (S,), float32, at 16 kHz.

        Returns:
            Centres of the windows in seconds, 0, 0.1, … as far as the audio goes, shape (S,);
            and the features, shape (S, 78): the means of the coefficients, of their first, of
            their second derivatives, then the standard deviations in the same order.

        Raises:
            FeatureError: The samples have fewer than the 9 frames that a derivative takes.
        """
        frame_times_s, log_energies_sb = self.mel_filter_banks(samples)
        if len(frame_times_s) < _DELTA_WIDTH:
            raise FeatureError(
                f"{len(samples) / SAMPLE_RATE:g} s of audio are too short for derivatives over "
                f"{_DELTA_WIDTH} frames; leave the recording out"
            )
        # SciPy transforms float32 in float32.
        cepstra_sb = scipy.fft.dct(log_energies_sb.astype(np.float64), norm="ortho")
        cepstra_sc = cepstra_sb[:, 1 : self.coefficients + 1]
        descriptors_sc = np.hstack(
            [
                cepstra_sc,
                librosa.feature.delta(cepstra_sc, width=_DELTA_WIDTH, order=1, axis=0),
                librosa.feature.delta(cepstra_sc, width=_DELTA_WIDTH, order=2, axis=0),
            ]
        )
        times_s = np.arange(0, len(samples), self.timing.hop) / SAMPLE_RATE
        first_s = np.searchsorted(frame_times_s, times_s - self.window / 2)
        stop_s = np.searchsorted(frame_times_s, times_s + self.window / 2)
        return times_s, _means_and_deviations(descriptors_sc, first_s, stop_s)

    @property
    def feature_count(self) -> int:
        """Mean and standard deviation of the coefficients and of their two derivatives."""
        return 6 * self.coefficients

    @property
    def front_end(self) -> dict[str, Any]:
        """As `Extractor.front_end`: functionals of cepstra of log mel filter banks."""
        return {
            "kind": "functionals of cepstral coefficients",
            "log_mel_filter_banks": self.mel_filter_banks.front_end,
            "cepstra": {"dct": "II, orthonormal", "first": 1, "count": self.coefficients},
            "derivatives": {"librosa.feature.delta": {"width": _DELTA_WIDTH}, "orders": [1, 2]},
            "windows": {
                "seconds": self.window,
                "hop_seconds": self.hop,
                "first_centre": 0,
                "at_edges": "cut",
            },
            "functionals": ["mean", "standard deviation, divided by the number of frames"],
        }

    @property
    def timing(self) -> Timing:
        """A window is made of frames, whose derivatives are made of frames around it."""
        hop, of_frames = round(self.hop * SAMPLE_RATE), self.mel_filter_banks.timing
        half_window = math.ceil(self.window / 2 * SAMPLE_RATE)
        reach = half_window + _DELTA_WIDTH // 2 * of_frames.hop + of_frames.reach
        return Timing(first=0, hop=hop, reach=reach, period=math.lcm(hop, of_frames.period))


def _means_and_deviations(
    values_sc: np.ndarray, first_s: np.ndarray, stop_s: np.ndarray
) -> np.ndarray:
    """Mean and standard deviation of the rows first ≤ row < stop, side by side.

    By differences of cumulative sums. The recording's mean is subtracted before, or rounding
    would swamp the difference of mean square and squared mean.
    """
    centre_c = values_sc.mean(axis=0)
    start_c = np.zeros((1, values_sc.shape[1]))
    sums_sc = np.vstack([start_c, np.cumsum(values_sc - centre_c, axis=0)])
    squares_sc = np.vstack([start_c, np.cumsum((values_sc - centre_c) ** 2, axis=0)])
    counts_s1 = (stop_s - first_s)[:, None]
    means_sc = (sums_sc[stop_s] - sums_sc[first_s]) / counts_s1
    variances_sc = (squares_sc[stop_s] - squares_sc[first_s]) / counts_s1 - means_sc**2
    return np.hstack([means_sc + centre_c, np.sqrt(np.maximum(variances_sc, 0))])
