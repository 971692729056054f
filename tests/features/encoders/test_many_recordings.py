"""Many short recordings in shared batches, of an encoder whose frames are known.

Each frame is the mean of its 400 samples, so it is the same in any window and any batch.
"""

import collections
import contextlib

import numpy as np
import pytest
import soundfile
from numpy.lib.stride_tricks import sliding_window_view

from affdyn_jax.errors import AudioError
from affdyn_jax.features import cache
from affdyn_jax.features.encoders import extraction
from affdyn_jax.features.encoders.extraction import read_encoder
from affdyn_jax.features.encoders.side_by_side import read_side_by_side
from affdyn_jax.features.extraction import extract_features
from affdyn_jax.features.kept_layers import KeptLayers, Shelf
from affdyn_jax.features.settings import EncoderSettings

# Lengths in samples, in no order; with two longer than a window, of 114 frames each.
SHORT = [320 * frames + 80 + rest for frames in (20, 12, 31) for rest in (0, 1, 120, 319, 57)]
LENGTHS = [*SHORT[::2], 36800, *SHORT[1::2], 36700]
LONGER_THAN_A_WINDOW = 2


class Means:
    """In the place of a `WindowEncoder`; layer k is k + 1 times the means."""

    batch_size = 4

    def __init__(self, *_):
        self.shapes = []

    def __call__(self, inputs_bs):
        self.shapes.append(inputs_bs.shape)
        frames_bts = sliding_window_view(inputs_bs, 400, axis=1)[:, ::320]
        return np.repeat(frames_bts.mean(-1, dtype=np.float64)[..., None], 8, -1).astype("f4")

    def layer_by_layer(self, inputs_bs, layers):
        return np.stack([(layer + 1) * self(inputs_bs) for layer in layers])


@pytest.fixture
def audio(tmp_path):
    paths = {}
    for number, length in enumerate(LENGTHS):
        paths[f"r{number}"] = tmp_path / f"r{number}.wav"
        samples = 0.05 + 0.1 * np.random.default_rng(number).normal(size=length)
        soundfile.write(paths[f"r{number}"], samples, 16000, subtype="FLOAT")
    return paths


@pytest.fixture(autouse=True)
def encoder(monkeypatch):
    made = Means()
    monkeypatch.setattr(extraction, "WindowEncoder", lambda *_: made)
    return made


def extractor_of(folder, batch_size=4, **settings):
    settings = EncoderSettings(model=str(folder), window=1.0, overlap=0.2, **settings)
    made = read_side_by_side(settings) if settings.layers else read_encoder(settings, ())
    made.batch_size = batch_size
    return made


def expected(path):
    """Means of the frames whose centres fall into each quarter of a second."""
    samples = soundfile.read(path)[0]
    samples = (samples - samples.mean()) / samples.std()
    means_s = [samples[s : s + 400].mean() for s in range(0, len(samples) - 399, 320)]
    window_s = ((0.0125 + 0.02 * np.arange(len(means_s))) / 0.25).astype(int)
    return np.array([np.mean(np.array(means_s)[window_s == t]) for t in range(window_s[-1] + 1)])


@pytest.mark.parametrize("batch_size", [1, 4, 8])
def test_they_are_what_each_is_by_itself(tiny_checkpoint, audio, tmp_path, batch_size):
    extractor = extractor_of(tiny_checkpoint, batch_size)
    features = extract_features(audio, extractor, 4.0, tmp_path / "cache")
    assert list(features) == list(audio)
    for name, path in audio.items():
        np.testing.assert_allclose(features[name][:, 3], expected(path), atol=1e-6)


def test_lengths_of_as_many_frames_share_batches(tiny_checkpoint, audio, tmp_path, encoder):
    extract_features(audio, extractor_of(tiny_checkpoint), 4.0, tmp_path / "cache")
    # Five recordings each of 12, 20 and 31 frames fill two batches, and so do 2 × 3 windows.
    lengths = [320 * frames + 80 for frames in (12, 20, 31, 50)]
    assert encoder.shapes == [(4, length) for length in lengths for _ in range(2)]


def test_a_norm_over_time_hears_every_sample(tiny_base_checkpoint, audio, tmp_path, encoder):
    extract_features(audio, extractor_of(tiny_base_checkpoint), 4.0, tmp_path / "cache")
    window = 320 * 50 + 80
    assert encoder.shapes == [*[(4, length) for length in sorted(SHORT)], *2 * [(4, window)]]


def test_windows_one_by_one_are_of_every_sample(tiny_checkpoint, audio, tmp_path, encoder):
    extract_features(audio, extractor_of(tiny_checkpoint, 1), 4.0, tmp_path / "cache")
    counted = collections.Counter(length for _, length in encoder.shapes)
    assert counted == {**dict.fromkeys(SHORT, 1), 320 * 50 + 80: LONGER_THAN_A_WINDOW * 3}


