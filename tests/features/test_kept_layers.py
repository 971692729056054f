"""Layers in the cache, of an extractor whose features are known."""

import dataclasses
import itertools
import tracemalloc
import weakref
from typing import ClassVar

import numpy as np
import pytest
import soundfile

from affdyn_jax.errors import FeatureError
from affdyn_jax.features import cache
from affdyn_jax.features.audio import audio_blocks
from affdyn_jax.features.extractor import Frames
from affdyn_jax.features.kept_layers import KeptLayers, Shelf

RATE = 50.0


@dataclasses.dataclass(frozen=True)
class OfLayer:
    layer: int

    version: ClassVar[int] = 1


class Ramps:
    """Fifty frames a second: feature f of layer y is (y + 1) times the frame's number plus f."""

    layers = (0, 4, 7)
    feature_count = 3 * 2

    def __init__(self, factor=1.0):
        self.recordings, self.factor = [], factor

    def identity_of(self, layer):
        return OfLayer(layer)

    def frames_of_each(self, audio_paths):
        for name, path in audio_paths.items():
            self.recordings.append(path)
            count = round(sum(map(len, audio_blocks(path))) / 16000 * RATE)
            for first in range(0, count, 10):
                numbers = np.arange(first, min(first + 10, count))
                times_s = (numbers + 0.5) / RATE
                yield name, Frames(times_s, self.values(numbers), times_s[-1])
            yield name, Frames(np.empty(0), np.empty((0, self.feature_count)), np.inf)

    def values(self, numbers):
        columns = [numbers * (y + 1) + f for y, f in itertools.product(self.layers, range(2))]
        return (self.factor * np.stack(columns, axis=1)).astype(np.float32)


@pytest.fixture
def audio(tmp_path):
    paths = {}
    for name, seconds in (("a", 2.0), ("b", 3.25)):
        paths[name] = tmp_path / f"{name}.wav"
        samples = np.random.default_rng(len(paths)).normal(0, 0.1, round(seconds * 16000))
        soundfile.write(paths[name], samples, 16000)
    return paths


def kept(audio, extractor, folder, kept_as="float32"):
    return KeptLayers(audio, lambda: extractor, Shelf(folder, kept_as, 4.0))


def expected(seconds, layer):
    """Means of 12 or 13 frames, by hand."""
    numbers = np.arange(round(seconds * RATE))
    windows = ((numbers + 0.5) / RATE * 4).astype(int)
    means = [numbers[windows == t].mean() for t in range(round(seconds * 4))]
    return np.stack([np.array(means) * (layer + 1) + f for f in range(2)], axis=1)


@pytest.mark.parametrize(("kept_as", "relative"), [("float32", 1e-6), ("float16", 2**-11)])
def test_each_layer_is_read_by_itself(audio, tmp_path, kept_as, relative):
    layers = kept(audio, Ramps(), tmp_path / "cache", kept_as)
    told = []
    layers.make(lambda *recording: told.append(recording))
    assert sorted(told) == [("a", 2.0, False), ("b", 3.25, False)]
    for layer in Ramps.layers:
        features = layers.read(layer)
        for name, seconds in (("a", 2.0), ("b", 3.25)):
            assert features[name].dtype == np.float32
            np.testing.assert_allclose(features[name], expected(seconds, layer), rtol=relative)
    assert layers.longest() == 13
    # A header of 128 bytes, a checksum of 32, and the numbers.
    numbers = 3 * 2 * (8 + 13) * np.dtype(kept_as).itemsize
    assert layers.bytes_on_disk() == 3 * 2 * (128 + 32) + numbers


def test_a_layers_entry_is_that_of_the_layer_by_itself(audio, tmp_path):
    kept(audio, Ramps(), tmp_path).make()
    for layer in Ramps.layers:
        description = cache.describe(audio["b"], OfLayer(layer), 4.0)
        alone_tf = cache.load(tmp_path, description)
        other = tmp_path / "stored"
        cache.store(other, description, alone_tf)
        (path,) = other.iterdir()
        assert path.read_bytes() == (tmp_path / path.name).read_bytes()
        path.unlink()


def test_what_is_there_is_not_made_again_and_what_is_damaged_is(audio, tmp_path):
    kept(audio, Ramps(), tmp_path).make()
    again = Ramps()
    layers, told = kept(audio, again, tmp_path), []
    layers.make(lambda *recording: told.append(recording))
    assert again.recordings == [] and sorted(told) == [("a", 2.0, True), ("b", 3.25, True)]
    path = tmp_path / next(iter(sorted(p.name for p in tmp_path.glob("*.npy"))))
    content = bytearray(path.read_bytes())
    content[-40] ^= 1
    path.write_bytes(content)
    for layer in Ramps.layers:
        np.testing.assert_allclose(layers.read(layer)["a"], expected(2.0, layer), rtol=1e-6)
        np.testing.assert_allclose(layers.read(layer)["b"], expected(3.25, layer), rtol=1e-6)
    assert len(again.recordings) == 1


def test_the_extractor_is_let_go_until_something_is_damaged(audio, tmp_path):
    read = []

    def read_extractor():
        extractor = Ramps()
        read.append(weakref.ref(extractor))
        return extractor

    layers = KeptLayers(audio, read_extractor, Shelf(tmp_path, "float32", 4.0))
    layers.make()
    assert [extractor() for extractor in read] == [None]
    layers.read(4)
    assert len(read) == 1
    for path in tmp_path.glob("*.npy"):
        path.unlink()
    np.testing.assert_allclose(layers.read(4)["a"], expected(2.0, 4), rtol=1e-6)
    assert len(read) == 2


def test_precisions_do_not_share_entries(audio, tmp_path):
    kept(audio, Ramps(), tmp_path).make()
    half = Ramps()
    kept(audio, half, tmp_path, "float16").make()
    assert len(half.recordings) == 2


def test_what_half_precision_cannot_hold_is_refused(audio, tmp_path):
    said = r"a.wav: a feature of layer 7 reaches \S+, which float16 cannot hold"
    with pytest.raises(FeatureError, match=said):
        kept({"a": audio["a"]}, Ramps(factor=90.0), tmp_path, "float16").make()
    assert not list(tmp_path.glob("*.npy"))


def test_a_folder_that_cannot_be_written(audio, tmp_path):
    (tmp_path / "cache").write_text("a file")
    with pytest.raises(FeatureError, match=r"cache: features cannot be kept .* features.cache"):
        kept(audio, Ramps(), tmp_path / "cache").make()


def test_memory_does_not_grow_with_the_recordings_length(tmp_path):
    def peak(seconds):
        path = tmp_path / f"{seconds}.wav"
        soundfile.write(path, np.random.default_rng(0).normal(0, 0.1, seconds * 16000), 16000)
        layers = kept({"a": path}, Ramps(), tmp_path)
        tracemalloc.start()
        layers.make()
        _, highest = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        return highest

    peak(1)  # imports and the like
    assert peak(600) < 1.2 * peak(60)
