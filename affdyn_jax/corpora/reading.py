"""From settings to a corpus: read in whichever layout it has, or generated first (§4.1)."""

import dataclasses
import logging
from pathlib import Path

from affdyn_jax.corpora.avec2016 import read_avec2016
from affdyn_jax.corpora.avec2019 import read_avec2019
from affdyn_jax.corpora.corpus import Corpus
from affdyn_jax.corpora.groups import grouped
from affdyn_jax.corpora.manifest import read_manifest
from affdyn_jax.corpora.msp_conversation import read_msp_conversation
from affdyn_jax.corpora.odd_ratings import warn_of_odd_ratings
from affdyn_jax.corpora.recola import read_recola
from affdyn_jax.corpora.settings import CorpusSettings, PartitionSettings
from affdyn_jax.corpora.standin.generation import write_standin
from affdyn_jax.corpora.unit_scale import on_unit_scale
from affdyn_jax.errors import MissingCorpusError
from affdyn_jax.method.rating_scale import RatingScale
from affdyn_jax.system import progress
from affdyn_jax.system.processes import first_before_others
from affdyn_jax.system.standin_mark import STANDIN_WORDS
from affdyn_jax.system.user_cache import user_cache

log = logging.getLogger(__name__)


def read_corpus(settings: CorpusSettings, features_folder: str | None = None) -> Corpus:
    """Read a corpus, its gold standards mapped to [-1, 1].

    Args:
        settings: Which corpus. A stand-in is generated where it does not lie yet.
        features_folder: Below the root, a folder of precomputed features, where the corpus is
            used with those; None where it is used with its audio.

    Raises:
        CorpusError: It is not there, not as its layout promises, rated on another scale, or
            `grouped` refuses its groups.
        ConfigError: The scale is no range, or a layout without partitions lacks them.
    """
    scale = RatingScale.of(settings.rating_range)
    try:
        corpus = on_unit_scale(_read_layout(settings, features_folder), scale)
        corpus = grouped(corpus, settings.groups)
        corpus = dataclasses.replace(corpus, masks_gaps=settings.masks_gaps)
        warn_of_odd_ratings(corpus)
    except MissingCorpusError as error:
        if settings.help:
            raise MissingCorpusError(f"{error}. {settings.help}") from error
        raise
    if corpus.agreement:
        agreements = ", ".join(f"{d} {value:.3f}" for d, value in corpus.agreement.items())
        log.info("agreement of the raters, mean CCC of all pairs: %s", agreements)
    return corpus


def _read_layout(settings: CorpusSettings, features_folder: str | None) -> Corpus:
    match settings.layout:
        case "standin":
            return _read_layout(_generated(settings), features_folder)
        case "avec2019":
            return read_avec2019(settings, features_folder)
        case "avec2016":
            return read_avec2016(settings, features_folder)
        case "recola":
            return read_recola(settings, features_folder)
        case "msp_conversation":
            return read_msp_conversation(settings, features_folder)
        case "manifest":
            return read_manifest(settings)


def _generated(settings: CorpusSettings) -> CorpusSettings:
    """Write the stand-in, in the user's cache unless a root is named.

    Returns:
        How to read it.
    """
    standin = settings.standin
    root = settings.root or str(user_cache("standin") / standin.folder_name)
    title = f"{STANDIN_WORDS} into {root}"
    with (
        first_before_others(),
        progress.stage(title, len(standin.recordings), "recordings") as advance,
    ):
        write_standin(standin, Path(root), on_recording=advance)
    return dataclasses.replace(
        settings,
        layout=standin.layout,
        root=root,
        partitions=PartitionSettings(**standin.partitions),
    )
