"""A voice for the stand-in: a glottal source through formants, with breath and friction.

A source-filter synthesiser (Fant 1960) that works on short spectra: every 10 ms the spectra
of a pulse train and of noise are shaped by that moment's vocal tract, and the sounds of all
moments are added up.

P counts control points, one every 10 ms from the recording's start; a hop is the time from
one to the next, W its samples.
"""

import dataclasses

import numpy as np

SAMPLE_RATE = 16000
CONTROL_RATE = 100

_HOP = SAMPLE_RATE // CONTROL_RATE
# Windows span two hops and add up to 1; what resonates after them rings on for two more.
_WINDOW = np.hanning(2 * _HOP + 1)[:-1].astype(np.float32)
_HOPS_OF_SOUND = 4
_TRANSFORM = _HOPS_OF_SOUND * _HOP
_FREQUENCIES_HZ = np.fft.rfftfreq(_TRANSFORM, 1 / SAMPLE_RATE).astype(np.float32)
# Points shaped at once: few enough that their spectra stay in the processor's cache.
_BLOCK = 512

_BANDWIDTHS_HZ = (90.0, 110.0, 170.0)
# Formants above the third do not tell vowels apart, but speakers.
_UPPER_FORMANTS_HZ = (3500.0, 4500.0, 5500.0, 6500.0, 7500.0)
_UPPER_BANDWIDTH_HZ = 350.0
# Where the fall of the glottal source and the rise of a microphone begin.
_TILT_CORNER_HZ = 500.0
_FRICTION_BANDWIDTH_HZ = 1400.0
_ROOM_CORNER_HZ = 150.0


@dataclasses.dataclass(frozen=True, eq=False)
class Articulation:
    """What the speech organs do at the P control points.

    Attributes:
        pitch_hz_p: Glottal pulses per second.
        voicing_p: Amplitude of the pulses.
        breath_p: Amplitude of the noise that goes through the formants.
        friction_p: Amplitude of the noise of fricatives and bursts.
        friction_hz_p: Where that noise is centred.
        formants_hz_pf: The first three formants, shape (P, 3).
        tilt_p: How steeply the glottal source falls off, as a power of frequency.
    """

    pitch_hz_p: np.ndarray
    voicing_p: np.ndarray
    breath_p: np.ndarray
    friction_p: np.ndarray
    friction_hz_p: np.ndarray
    formants_hz_pf: np.ndarray
    tilt_p: np.ndarray

    def during(self, points: slice) -> "Articulation":
        """A part of it, in single precision."""
        return Articulation(
            **{
                field.name: getattr(self, field.name)[points].astype(np.float32)
                for field in dataclasses.fields(self)
            }
        )


def synthesise(
    rng: np.random.Generator,
    articulation: Articulation,
    *,
    tract_scale: float,
    room_noise: float,
    microphone_tilt: float,
) -> np.ndarray:
    """The sound of an articulation.

    Args:
        rng: Source of the noise.
        articulation: What is uttered, P control points.
        tract_scale: What the speaker's upper formants are multiplied by; 1 for a man.
        room_noise: Amplitude of a steady noise under everything.
        microphone_tilt: How much the microphone lifts high frequencies, as a power of them.

    Returns:
        160 P samples at 16 kHz, float32, of no particular level.
    """
    point_count = len(articulation.pitch_hz_p)
    pulses_pw = _with_previous(_pulses(articulation.pitch_hz_p))
    noise_pw = _with_previous(rng.standard_normal((point_count, _HOP), np.float32))
    upper_formants = np.prod(
        [_resonance(tract_scale * f, _UPPER_BANDWIDTH_HZ) for f in _UPPER_FORMANTS_HZ], axis=0
    )
    room = np.float32(room_noise) / np.hypot(1.0, _FREQUENCIES_HZ / _ROOM_CORNER_HZ) ** 0.5
    microphone = _tilted(np.float32(microphone_tilt))

    sound_pw = np.zeros((point_count + _HOPS_OF_SOUND - 1, _HOP), np.float32)
    for start in range(0, point_count, _BLOCK):
        points = slice(start, min(start + _BLOCK, point_count))
        now = articulation.during(points)
        pulses = np.fft.rfft(pulses_pw[points] * _WINDOW, _TRANSFORM)
        noise = np.fft.rfft(noise_pw[points] * _WINDOW, _TRANSFORM)
        throat = now.voicing_p[:, None] * pulses + now.breath_p[:, None] * noise
        throat *= _tilted(-now.tilt_p[:, None]) * upper_formants
        for formant, bandwidth in enumerate(_BANDWIDTHS_HZ):
            throat *= _resonance(now.formants_hz_pf[:, formant, None], bandwidth)
        off_centre = (_FREQUENCIES_HZ - now.friction_hz_p[:, None]) / _FRICTION_BANDWIDTH_HZ
        noise *= now.friction_p[:, None] / (1.0 + off_centre**2) + room
        pieces = np.fft.irfft((throat + noise) * microphone, _TRANSFORM)
        pieces = pieces.reshape(-1, _HOPS_OF_SOUND, _HOP)
        for hop in range(_HOPS_OF_SOUND):
            sound_pw[points.start + hop : points.stop + hop] += pieces[:, hop]
    # The first window begins one hop before the recording.
    return sound_pw[1 : point_count + 1].ravel()


def _pulses(pitch_hz_p: np.ndarray) -> np.ndarray:
    """One pulse a glottal cycle, placed between samples, shape (P, W)."""
    following_p = np.append(pitch_hz_p[1:], pitch_hz_p[-1])
    within = np.arange(_HOP) / _HOP
    pitch_hz_pw = pitch_hz_p[:, None] + (following_p - pitch_hz_p)[:, None] * within
    cycles = np.cumsum(pitch_hz_pw.ravel() / SAMPLE_RATE)
    starts = np.flatnonzero(np.diff(np.floor(cycles)) > 0) + 1
    # How long before its sample a cycle began, in samples.
    early = (cycles[starts] % 1.0) / (cycles[starts] - cycles[starts - 1])
    pulses = np.zeros(len(cycles), np.float32)
    pulses[starts] = 1.0 - early
    pulses[starts - 1] = early
    return pulses.reshape(-1, _HOP)


def _with_previous(hops_pw: np.ndarray) -> np.ndarray:
    """Each hop after the one before it, shape (P, 2 W)."""
    previous_pw = np.concatenate([np.zeros_like(hops_pw[:1]), hops_pw[:-1]])
    return np.concatenate([previous_pw, hops_pw], axis=1)


def _tilted(power: np.ndarray | np.float32) -> np.ndarray:
    """A gain that is flat at first and then goes as this power of frequency."""
    return np.exp(power * np.log(np.hypot(1.0, _FREQUENCIES_HZ / _TILT_CORNER_HZ)))


def _resonance(formant_hz: np.ndarray | float, bandwidth_hz: float) -> np.ndarray:
    """Response of a second-order resonator that leaves low frequencies as they are."""
    ratio = _FREQUENCIES_HZ / formant_hz
    return 1.0 / (1.0 - ratio**2 + 1j * np.float32(bandwidth_hz) * ratio / formant_hz)