def test_no_more_recordings_wait_than_a_batch_takes(tiny_checkpoint, audio, monkeypatch):
    opened, blocks_of = set(), extraction.audio_blocks
    monkeypatch.setattr(
        extraction, "audio_blocks", lambda path: opened.add(path) or blocks_of(path)
    )
    for done, _ in enumerate(extractor_of(tiny_checkpoint).extract(audio, 4.0, 1)):
        assert len(opened) - done <= 4 + 1  # of another length, which ended the batch
    assert done + 1 == len(audio)


def test_an_interruption_leaves_what_is_done_in_the_cache(tiny_checkpoint, audio, tmp_path):
    def extract(stop_after):
        told = []

        def on_recording(*recording):
            told.append(recording)
            if len(told) == stop_after:
                raise KeyboardInterrupt

        with contextlib.suppress(KeyboardInterrupt):
            extract_features(
                *(audio, extractor_of(tiny_checkpoint), 4.0, tmp_path / "cache"),
                on_recording=on_recording,
            )
        return {name for name, _, from_cache in told if from_cache}, [name for name, *_ in told]

    _, done = extract(stop_after=7)
    from_cache, all_done = extract(stop_after=None)
    assert from_cache == set(done) and len(done) == 7
    assert sorted(all_done) == sorted(audio)


def spoil(audio):
    """Make the first of the recordings of 20 frames unreadable; name those before it."""
    path = audio["r0"]
    samples = soundfile.read(path)[0]
    samples[100] = np.nan
    soundfile.write(path, samples, 16000, subtype="FLOAT")
    return {name for name, length in zip(audio, LENGTHS, strict=True) if length < LENGTHS[0]}


def test_a_damaged_recording_leaves_those_before_it_in_the_cache(tiny_checkpoint, audio, tmp_path):
    before = spoil(audio)
    told = []
    with pytest.raises(AudioError, match=r"^[^\n]*r0\.wav: [^\n]*$"):
        extract_features(
            *(audio, extractor_of(tiny_checkpoint), 4.0, tmp_path / "cache"),
            on_recording=lambda name, *_: told.append(name),
        )
    assert set(told) == before and len(before) == 5


def layers_of(audio, extractor, folder):
    return KeptLayers(audio, lambda: extractor, Shelf(folder, "float32", 4.0))


@pytest.mark.parametrize("batch_size", [1, 4])
def test_several_layers_share_batches(tiny_checkpoint, audio, tmp_path, encoder, batch_size):
    extractor = extractor_of(tiny_checkpoint, batch_size, layers=(0, 2))
    layers, told = layers_of(audio, extractor, tmp_path / "cache"), []
    layers.make(lambda *recording: told.append(recording))
    assert sorted(name for name, _, from_cache in told if not from_cache) == sorted(audio)
    for layer in (0, 2):
        for name, features_tf in layers.read(layer).items():
            expected_t = (layer + 1) * expected(audio[name])
            np.testing.assert_allclose(features_tf[:, 3], expected_t, atol=3e-6)
    # Once for each of the layers.
    assert len(encoder.shapes) == 2 * (8 if batch_size == 4 else len(SHORT) + 6)


def test_entries_of_one_recording_are_open_at_once(tiny_checkpoint, audio, tmp_path, monkeypatch):
    opened, open_at_once, growing = set(), [], cache.growing

    @contextlib.contextmanager
    def watched(folder, description, *arguments):
        with growing(folder, description, *arguments) as add:
            opened.add(description)
            open_at_once.append(len(opened))
            yield add
        opened.remove(description)

    monkeypatch.setattr(cache, "growing", watched)
    extractor = extractor_of(tiny_checkpoint, layers=(0, 2))
    layers_of(audio, extractor, tmp_path / "cache").make()
    assert open_at_once == [1, 2] * len(audio)


def test_a_damaged_recording_leaves_layers_of_those_before_it(tiny_checkpoint, audio, tmp_path):
    before = spoil(audio)
    extractor = extractor_of(tiny_checkpoint, layers=(0, 2))
    with pytest.raises(AudioError, match=r"^[^\n]*r0\.wav: [^\n]*$"):
        layers_of(audio, extractor, tmp_path / "cache").make()
    assert len(list((tmp_path / "cache").iterdir())) == 2 * len(before)
    told = []
    sound = {name: path for name, path in audio.items() if name != "r0"}
    layers_of(sound, extractor, tmp_path / "cache").make(lambda *said: told.append(said))
    assert {name for name, _, from_cache in told if from_cache} == before
    assert len(told) == len(sound)
