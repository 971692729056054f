"""From a config to a corpus and its features: the first stages of a run, and a command.

    python -m affdyn_jax.extract --config=configs/sewa_hu.py --config.corpus.root=/data/sewa_hu

As a command it fills the cache in which every run finds them.
"""

import functools
import logging
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING

import numpy as np
from ml_collections import ConfigDict

from affdyn_jax import command_line
from affdyn_jax.corpora import avec2016, avec2019, recola
from affdyn_jax.corpora.avec2016 import read_avec2016
from affdyn_jax.corpora.avec2019 import read_avec2019
from affdyn_jax.corpora.corpus import Corpus
from affdyn_jax.corpora.manifest import read_manifest
from affdyn_jax.corpora.rater_fusion import GOLD_STANDARDS
from affdyn_jax.corpora.recola import read_recola
from affdyn_jax.corpora.standin.generation import StandIn, write_standin
from affdyn_jax.corpora.unit_scale import on_unit_scale
from affdyn_jax.dataset.gold_on_grid import put_on_grid
from affdyn_jax.errors import ConfigError, CorpusError, FeatureError, MissingCorpusError
from affdyn_jax.features.extraction import check_audio, extract_features
from affdyn_jax.features.extractor import Extractor
from affdyn_jax.features.mfb import MelFilterBanks
from affdyn_jax.features.mfcc import CepstralFunctionals
from affdyn_jax.features.precomputed import read_precomputed
from affdyn_jax.method.grid import FRAME_RATES
from affdyn_jax.method.rating_scale import RatingScale
from affdyn_jax.settings import choice, names, numbers, within
from affdyn_jax.system import progress
from affdyn_jax.system.processes import (
    are_several,
    first_before_others,
    join_processes,
    share_of,
    wait_for_all,
)
from affdyn_jax.system.standin_mark import STANDIN_WORDS
from affdyn_jax.system.stop_requests import interruptible
from affdyn_jax.system.user_cache import user_cache, why_not_writable
from affdyn_jax.workdir.recipe import must_have_same_recipe

if TYPE_CHECKING:
    from affdyn_jax.features.wav2vec2.extraction import Wav2Vec2Features

log = logging.getLogger("affdyn_jax.extract")  # also where it is the command

_LAYOUTS = ("avec2019", "avec2016", "recola", "manifest", "standin")
PRECOMPUTED = "precomputed"
_WAV2VEC2 = "w2v2"
_KINDS = ("mfb", "mfcc", _WAV2VEC2, PRECOMPUTED)

# From audio files, and what to call after each, to features.
_Extraction = Callable[..., dict[str, np.ndarray]]


def extract(config: ConfigDict) -> None:
    """Read the corpus, check its ratings and extract its features, as a run begins.

    Raises:
        AffdynError: What the user has to mend; other than in a run, also a cache that nobody may
            write to.
    """
    must_have_same_recipe(config)
    is_made_here = read_kind(config) != PRECOMPUTED
    if is_made_here and (why := why_not_writable(_cache_folder(config))):
        raise FeatureError(
            f"{_cache_folder(config)}: features cannot be kept ({why}); name a folder that you may "
            "write to as features.cache"
        )
    with progress.logging_to(), interruptible():
        corpus = read_corpus(config)
        put_on_grid(corpus, config.features.frame_rate, config.corpus.annotation_delay)
        read_features(config, corpus)


def read_corpus(config: ConfigDict) -> Corpus:
    """The corpus that `config.corpus` describes, its gold standards mapped to [-1, 1].

    A stand-in is generated first.

    Raises:
        CorpusError: It is not there, not as its layout promises, or rated on another scale.
        ConfigError: An unknown layout, or another value that makes no sense.
    """
    settings = config.corpus
    scale = read_rating_scale(config)
    layout = choice("corpus.layout", settings.layout, _LAYOUTS)
    partitions = {
        partition: names(f"corpus.partitions.{partition}", entries)
        for partition, entries in settings.partitions.items()
    }
    root = settings.root
    if layout == "standin":
        standin = StandIn(**settings.standin)
        layout, partitions = standin.layout, standin.partitions
        root = _generate(standin, root)
    elif layout == "manifest" and not root:
        raise ConfigError("corpus.root is not set; give --config.corpus.root=… the manifest")
    try:
        corpus = _read_layout(config, layout, partitions, Path(root) if root else None)
        corpus = on_unit_scale(corpus, scale)
    except MissingCorpusError as error:
        if settings.help:
            raise MissingCorpusError(f"{error}. {settings.help}") from error
        raise
    if corpus.agreement:
        agreements = ", ".join(f"{d} {value:.3f}" for d, value in corpus.agreement.items())
        log.info("agreement of the raters, mean CCC of all pairs: %s", agreements)
    return corpus


