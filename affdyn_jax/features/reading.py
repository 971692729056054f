"""From settings to features: precomputed ones read, others made from audio (§3.2)."""

import dataclasses
import functools
import logging
import os
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, TypeVar

import numpy as np

from affdyn_jax.corpora.corpus import Corpus
from affdyn_jax.errors import CorpusError, FeatureError
from affdyn_jax.features.extraction import check_audio, extract_features
from affdyn_jax.features.extractor import Extractor
from affdyn_jax.features.kept_layers import KeptLayers, OnRecording, Shelf
from affdyn_jax.features.mfb import MelFilterBanks
from affdyn_jax.features.mfcc import CepstralFunctionals
from affdyn_jax.features.precomputed import read_precomputed
from affdyn_jax.features.settings import FeatureSettings
from affdyn_jax.features.tables import FeatureTables
from affdyn_jax.system import progress
from affdyn_jax.system.processes import are_several, share_of, wait_for_all
from affdyn_jax.system.user_cache import user_cache, why_not_writable

log = logging.getLogger(__name__)

_Made = TypeVar("_Made")


def read_features(
    settings: FeatureSettings, corpus: Corpus
) -> tuple[dict[str, np.ndarray], Sequence[str]]:
    """Features of each recording on the grid, shape (T, F), and the names of the F features.

    Raises:
        FeatureError: They cannot be computed.
        AudioError: Audio files cannot be read; of all whose headers make no sense.
        CorpusError: A recording has no audio, or its precomputed features are missing.
    """
    if settings.are_precomputed:
        return _precomputed(settings, corpus)

    audio = _audio(settings, corpus)
    extractor = read_extractor(settings)
    if are_several():
        _extract(settings, extractor, share_of(audio), f"features {settings.name}, a share of them")
        wait_for_all()
    # Now all are in the cache, but for those that another machine keeps in a cache of its own.
    features = _extract(settings, extractor, audio, f"features {settings.name}")
    return features, [f"{settings.name}_{number}" for number in range(extractor.feature_count)]


def keep_layers(settings: FeatureSettings, corpus: Corpus) -> KeptLayers:
    """Layers of an encoder, made of each recording or found in the cache, where all stay.

    Raises:
        FeatureError: They cannot be computed, or not be kept.
        AudioError: Audio files cannot be read; of all whose headers make no sense.
        CorpusError: A recording has no audio.
    """
    audio = _audio(settings, corpus)
    shelf = Shelf(_cache_folder(settings), settings.encoder.kept_as, settings.frame_rate)
    read = functools.partial(read_extractor, settings)
    if are_several():
        share = KeptLayers(share_of(audio), read, shelf)
        _watched(f"{len(share.numbers)} layers, a share of them", share.make, len(share))
        wait_for_all()
    layers = KeptLayers(audio, read, shelf)
    _watched(f"{len(layers.numbers)} layers", layers.make, len(layers))
    log.info(
        "%d layers of %d features on disk in %s: %.1f MiB, as %s",
        *(len(layers.numbers), layers.feature_count, shelf.folder),
        *(layers.bytes_on_disk() / 2**20, shelf.kept_as),
    )
    return layers


def read_extractor(
    settings: FeatureSettings, names: Sequence[str] = ()
) -> Extractor | FeatureTables:
    """What makes the features that the settings describe of audio, or reads them from tables.

    Args:
        settings: Of the features.
        names: Of precomputed ones, as `read_features` has them.

    Raises:
        FeatureError: The checkpoint of the encoder cannot be used, or the names are of other
            features.
    """
    match settings.name:
        case "mfb":
            return MelFilterBanks()
        case "mfcc":
            return CepstralFunctionals()
        case "encoder":
            # Its libraries are not for those who use other features.
            from affdyn_jax.features.encoders.emotion_head import read_with_head
            from affdyn_jax.features.encoders.extraction import read_encoder
            from affdyn_jax.features.encoders.side_by_side import read_side_by_side

            if settings.has_layers:
                return read_side_by_side(settings.encoder)
            if settings.encoder.emotion_head:
                return read_with_head(settings.encoder)
            return read_encoder(settings.encoder, settings.layer)
        case "precomputed":
            return FeatureTables.of(settings, names)


