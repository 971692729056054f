"""Layers of an encoder on disk: all of a recording are made in one pass, each is read by itself."""

import contextlib
import itertools
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple, Protocol

import numpy as np

from affdyn_jax.errors import FeatureError, reason
from affdyn_jax.features import cache
from affdyn_jax.features.extractor import Extractor, Frames, by_recording
from affdyn_jax.features.pooling import GrowingPool

# The recording's name, its seconds of audio, whether it came from the cache.
OnRecording = Callable[[str, float, bool], None]


class LayeredExtractor(Extractor, Protocol):
    """An extractor of several layers, whose features stand side by side in each frame.

    Attributes:
        layers: Numbers of the layers.
    """

    layers: tuple[int, ...]

    def identity_of(self, layer: int) -> Any:
        """`identity` of the extractor of this layer alone."""
        ...

    def frames_of_each(self, audio_paths: Mapping[str, Path]) -> Iterator[tuple[str, Frames]]:
        """Frames of many recordings, in memory that grows neither with length nor number.

        Args:
            audio_paths: Audio file of each recording.

        Yields:
            Name of the recording, and some of its frames. Recordings come one after the other, in
            an order of the extractor's own; each as a whole, as from `Extractor.frames`.

        Raises:
            AudioError: An audio file cannot be read.
            FeatureError: As of `Extractor.frames`. All recordings before have been given out.
        """
        ...


class Shelf(NamedTuple):
    """Where and how layers are kept.

    Attributes:
        folder: The cache's.
        kept_as: Their dtype on disk, `float32` or `float16`.
        frame_rate: Frames per second of the grid, 4 in the paper.
    """

    folder: Path
    kept_as: str
    frame_rate: float


class KeptLayers:
    """Features of recordings in several layers: one cache entry for each recording and layer.

    It is the entry that the layer has when it is extracted alone, so each is made once.

    Args:
        audio_paths: Audio file of each recording.
        read_extractor: Reads what makes the features. Once they are made it is let go, as its
            weights may be gigabytes, and only read again where an entry is found damaged.
        shelf: Where they are kept.

    Attributes:
        numbers: The layers.
        feature_count: F, of one layer.

    Raises:
        AudioError: An audio file cannot be opened.
    """

    def __init__(
        self,
        audio_paths: Mapping[str, Path],
        read_extractor: Callable[[], LayeredExtractor],
        shelf: Shelf,
    ):
        self._audio_paths, self._shelf = audio_paths, shelf
        self._read_extractor = read_extractor
        extractor = self._extractor = read_extractor()
        self.numbers = extractor.layers
        self.feature_count = extractor.feature_count // len(extractor.layers)
        self._identities = {number: extractor.identity_of(number) for number in self.numbers}
        self._contents = {name: cache.content_of(path) for name, path in audio_paths.items()}

    def __len__(self) -> int:
        """How many recordings there are."""
        return len(self._audio_paths)

    def names(self, layer: int) -> list[str]:
        """Names of the F features of a layer."""
        return [f"layer{layer}_{number}" for number in range(self.feature_count)]

    def bytes_on_disk(self) -> int:
        """What all layers of all recordings take."""
        return sum(
            cache.entry_bytes(self._shelf.folder, self._description(name, layer))
            for name in self._audio_paths
            for layer in self.numbers
        )

    def make(self, on_recording: OnRecording = lambda *_: None) -> None:
        """Extract recordings that lack an entry, each kept as soon as it is done.

        Memory grows neither with their length nor with their number.

        Args:
            on_recording: As of `extraction.extract_features`.

        Raises:
            AudioError: An audio file cannot be read.
            FeatureError: A recording is too short, or features cannot be kept.
        """
        is_there = {name: self._is_there(name) for name in self._audio_paths}
        for name in filter(is_there.get, is_there):
            on_recording(name, self._seconds(name), True)
        for name, seconds in self._made(itertools.filterfalse(is_there.get, is_there)):
            on_recording(name, seconds, False)
        self._extractor = None

    def read(self, layer: int) -> dict[str, np.ndarray]:
        """Features of each recording in a layer, shape (T, F), float32; damaged ones made again.

        Raises:
            AudioError: As of `make`.
            FeatureError: The same.
        """
        return {name: self._read(name, layer) for name in self._audio_paths}

    def longest(self) -> int:
        """Frames of the longest recording."""
        return max(len(self._read(name, self.numbers[0])) for name in self._audio_paths)

    def _read(self, name: str, layer: int) -> np.ndarray:
        description = self._description(name, layer)
        features_tf = cache.load(self._shelf.folder, description)
        if features_tf is None:
            list(self._made([name]))
            features_tf = cache.load(self._shelf.folder, description)
        if features_tf is None:
            raise FeatureError(
                f"{self._shelf.folder}: the features of '{name}' are not there any more; name "
                "another folder as features.cache"
            )
        return features_tf

    def _seconds(self, name: str) -> float:
        return len(self._read(name, self.numbers[0])) / self._shelf.frame_rate

    def _is_there(self, name: str) -> bool:
        return all(
            cache.entry_bytes(self._shelf.folder, self._description(name, layer))
            for layer in self.numbers
        )

    def _description(self, name: str, layer: int) -> str:
        return cache.describe_by_content(
            self._contents[name],
            self._identities[layer],
            self._shelf.frame_rate,
            self._shelf.kept_as,
        )

    def _made(self, names: Iterable[str]) -> Iterator[tuple[str, float]]:
        """Make all layers of recordings; each with its seconds, once it is kept."""
        if self._extractor is None:
            self._extractor = self._read_extractor()
        each = self._extractor.frames_of_each({name: self._audio_paths[name] for name in names})
        try:
            for name, frames_of_one in by_recording(each):
                yield name, self._keep(name, frames_of_one) / self._shelf.frame_rate
        except OSError as error:
            raise FeatureError(
                f"{self._shelf.folder}: features cannot be kept ({reason(error)}), and features of "
                "several layers need the cache; name another folder as features.cache"
            ) from error

    def _keep(self, name: str, frames_of_one: Iterable[Frames]) -> int:
        """Write all layers of a recording; returns how many rows each has."""
        path, count = self._audio_paths[name], 0
        pool = GrowingPool(len(self.numbers) * self.feature_count, self._shelf.frame_rate, path)
        with contextlib.ExitStack() as entries:
            adders = [
                entries.enter_context(
                    cache.growing(
                        self._shelf.folder,
                        self._description(name, layer),
                        self.feature_count,
                        self._shelf.kept_as,
                    )
                )
                for layer in self.numbers
            ]
            for frames in frames_of_one:
                rows_tyf = pool.add(frames).reshape(-1, len(self.numbers), self.feature_count)
                self._check_range(rows_tyf, path)
                count += len(rows_tyf)
                for index, add in enumerate(adders):
                    add(rows_tyf[:, index])
        return count

    def _check_range(self, rows_tyf: np.ndarray, path: Path) -> None:
        largest = np.finfo(self._shelf.kept_as).max
        index = np.abs(rows_tyf).max(axis=(0, 2), initial=0)
        for layer, found in zip(self.numbers, index, strict=True):
            if found > largest:
                raise FeatureError(
                    f"{path}: a feature of layer {layer} reaches {found:g}, which "
                    f"{self._shelf.kept_as} cannot hold; set features.encoder.kept_as=float32"
                )