def read_rating_scale(config: ConfigDict) -> RatingScale:
    """The scale that `config.corpus.rating_range` describes.

    Raises:
        ConfigError: It is no range.
    """
    return RatingScale.of(numbers("corpus.rating_range", config.corpus.rating_range, float))


def _read_layout(
    config: ConfigDict, layout: str, partitions: dict[str, Sequence[str]], root: Path | None
) -> Corpus:
    """The corpus in a root of this layout; None where no root is set."""
    settings = config.corpus
    dimensions = names("corpus.dimensions", settings.dimensions)
    gold_standard = choice("corpus.gold_standard", settings.gold_standard, GOLD_STANDARDS)
    audio_folder, features_folder = settings.audio_folder, None
    if read_kind(config) == PRECOMPUTED:
        audio_folder, features_folder = None, names("features.folders", config.features.folders)[0]

    if layout == "manifest":
        return read_manifest(root, settings.name, dimensions)
    if layout == "avec2016":
        if root is None:
            raise _unset(avec2016.expected_layout("ROOT", dimensions))
        return read_avec2016(root, settings.name, dimensions, partitions, features_folder)
    if layout == "recola":
        if root is None:
            raise _unset(recola.expected_layout("ROOT", dimensions))
        return read_recola(
            root,
            settings.name,
            dimensions,
            partitions,
            gold_standard,
            has_audio=features_folder is None,
        )
    labels_folder = settings.labels_folder
    if root is None:
        raise _unset(avec2019.expected_layout("ROOT", dimensions, audio_folder, labels_folder))
    return read_avec2019(
        root, settings.name, dimensions, partitions, audio_folder, labels_folder, features_folder
    )


def _unset(expected_layout: str) -> MissingCorpusError:
    return MissingCorpusError(
        f"corpus.root is not set; give --config.corpus.root=ROOT, which holds {expected_layout}"
    )


def read_features(
    config: ConfigDict, corpus: Corpus
) -> tuple[dict[str, np.ndarray], Sequence[str]]:
    """Features of each recording on the grid, shape (T, F), and the names of the F features.

    Raises:
        FeatureError: They cannot be computed.
        AudioError: Audio files cannot be read; of all whose headers make no sense.
        CorpusError: A recording has no audio, or its precomputed features are missing.
        ConfigError: A value makes no sense.
    """
    settings = config.features
    kind = read_kind(config)
    if kind == PRECOMPUTED:
        recordings = [recording.name for recording in corpus.recordings]
        folders = names("features.folders", settings.folders)
        return read_precomputed(corpus.root, folders, recordings, settings.frame_rate)

    without_audio = [r.name for r in corpus.recordings if r.audio is None]
    if without_audio:
        raise CorpusError(
            f"{corpus.root}: recording '{without_audio[0]}' has no audio, which features.name="
            f"{kind} is made from; add it, or use features.name={PRECOMPUTED}"
        )
    audio = {recording.name: recording.audio for recording in corpus.recordings}
    check_audio(audio)
    extract_from = _extraction(config, kind)
    if are_several():
        _watched(extract_from, share_of(audio), f"features {kind}, a share of them")
        wait_for_all()
    # Now all are in the cache, but for those that another machine keeps in a cache of its own.
    features = _watched(extract_from, audio, f"features {kind}")
    feature_count = next(iter(features.values())).shape[1]
    return features, [f"{kind}_{number}" for number in range(feature_count)]