def pin_checkpoint(settings: FeatureSettings, earlier: Mapping[str, Any]) -> FeatureSettings:
    """The settings with the commit of a checkpoint on the hub, of whatever revision they name.

    Args:
        settings: As the user has given them.
        earlier: Of a run that is resumed, `config.features` as its file has them; or nothing.

    Raises:
        FeatureError: The hub has no such model, refuses it, or is out of reach.
    """
    if settings.name != "encoder":
        return settings
    from affdyn_jax.features.encoders.pinning import pinned

    before = earlier.get("encoder")
    encoder = pinned(settings.encoder, before if isinstance(before, Mapping) else {})
    return dataclasses.replace(settings, encoder=encoder)


def check_cache(settings: FeatureSettings) -> None:
    """Refuse a cache that nobody may write to, where extracted features are to be kept.

    Raises:
        FeatureError: It is one.
    """
    folder = _cache_folder(settings)
    if not settings.are_precomputed and (why := why_not_writable(folder)):
        raise FeatureError(
            f"{folder}: features cannot be kept ({why}); name a folder that you may write to as "
            "features.cache"
        )


def _precomputed(
    settings: FeatureSettings, corpus: Corpus
) -> tuple[dict[str, np.ndarray], Sequence[str]]:
    """Features from tables below the corpus's root; of several corpora, below each one's."""
    if not corpus.members:
        recordings = [recording.name for recording in corpus.recordings]
        return _tables(settings, corpus.root, recordings)
    features, names_of = {}, {}
    for member in corpus.members:
        recordings = [r for r in corpus.recordings if r.origin.corpus is member]
        there = [recording.origin.name for recording in recordings]
        found, names_of[member.name] = _tables(settings, member.root, there)
        features |= {recording.name: found[recording.origin.name] for recording in recordings}
    first, *others = names_of
    for other in others:
        if names_of[other] != names_of[first]:
            raise FeatureError(
                f"features.folders: the {len(names_of[other])} columns of '{other}' are not the "
                f"{len(names_of[first])} of '{first}'; all corpora need the same, in one order: "
                "extract them in the same way"
            )
    return features, names_of[first]


def _tables(
    settings: FeatureSettings, root: Path, recordings: Sequence[str]
) -> tuple[dict[str, np.ndarray], tuple[str, ...]]:
    return read_precomputed(
        *(root, settings.folders, recordings, settings.frame_rate, settings.rates)
    )


def _audio(settings: FeatureSettings, corpus: Corpus) -> dict[str, Path]:
    """The audio file of each recording, once all headers make sense."""
    without_audio = [r.name for r in corpus.recordings if r.audio is None]
    if without_audio:
        raise CorpusError(
            f"{corpus.root}: recording '{without_audio[0]}' has no audio, which features.name="
            f"{settings.name} is made from; add it, or use features.name=precomputed"
        )
    audio = {recording.name: recording.audio for recording in corpus.recordings}
    check_audio(audio)
    return audio


def _extract(
    settings: FeatureSettings, extractor: Extractor, audio: dict[str, Path], title: str
) -> dict[str, np.ndarray]:
    """Features of recordings, while the user sees how far it has come."""
    workers = settings.workers or os.cpu_count() or 1
    folder = _cache_folder(settings)

    def extract(on_recording: OnRecording) -> dict[str, np.ndarray]:
        return extract_features(
            *(audio, extractor, settings.frame_rate, folder, workers), on_recording
        )

    return _watched(title, extract, len(audio))


def _watched(title: str, extract: Callable[[OnRecording], _Made], count: int) -> _Made:
    """What `extract` makes of so many recordings, while the user sees how far it has come."""
    with progress.stage(title, count, "recordings") as advance:
        started, hours = time.monotonic(), 0.0

        def on_recording(name: str, seconds: float, from_cache: bool) -> None:
            nonlocal hours
            hours += seconds / 3600
            factor = (time.monotonic() - started) / 3600 / hours
            advance(f"{hours:.2f} h of audio, real-time factor {factor:.4f}")

        return extract(on_recording)


def _cache_folder(settings: FeatureSettings) -> Path:
    return Path(settings.cache or user_cache("features"))
