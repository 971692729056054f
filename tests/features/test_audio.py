import numpy as np
import pytest
import scipy.signal
import soundfile

from affdyn_jax.errors import AudioError
from affdyn_jax.features.audio import (
    SAMPLE_RATE,
    Resampler,
    checked_samples,
    read_audio,
    read_header,
    warn_of_low_rate,
)
from affdyn_jax.features.mfb import MelFilterBanks
from tests.memory import traced_memory


def tone(rate, seconds=1.0, frequency=440.0):
    return (0.5 * np.sin(2 * np.pi * frequency * np.arange(int(seconds * rate)) / rate)).astype(
        np.float32
    )


@pytest.mark.parametrize(
    ("suffix", "subtype", "tolerance"),
    [
        ("wav", "PCM_16", 2**-15),
        ("wav", "PCM_24", 2**-23),
        ("wav", "FLOAT", 0),
        ("wav", "DOUBLE", 0),
        ("wav", "PCM_U8", 2**-7),
        ("wav", "ULAW", 0.02),
        ("flac", "PCM_16", 2**-15),
        ("flac", "PCM_24", 2**-23),
        ("aiff", "PCM_16", 2**-15),
        ("ogg", "VORBIS", 0.02),
    ],
)
def test_formats_keep_the_samples(tmp_path, suffix, subtype, tolerance):
    path = tmp_path / f"tone.{suffix}"
    soundfile.write(path, tone(SAMPLE_RATE), SAMPLE_RATE, subtype=subtype)
    samples = read_audio(path)
    assert samples.dtype == np.float32
    assert samples.shape == (SAMPLE_RATE,)
    np.testing.assert_allclose(samples, tone(SAMPLE_RATE), rtol=0, atol=tolerance)


def test_channels_are_averaged(tmp_path):
    left, right, rear = np.random.default_rng(0).uniform(-1, 1, (3, 100_000)).astype(np.float32)
    path = tmp_path / "three.wav"
    soundfile.write(path, np.stack([left, right, rear], axis=1), SAMPLE_RATE, subtype="FLOAT")
    np.testing.assert_allclose(read_audio(path), (left + right + rear) / 3, atol=1e-6)