def read_kind(config: ConfigDict) -> str:
    """The kind of features, once all of `config.features` is found to make sense.

    Raises:
        ConfigError: A value makes no sense.
    """
    settings = config.features
    kind = choice("features.name", settings.name, _KINDS)
    within("features.frame_rate", settings.frame_rate, *FRAME_RATES)
    within("features.workers", settings.workers, 0, 1024)
    if kind == PRECOMPUTED and not settings.folders:
        raise ConfigError(
            f"features.name={PRECOMPUTED} needs features.folders, folders of tables within the "
            "corpus's root; name one or more"
        )
    if settings.are_predictions and kind != PRECOMPUTED:
        raise ConfigError(
            f"features.are_predictions is True, but features.name={kind} predicts nothing; only "
            f"{PRECOMPUTED} features can be predictions"
        )
    return kind


def _watched(
    extract_from: _Extraction, audio: dict[str, Path], title: str
) -> dict[str, np.ndarray]:
    """Features of recordings, while the user sees how far it has come."""
    with progress.stage(title, len(audio), "recordings") as advance:
        started, hours = time.monotonic(), 0.0

        def on_recording(name: str, seconds: float, from_cache: bool) -> None:
            nonlocal hours
            hours += seconds / 3600
            factor = (time.monotonic() - started) / 3600 / hours
            advance(f"{hours:.2f} h of audio, real-time factor {factor:.4f}")

        return extract_from(audio, on_recording=on_recording)


def _extraction(config: ConfigDict, kind: str) -> _Extraction:
    """What turns audio files into features of one kind, through the cache."""
    settings = config.features
    extractor = read_extractor(config)
    to_features = functools.partial(
        extract_features if kind != _WAV2VEC2 else _wav2vec2().extract_wav2vec2,
        extractor=extractor,
        frame_rate=settings.frame_rate,
        cache_folder=_cache_folder(config),
    )
    if kind == _WAV2VEC2:
        return to_features
    return functools.partial(to_features, workers=settings.workers or None)


def _cache_folder(config: ConfigDict) -> Path:
    return Path(config.features.cache or user_cache("features"))


def read_extractor(config: ConfigDict) -> "Extractor | Wav2Vec2Features":
    """What turns audio into frames of the features that `config.features` describes.

    Raises:
        ConfigError: A value makes no sense, or the features do not come from audio.
        FeatureError: The checkpoint of wav2vec 2.0 cannot be used.
    """
    settings = config.features
    kind = read_kind(config)
    if kind == PRECOMPUTED:
        raise ConfigError(
            f"features.name={kind}: these features were not made from audio by this program, so "
            "there is nothing to make them anew with; use a run with mfb, mfcc or w2v2"
        )
    if kind != _WAV2VEC2:
        return MelFilterBanks() if kind == "mfb" else CepstralFunctionals()

    w2v2 = settings.w2v2
    if not w2v2.model:
        raise ConfigError(
            "features.name=w2v2 needs features.w2v2.model, a folder with a checkpoint or its "
            "name on the Hugging Face hub"
        )
    from affdyn_jax.features.wav2vec2.checkpoint import read_checkpoint

    checkpoint = read_checkpoint(w2v2.model, w2v2.revision or None)
    return _wav2vec2().Wav2Vec2Features(
        checkpoint,
        _wav2vec2().Wav2Vec2Settings(
            checkpoint=checkpoint.identity,
            layers=numbers("features.layer", settings.layer, int) or None,
            window=w2v2.window,
            overlap=None if w2v2.cut else w2v2.overlap,
            dtype=choice("features.w2v2.dtype", w2v2.dtype, ("float32", "bfloat16")),
        ),
        w2v2.model,
    )


def _wav2vec2() -> ModuleType:
    """The encoder's libraries, which are not for those who use other features."""
    from affdyn_jax.features.wav2vec2 import extraction

    return extraction


def _generate(standin: StandIn, root: str) -> Path:
    """Write a stand-in corpus, in the user's cache unless a root is named."""
    folder = Path(root) if root else user_cache("standin") / standin.folder_name
    title = f"{STANDIN_WORDS} into {folder}"
    with (
        first_before_others(),
        progress.stage(title, len(standin.recordings), "recordings") as advance,
    ):
        write_standin(standin, folder, on_recording=advance)
    return folder


if __name__ == "__main__":
    CONFIG = command_line.define_config()
    PROCESSES = command_line.define_processes()

    def main() -> None:
        """Extract the features of the config of the command line."""
        with join_processes(*PROCESSES()):
            extract(command_line.config_of(CONFIG))

    command_line.start(main)
