"""Audio files to features on the 4 Hz grid: all recordings, each through the cache."""

from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np

from affdyn_jax.corpora.collected_faults import reported_together
from affdyn_jax.features import cache
from affdyn_jax.features.audio import SAMPLE_RATE, read_header, warn_of_low_rate
from affdyn_jax.features.extractor import Extractor


def check_audio(audio_paths: Mapping[str, Path]) -> None:
    """Look at the headers of all audio files, before hours are spent on the first of them.

    Recordings of too low a rate are named in one warning.

    Args:
        audio_paths: Audio file of each recording.

    Raises:
        AudioError: Some are missing, or `read_header` refuses them; all are reported together.
    """
    with reported_together() as attempt:
        headers = {name: attempt(read_header, path) for name, path in audio_paths.items()}
    low = [name for name, header in headers.items() if header.rate < SAMPLE_RATE]
    if low:
        source = f"{audio_paths[low[0]]}, the first of {len(low)} such recordings in {len(headers)}"
        warn_of_low_rate(headers[low[0]].rate, source)


def extract_features(
    audio_paths: Mapping[str, Path],
    extractor: Extractor,
    frame_rate: float,
    cache_folder: Path,
    workers: int = 1,
    on_recording: Callable[[str, float, bool], None] | None = None,
) -> dict[str, np.ndarray]:
    """Features of each recording, from the cache or computed and kept there.

    Args:
        audio_paths: Audio file of each recording.
        extractor: What makes the features.
        frame_rate: Frames per second of the grid, 4 in the paper.
        cache_folder: Where features are kept; made if missing.
        workers: How many recordings are worked on at once, 1 or more.
        on_recording: Called in the caller's thread after each recording with its name, its
            seconds of audio, and whether it came from the cache; these come first.

    Returns:
        Features of each recording, shape (T, F), float32, in the order of `audio_paths`.

    Raises:
        AudioError: An audio file cannot be read.
        FeatureError: A recording is too short, or the cache cannot be written.
    """
    features, descriptions = {}, {}

    def look_up(path: Path) -> tuple[str, np.ndarray | None]:
        description = cache.describe(path, extractor.identity, frame_rate)
        return description, cache.load(cache_folder, description)

    def add(name: str, features_tf: np.ndarray, from_cache: bool) -> None:
        features[name] = features_tf
        if on_recording is not None:
            on_recording(name, len(features_tf) / frame_rate, from_cache)

    with ThreadPoolExecutor(workers) as pool:
        found = pool.map(look_up, audio_paths.values())
        for name, (description, features_tf) in zip(audio_paths, found, strict=True):
            descriptions[name] = description
            if features_tf is not None:
                add(name, features_tf, from_cache=True)
    missing = {name: path for name, path in audio_paths.items() if name not in features}
    for name, features_tf in extractor.extract(missing, frame_rate, workers):
        cache.store(cache_folder, descriptions[name], features_tf)
        add(name, features_tf, from_cache=False)
    return {name: features[name] for name in audio_paths}