@pytest.mark.parametrize("rate", [8000, 11025, 22050, 44100, 48000, 96000])
def test_a_tone_is_the_same_tone_at_any_rate(tmp_path, rate):
    path = tmp_path / "tone.wav"
    soundfile.write(path, tone(rate, 2.0), rate, subtype="FLOAT")
    samples = read_audio(path)
    assert len(samples) == 2 * SAMPLE_RATE
    inner = slice(SAMPLE_RATE // 4, -SAMPLE_RATE // 4)  # the filter rings at the ends
    np.testing.assert_allclose(samples[inner], tone(SAMPLE_RATE, 2.0)[inner], atol=1e-4)


def test_features_hardly_depend_on_the_rate(tmp_path):
    chord = sum(tone(48000, 2.0, frequency) for frequency in (200, 450, 1000, 3100, 6500)) / 5
    chord += 1e-3 * np.random.default_rng(0).standard_normal(len(chord)).astype(np.float32)
    soundfile.write(tmp_path / "48k.wav", chord, 48000, subtype="FLOAT")
    at_16k = scipy.signal.resample_poly(chord, 1, 3)
    soundfile.write(tmp_path / "16k.wav", at_16k, 16000, subtype="FLOAT")
    _, from_48k_sb = MelFilterBanks()(read_audio(tmp_path / "48k.wav"))
    _, from_16k_sb = MelFilterBanks()(read_audio(tmp_path / "16k.wav"))
    # The two resamplers cut off differently close to 8 kHz, in the last band.
    np.testing.assert_allclose(from_48k_sb[2:-2, :-1], from_16k_sb[2:-2, :-1], atol=0.05)


def test_resampling_does_not_alias(tmp_path):
    path = tmp_path / "ultrasound.wav"
    soundfile.write(path, tone(48000, 1.0, 13000.0), 48000, subtype="FLOAT")
    assert np.abs(read_audio(path)[2000:-2000]).max() < 1e-4


def test_real_speech(real_speech):
    paths = sorted(path for path in real_speech.iterdir() if path.suffix in (".wav", ".flac"))
    rates = set()
    for path in paths:
        recorded_s, rate = soundfile.read(path, dtype="float64")
        rates.add(rate)
        expected_s = scipy.signal.resample_poly(recorded_s, SAMPLE_RATE, rate)
        samples = read_audio(path)
        assert len(samples) == len(expected_s)
        # SciPy's filter is short, so it keeps a little more just below 8 kHz.
        assert np.std(samples - expected_s) < 0.02 * np.std(expected_s), path
    assert rates == {16000, 48000}


def test_memory_stays_near_the_mono_signal(tmp_path):
    path = tmp_path / "six.wav"
    soundfile.write(path, np.zeros((2_000_000, 6), np.int16), SAMPLE_RATE)
    with traced_memory() as memory:
        samples = read_audio(path)
    assert memory.peak < 2.5 * samples.nbytes


@pytest.fixture
def refused(tmp_path):
    def reads(path):
        with pytest.raises(AudioError) as caught:
            read_audio(path)
        message = str(caught.value)
        assert message.startswith(f"{path}: ")
        assert "\n" not in message
        return message

    return reads


def test_missing(tmp_path, refused):
    assert "No such file" in refused(tmp_path / "missing.wav")


def test_a_folder(tmp_path, refused):
    assert "cannot be opened" in refused(tmp_path)


def test_no_bytes(tmp_path, refused):
    path = tmp_path / "empty.wav"
    path.touch()
    assert "0 bytes" in refused(path)


def test_no_samples(tmp_path, refused):
    path = tmp_path / "header.wav"
    soundfile.write(path, np.zeros(0, np.float32), SAMPLE_RATE)
    assert "no samples" in refused(path)


@pytest.mark.parametrize("name", ["words.wav", "headerless.raw", "README"])
def test_not_audio(tmp_path, refused, name):
    path = tmp_path / name
    path.write_text("These are words, not sound. " * 10)
    assert "cannot be read" in refused(path)


def test_broken_flac(tmp_path, refused):
    path = tmp_path / "cut.flac"
    noise = np.random.default_rng(0).uniform(-0.5, 0.5, 10 * SAMPLE_RATE)
    soundfile.write(path, noise, SAMPLE_RATE)
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    assert "cannot be read" in refused(path)


@pytest.mark.skipif("MP3" not in soundfile.available_formats(), reason="libsndfile without MP3")
def test_cut_mp3(tmp_path, refused, capfd):
    path = tmp_path / "cut.mp3"
    soundfile.write(path, tone(SAMPLE_RATE, 10.0), SAMPLE_RATE)
    assert len(read_audio(path)) == pytest.approx(10 * SAMPLE_RATE, abs=2000)
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    assert "cut short: its header promises 10.00 s" in refused(path)


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_not_finite(tmp_path, refused, value):
    samples = np.zeros((SAMPLE_RATE, 2), np.float32)
    samples[8000, 1] = value
    path = tmp_path / "broken.wav"
    soundfile.write(path, samples, SAMPLE_RATE, subtype="FLOAT")
    assert "NaN or infinite samples, the first at 0.500 s" in refused(path)


@pytest.mark.parametrize("rate", [8000, 16000, 44100, 48000])
@pytest.mark.parametrize("piece", [7, 4410])
def test_sound_that_comes_in_pieces_is_resampled_as_its_file_is(tmp_path, rate, piece):
    samples = (np.random.default_rng(0).standard_normal(rate) * 0.1).astype(np.float32)
    path = tmp_path / "noise.wav"
    soundfile.write(path, samples, rate, subtype="FLOAT")
    resampler = Resampler(rate)
    pieces = [resampler.add(samples[i : i + piece]) for i in range(0, rate, piece)]
    resampled = np.concatenate([*pieces, resampler.finish()])
    np.testing.assert_allclose(resampled, read_audio(path), rtol=0, atol=1e-6)


@pytest.mark.parametrize("rate", [0, 999, 768_001, float("nan")])
def test_a_rate_that_no_recording_has(rate):
    with pytest.raises(AudioError, match=f"the sample rate is {rate} Hz; it has to lie between"):
        Resampler(rate)


@pytest.mark.parametrize(
    ("samples", "said"),
    [
        (np.zeros((5, 2)), r"the shape \(5, 2\); give one channel"),
        (0.5, r"the shape \(\); give one channel"),
        (np.zeros(5, np.int16), "of the kind int16; .* int16 samples divided by 32768"),
        (np.zeros(5, complex), "of the kind complex128"),
        (np.array(["a"]), "of the kind <U1"),
        (np.array([0.0, 0.0, np.nan]), "the first at 10.250 s"),
        (np.array([0.0, -np.inf]), "the first at 10.125 s"),
        (np.array([0.0, 1e39]), "the first at 10.125 s"),
    ],
)
def test_samples_that_are_none(samples, said):
    with pytest.raises(AudioError, match=said):
        checked_samples(samples, rate=8, first=80)


def test_a_header_tells_the_length(tmp_path):
    soundfile.write(tmp_path / "tone.flac", tone(8000, 1.5), 8000)
    assert read_header(tmp_path / "tone.flac") == (1.5, 8000)
    (tmp_path / "text.wav").write_text("not audio\n")
    with pytest.raises(AudioError, match=r"text.wav: the audio cannot be read"):
        read_header(tmp_path / "text.wav")


def test_a_rate_below_that_of_the_features_is_reported(caplog):
    warn_of_low_rate(16000, "a.wav")
    assert not caplog.records
    warn_of_low_rate(8000, "b.wav")
    assert "b.wav: at 8000 Hz there is nothing above 4000 Hz to be heard" in caplog.text
