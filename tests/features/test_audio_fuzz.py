"""Audio files that are damaged, or made to harm: samples or a refusal, in bounded memory."""

import os
import struct
import time

import numpy as np
import pytest
import soundfile
from hypothesis import given, settings
from hypothesis import strategies as st

from affdyn_jax.errors import AudioError
from affdyn_jax.features.audio import SAMPLE_RATE, read_audio
from tests.fuzzing import assert_told_in_one_line, damaged, examples
from tests.memory import traced_memory

FORMATS = {
    "wav": "PCM_16",
    "flac": "PCM_16",
    "ogg": "VORBIS",
    "mp3": "MPEG_LAYER_III",
    "aiff": "PCM_24",
    "caf": "ALAC_16",
    "w64": "ULAW",
    "au": "FLOAT",
}


@pytest.fixture(scope="module")
def recordings(tmp_path_factory):
    """A twentieth of a second of noise in each format, as bytes."""
    noise = np.random.default_rng(0).uniform(-0.5, 0.5, SAMPLE_RATE // 20).astype(np.float32)
    contents = {}
    for suffix, subtype in FORMATS.items():
        path = tmp_path_factory.mktemp("noise") / f"noise.{suffix}"
        if suffix.upper() in soundfile.available_formats():
            soundfile.write(path, noise, SAMPLE_RATE, subtype=subtype)
            contents[suffix] = path.read_bytes()
    return contents


def refusal(path):
    with pytest.raises(AudioError) as caught:
        read_audio(path)
    assert_told_in_one_line(caught.value)
    return str(caught.value).removeprefix(f"{path}: ")


def assert_read_or_refused(path):
    start = time.process_time()
    try:
        samples = read_audio(path)
    except AudioError as error:
        assert str(error).startswith(f"{path}: ")
        assert_told_in_one_line(error)
    else:
        assert samples.dtype == np.float32
        assert np.isfinite(samples).all()
    assert time.process_time() - start < 10


@pytest.mark.parametrize("damaged_bytes", [None, 64], ids=["anywhere", "in the header"])
@examples(150, 20_000)
def test_damaged_files_give_samples_or_a_refusal(tmp_path, recordings, examples, damaged_bytes):
    @settings(deadline=None, max_examples=examples, database=None)
    @given(st.data())
    def read(data):
        suffix = data.draw(st.sampled_from(sorted(recordings)))
        content = recordings[suffix]
        start = content[:damaged_bytes]
        path = tmp_path / f"fuzzed.{suffix}"
        path.write_bytes(data.draw(damaged(start)) + content[len(start) :])
        assert_read_or_refused(path)

    read()


@examples(100, 10_000)
def test_any_bytes_give_samples_or_a_refusal(tmp_path, examples):
    starts = [b"", b"RIFF\0\0\0\0WAVEfmt ", b"fLaC", b"OggS", b"\xff\xfb\x90d", b"FORM", b"ID3"]
    starts += [b".snd", b"caff", b"RF64", b"MATLAB 5.0", b"Creative Voice File\x1a", b"NIST_1A\n"]
    suffixes = ["wav", "flac", "ogg", "mp3", "raw", "aiff", "htk", "sds", "vox", ""]

    @settings(deadline=None, max_examples=examples, database=None)
    @given(st.sampled_from(starts), st.binary(max_size=300), st.sampled_from(suffixes))
    def read(start, rest, suffix):
        path = tmp_path / f"fuzzed.{suffix}"
        path.write_bytes(start + rest)
        assert_read_or_refused(path)

    read()


WAV_CHANNELS, WAV_RATE, WAV_LENGTH = (22, "<H"), (24, "<I"), (40, "<I")


@pytest.mark.parametrize("rate", [0, 1, 400, 999, 768_001, 10**9, 2**31, 2**32 - 1])
def test_a_rate_that_no_recording_has_is_refused(tmp_path, recordings, rate):
    content = bytearray(recordings["wav"])
    struct.pack_into(WAV_RATE[1], content, WAV_RATE[0], rate)
    path = tmp_path / "rate.wav"
    path.write_bytes(content)
    message = refusal(path)
    assert str(rate) in message or "cannot be read" in message


@pytest.mark.parametrize("rate", [1000, 767_999])
def test_the_lowest_and_the_highest_rate_are_read_in_little_memory(tmp_path, rate):
    path = tmp_path / "rate.wav"
    soundfile.write(path, np.zeros(rate, np.float32), rate)
    assert len(read_audio(path)) == SAMPLE_RATE


@pytest.mark.parametrize("length", [0, 2**31 - 1, 2**32 - 1])
def test_a_wav_of_any_claimed_length_takes_what_it_holds(tmp_path, recordings, length):
    content = bytearray(recordings["wav"])
    struct.pack_into(WAV_LENGTH[1], content, WAV_LENGTH[0], length)
    path = tmp_path / "length.wav"
    path.write_bytes(content)
    if length == 0:
        assert "no samples" in refusal(path)
    else:
        assert len(read_audio(path)) == SAMPLE_RATE // 20


def flac_of(content, frames):
    """The same FLAC with another count of frames in its header, 36 bits."""
    changed = bytearray(content)
    changed[21] = changed[21] & 0xF0 | frames >> 32
    changed[22:26] = (frames & 0xFFFFFFFF).to_bytes(4, "big")
    return bytes(changed)


@pytest.mark.parametrize("frames", [0, 2**36 - 1, SAMPLE_RATE * 3600])
def test_a_flac_that_claims_hours_is_refused_unread(tmp_path, recordings, frames):
    path = tmp_path / "claim.flac"
    path.write_bytes(flac_of(recordings["flac"], frames))
    message = refusal(path)
    assert "its header promises" in message
    assert "600 s that" in message


def silence(path, seconds, **form):
    second = np.zeros(SAMPLE_RATE, np.float32)
    with soundfile.SoundFile(path, "w", SAMPLE_RATE, 1, **form) as audio:
        for _ in range(seconds):
            audio.write(second)
    return path


@pytest.mark.parametrize(
    ("suffix", "subtype"), [("flac", "PCM_16"), ("ogg", "VORBIS"), ("caf", "ALAC_16")]
)
def test_silence_blown_up_is_refused_and_a_little_of_it_is_not(tmp_path, suffix, subtype):
    path = silence(tmp_path / f"short.{suffix}", 60, subtype=subtype)
    assert len(read_audio(path)) == 60 * SAMPLE_RATE
    path = silence(tmp_path / f"long.{suffix}", 900, subtype=subtype)
    assert path.stat().st_size < 90_000
    message = refusal(path)
    assert "its header promises 900 s of audio" in message


def test_no_more_is_read_than_the_header_promises(tmp_path):
    path = silence(tmp_path / "long.flac", 900, subtype="PCM_16")
    path.write_bytes(flac_of(path.read_bytes(), 10 * SAMPLE_RATE))
    assert len(read_audio(path)) == 10 * SAMPLE_RATE


def test_a_long_silence_in_a_wav_is_read(tmp_path):
    path = silence(tmp_path / "long.wav", 900, subtype="PCM_16")
    assert len(read_audio(path)) == 900 * SAMPLE_RATE


def test_a_thousand_channels_take_no_more_memory_than_one(tmp_path):
    path = tmp_path / "wide.wav"
    soundfile.write(path, np.full((4096, 1024), 0.25, np.float32), SAMPLE_RATE)
    with traced_memory() as memory:
        samples = read_audio(path)
    np.testing.assert_allclose(samples, np.full(4096, 0.25), atol=1e-6)
    assert memory.peak < 2 << 20  # of 16 MiB in float32


@pytest.mark.parametrize("rate", [SAMPLE_RATE, 8000, 44_100])
def test_memory_stays_near_the_samples(tmp_path, rate):
    path = tmp_path / "minutes.wav"
    soundfile.write(path, np.zeros((120 * rate, 2), np.int16), rate)
    with traced_memory() as memory:
        samples = read_audio(path)
    assert samples.shape == (120 * SAMPLE_RATE,)
    assert memory.peak < 1.4 * samples.nbytes


def test_a_pipe_is_refused_instead_of_waited_for(tmp_path):
    os.mkfifo(tmp_path / "pipe.wav")
    assert "no regular file" in refusal(tmp_path / "pipe.wav")
