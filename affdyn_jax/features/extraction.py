"""Audio files to features on the 4 Hz grid: recordings in parallel, each through the cache."""

import os
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np

from affdyn_jax.corpora.faults import told_together
from affdyn_jax.errors import ConfigError, FeatureError
from affdyn_jax.features import cache
from affdyn_jax.features.audio import SAMPLE_RATE, read_audio, read_header, warn_of_low_rate
from affdyn_jax.features.extractor import Extractor
from affdyn_jax.features.pooling import pool_frames


def check_audio(audio_paths: Mapping[str, Path]) -> None:
    """Look at the headers of all audio files, before hours are spent on the first of them.

    Recordings of too low a rate are told of in one warning.

    Args:
        audio_paths: Audio file of each recording.

    Raises:
        AudioError: Some are missing, or `read_header` refuses them; all are told together.
    """
    with told_together() as attempt:
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
    workers: int | None = None,
    on_recording: Callable[[str, float, bool], None] | None = None,
) -> dict[str, np.ndarray]:
    """Features of each recording, computed or from the cache.

    Args:
        audio_paths: Audio file of each recording.
        extractor: What turns samples into frames.
        frame_rate: Frames per second of the grid, 4 in the paper.
        cache_folder: Where features are kept; made if missing.
        workers: How many recordings are worked on at once; by default one per processor.
        on_recording: Called in the caller's thread after each recording, in order, with its
            name, its seconds of audio, and whether it came from the cache.

    Returns:
        Features of each recording, shape (T, F), float32, in the order of `audio_paths`.

    Raises:
        AudioError: An audio file cannot be read.
        FeatureError: A recording is too short, or the cache cannot be written.
        ConfigError: `workers` is not positive.
    """
    if workers is None:
        workers = os.cpu_count() or 1
    if workers < 1:
        raise ConfigError(f"features: workers is {workers}; choose 1 or more")

    def extract(path: Path) -> tuple[np.ndarray, bool]:
        description = cache.describe(path, extractor, frame_rate)
        features_tf = cache.load(cache_folder, description)
        from_cache = features_tf is not None
        if not from_cache:
            features_tf = _compute(path, extractor, frame_rate)
            cache.store(cache_folder, description, features_tf)
        return features_tf, from_cache

    # Threads, not processes: decoding, hashing and NumPy's inner loops let others run
    # meanwhile. JAX's own threads make a fork unsafe, and a spawned process would import
    # JAX and librosa anew, which costs more than it gains.
    features = {}
    with ThreadPoolExecutor(workers) as pool:
        # An error leaves the loop at the first recording that has one; `map` then drops
        # those not yet begun.
        for name, result in zip(audio_paths, pool.map(extract, audio_paths.values()), strict=True):
            features[name], from_cache = result
            if on_recording is not None:
                on_recording(name, len(features[name]) / frame_rate, from_cache)
    return features


def _compute(path: Path, extractor: Extractor, frame_rate: float) -> np.ndarray:
    samples = read_audio(path)
    try:
        times_s, values_sf = extractor(samples)
    except FeatureError as error:
        raise FeatureError(f"{path}: {error}") from error
    return pool_frames(times_s, values_sf, frame_rate, path)
