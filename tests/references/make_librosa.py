"""Record what librosa computes of a sound: on its first call on a machine it compiles for 40 s.

    python tests/references/make_librosa.py

Log mel energies of every 97th frame of 50 s, and the means of 13 cepstral coefficients over 1.9 s.
"""

from pathlib import Path

import librosa
import numpy as np


def sound(seconds):
    """Samples without a pattern that depend on no generator of random numbers."""
    number = np.arange(int(seconds * 16000))
    return ((number**2 * 7919 % 65537 / 65537 - 0.5) * 0.2).astype(np.float32)


def log_energies_bs(samples):
    energies_bs = librosa.feature.melspectrogram(
        y=samples, sr=16000, n_fft=400, hop_length=160, center=False, n_mels=40
    )
    return np.log(energies_bs)


if __name__ == "__main__":
    short_bs = log_energies_bs(sound(1.9))
    cepstra_cs = librosa.feature.mfcc(S=short_bs, n_mfcc=14, dct_type=2, norm="ortho")
    np.savez(
        Path(__file__).with_name("librosa.npz"),
        log_energies_sb=log_energies_bs(sound(50.0)).T[::97],
        mean_cepstra_c=cepstra_cs[1:].mean(axis=1),
    )
